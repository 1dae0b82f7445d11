// Every kind of layer has an example of its own in its documentation, which examples.node.test.ts runs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as thinned from "thinned";
import { expect, test } from "vitest";
import { docCommentExamples } from "./extract.ts";

const folder = join(import.meta.dirname, "../../packages/thinned/src");

/** The functions that make layers, by name, with their file: what the package exports and returns one. */
const makers = readdirSync(folder)
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .flatMap((file) => {
    const source = readFileSync(join(folder, file), "utf8");
    const made = source.matchAll(/^export function (\w+)\((?:(?!^\})[\s\S])*?\): (?:Merge)?Layer \{/gm);
    return [...made].flatMap(([, name = ""]) => (name in thinned ? [{ name, file, source }] : []));
  });

test("every function that makes a layer is found", () => {
  const kinds = [
    "dense",
    "conv2d",
    "dropout",
    "spatialDropout2d",
    "gaussianDropout",
    "concat",
    "averagePool2d",
  ];
  expect(makers.map(({ name }) => name)).toEqual(expect.arrayContaining(kinds));
  expect(makers).toHaveLength(18);
});

test.each(makers)("$name() has an example that asserts", ({ name, file, source }) => {
  const examples = docCommentExamples(file, source).map(({ code }) => code);
  const own = examples.filter((code) => new RegExp(`\\b${name}\\(`).test(code) && code.includes("assert"));
  expect(own.length).toBeGreaterThan(0);
});
