import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { consumer, run } from "./consumer.js";

const modules = resolve(import.meta.dirname, "../node_modules");
const strict = [
  "--noEmit",
  "--strict",
  "--exactOptionalPropertyTypes",
  "--skipLibCheck",
  "false",
  "--target",
  "es2022",
];
const page = ["--types", "", "--lib", "es2022,dom"];
const node = ["--types", "node", "--typeRoots", resolve(modules, "@types"), "--lib", "es2022"];

describe("the types of the installed tarball", () => {
  it.each([
    ["a page by a bundler", ["--module", "esnext", "--moduleResolution", "bundler", ...page]],
    ["a page by native modules", ["--module", "nodenext", "--moduleResolution", "nodenext", ...page]],
    ["Node.js", ["--module", "nodenext", "--moduleResolution", "nodenext", ...node]],
  ])("hold for a program compiled for %s", (_, target) => {
    expect(run(resolve(modules, ".bin/tsc"), [...strict, ...target, "types.ts"], consumer())).toBe("");
  });
});
