import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { consumerWithPlot, nodes, run } from "./consumer.js";

describe("the tarballs of thinned and @thinned/plot", () => {
  it("hold their licences, and no sources or tests", () => {
    const folder = consumerWithPlot();
    for (const name of ["thinned", "@thinned/plot"]) {
      const installed = join(folder, "node_modules", name);
      expect(readFileSync(join(installed, "LICENSE-MIT"), "utf8")).toContain("Permission is hereby granted");
      expect(readFileSync(join(installed, "LICENSE-APACHE"), "utf8")).toContain("Apache License");
      expect(existsSync(join(installed, "README.md"))).toBe(true);
      expect(existsSync(join(installed, "src"))).toBe(false);
    }
  });

  it("draw a figure together in every supported release of Node.js", () => {
    const folder = consumerWithPlot();
    const drawn = nodes.map(({ program }) => run(program, ["plot.mjs"], folder));
    expect(drawn[0]).toMatch(/^<\?xml .*<svg .*<\/svg>/s);
    expect(drawn[1]).toBe(drawn[0]);
  });

  it("type-check together", () => {
    const folder = consumerWithPlot();
    const compiler = resolve(import.meta.dirname, "../node_modules/.bin/tsc");
    const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false"];
    const target = ["--target", "es2022", "--lib", "es2022,dom", "--types", ""];
    const modules = ["--module", "nodenext", "--moduleResolution", "nodenext"];
    expect(run(compiler, [...strict, ...target, ...modules, "plot.ts"], folder)).toBe("");
  });

  it("bring no document of their own into a page", async () => {
    const folder = consumerWithPlot();
    const { metafile } = await build({
      entryPoints: [join(folder, "plot.mjs")],
      absWorkingDir: folder,
      bundle: true,
      format: "esm",
      platform: "browser",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    const inputs = Object.keys(metafile.inputs).join("\n");
    expect(inputs).toContain("@thinned/plot/dist/index.js");
    expect(inputs).not.toContain("linkedom");
  });
});
