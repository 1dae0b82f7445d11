import { playwright } from "@vitest/browser-playwright";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { inlineWasm } from "./packages/thinned/inlineWasm.ts";
import { inlineWorker } from "./packages/thinned/inlineWorker.ts";

// Unit tests import sources, which import the wasm and the workers' script as text: as the package's build gives them, so does this.
const inlined: Plugin = {
  name: "inlined",
  enforce: "pre",
  load(id) {
    if (id.endsWith(".wasm")) return inlineWasm({ path: id }).contents;
    return id.endsWith("?script") ? inlineWorker(id.replace(/\?script$/, "")) : undefined;
  },
};

// `name.node.test.ts` and the folders that work on files, processes or tarballs run in Node only; `name.browser.test.ts` in a browser only.
const everywhere = ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"];
const nodeOnly = [
  "**/*.node.test.ts",
  "test/packaging/**",
  "test/docs/**",
  "packages/plot/**/!(*.browser).test.ts",
];

const shared = {
  // A focused test would hide the others; the linter cannot tell one from a call of our fit().
  allowOnly: false,
  exclude: ["**/node_modules/**", "**/dist/**"],
  // The exhaustive tests of `npm run test:full` take minutes each.
  testTimeout: process.env.THINNED_FULL === "1" ? 600_000 : 60_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [inlined],
        test: {
          ...shared,
          name: "node",
          environment: "node",
          include: everywhere,
          exclude: [...shared.exclude, "**/*.browser.test.ts"],
        },
      },
      {
        plugins: [inlined],
        optimizeDeps: { exclude: ["fast-check", "thinned"] },
        test: {
          ...shared,
          name: "browser",
          include: everywhere,
          exclude: [...shared.exclude, ...nodeOnly],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: browserLaunch() }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});

/** How the machine's Chromium starts: without a sandbox, which containers and root do not allow, and without any service. */
function browserLaunch() {
  const quiet = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ];
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", ...quiet];
  const executablePath = process.env.CHROMIUM_PATH;
  return executablePath ? { args, executablePath } : { args };
}
