// The tests of one file: `npm run test:one -- test/oracle/gates.test.ts [--browser]`, `npm run test:one -- crates/core/src/gates.rs`.
import { basename } from "node:path";
import { build } from "./build.mjs";
import { command } from "./command.mjs";
import { binary } from "./setup/paths.mjs";
import { attempt } from "./setup/process.mjs";

command(import.meta.url, async (args) => {
  const [file] = args.filter((arg) => !arg.startsWith("--"));
  if (!file)
    throw new Error("Cannot run the tests of one file: none is named, npm run test:one -- FILE is wanted");
  process.exitCode =
    (await (file.endsWith(".rs") ? rust(file) : typescript(file, args.includes("--browser")))) === 0 ? 0 : 1;
});

async function rust(file) {
  const [, crate] = /(?:^|\/)crates\/([^/]+)\//.exec(file) ?? [];
  if (!crate)
    throw new Error(`Cannot run the tests of one file: ${file} is in no crate, a file in crates/ is wanted`);
  const { status } = await attempt(
    "cargo",
    ["test", "--package", `thinned-${crate}`, basename(file, ".rs")],
    { show: true },
  );
  return status;
}

async function typescript(file, inBrowser) {
  const tools = await build(inBrowser ? "test" : "build");
  const args = ["run", "--project", inBrowser ? "browser" : "node", file];
  const { status } = await attempt(binary("vitest"), args, {
    env: { CHROMIUM_PATH: tools.chromium },
    show: true,
  });
  return status;
}
