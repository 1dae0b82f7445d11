import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build as bundleWithEsbuild } from "esbuild";
import { build, createServer, preview } from "vite";
import { describe, expect, it, onTestFinished } from "vitest";
import { reportOfPage } from "./browser.js";
import { consumer, nodes, run } from "./consumer.js";
import { expectReport, type Report } from "./report.js";

const quiet = { configFile: false, logLevel: "error" } as const;

describe("a bundle without configuration", () => {
  it("by esbuild runs in Node.js, with nothing beside it", async () => {
    const folder = consumer();
    const reference = reportOfNode(folder, "node.mjs");
    const outdir = join(folder, "bundle");
    // With `splitting`, the relaxed module stays out of what is loaded at the start.
    const options = { bundle: true, format: "esm", splitting: true, logLevel: "silent" } as const;
    await bundleWithEsbuild({
      ...options,
      entryPoints: [join(folder, "node.mjs")],
      outdir,
      absWorkingDir: folder,
    });
    rmSync(join(folder, "node_modules"), { recursive: true });
    expect(readdirSync(outdir).length).toBeGreaterThan(1);
    expectReport(reportOfNode(folder, "bundle/node.js"), "relaxed", reference);
  });

  it("by esbuild into one file runs in Node.js", async () => {
    const folder = consumer();
    const reference = reportOfNode(folder, "node.mjs");
    const outfile = join(folder, "bundle.mjs");
    const options = { bundle: true, format: "esm", logLevel: "silent" } as const;
    await bundleWithEsbuild({
      ...options,
      entryPoints: [join(folder, "node.mjs")],
      outfile,
      absWorkingDir: folder,
    });
    rmSync(join(folder, "node_modules"), { recursive: true });
    expectReport(reportOfNode(folder, "bundle.mjs"), "relaxed", reference);
  });

  it("by Vite runs in a page", async () => {
    const folder = consumer();
    await build({ ...quiet, root: folder });
    const served = await preview({ ...quiet, root: folder, preview: { port: 0 } });
    onTestFinished(() => served.close());
    expectReport(await reportOfPage(addressOf(served)), "relaxed", reportOfNode(folder, "node.mjs"));
  });

  it("by Vite's development server runs in a page", async () => {
    const folder = consumer();
    const server = await createServer({ ...quiet, root: folder, server: { port: 0 } });
    onTestFinished(() => server.close());
    await server.listen();
    expectReport(await reportOfPage(addressOf(server)), "relaxed", reportOfNode(folder, "node.mjs"));
  });

  it("leaves out the package when nothing of it is used", async () => {
    const folder = consumer();
    const contents = 'import "thinned"; import { dense } from "thinned"; console.log("used nothing");';
    const stdin = { contents, resolveDir: folder };
    const { outputFiles } = await bundleWithEsbuild({
      stdin,
      bundle: true,
      format: "esm",
      write: false,
      logLevel: "silent",
    });
    expect(outputFiles[0]?.text.length).toBeLessThan(200);
    expect(readFileSync(join(folder, "node_modules/thinned/dist/index.js")).length).toBeGreaterThan(200);
  });
});

function reportOfNode(folder: string, program: string): Report {
  const node = nodes.find(({ release }) => release === 24);
  if (!node) throw new Error("Cannot run a bundle: Node 24 is not among the releases");
  return JSON.parse(run(node.program, [program], folder)) as Report;
}

function addressOf({ resolvedUrls }: { resolvedUrls: { local: string[] } | null }): string {
  const [url] = resolvedUrls?.local ?? [];
  if (!url) throw new Error("Cannot load the page: the server has no local address");
  return url;
}
