import { benchOnce, benchTable } from "./bench.mjs";
import { hostClippy, hostTests, rustFormat, wasmClippy, wasmTests } from "./rust.mjs";
import { tarballs } from "./tarball.mjs";
import { biome, knip, types } from "./typescript.mjs";
import { vitest } from "./vitest.mjs";

/**
 * Every check of `npm test`, as lists whose members run one after the other: they share a target folder or a browser.
 * The lists themselves run two at a time, so the longest come first.
 */
export const checks = [
  [hostTests, hostClippy, rustFormat],
  [(tools) => vitest("node", tools)],
  [(tools) => wasmTests("simd128", tools), (tools) => wasmClippy("simd128", tools)],
  [(tools) => wasmTests("relaxed", tools), (tools) => wasmClippy("relaxed", tools)],
  [(tools) => vitest("browser", tools)],
  [benchOnce, benchTable],
  [types, biome, knip, tarballs],
];

/** The checks of `npm run lint`: those that run no code of ours. */
export const lints = [
  [hostClippy, rustFormat, (tools) => wasmClippy("simd128", tools), (tools) => wasmClippy("relaxed", tools)],
  [types, biome, knip, tarballs],
];
