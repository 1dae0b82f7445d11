import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm"],
  target: "es2022",
  platform: "neutral",
  // The relaxed-SIMD module is imported on demand, so it must stay in a chunk of its own.
  splitting: true,
  sourcemap: true,
  // A fifth of the weight without the module is comments; the source map has them.
  minify: true,
  treeshake: false,
  // Declarations come from tsc and are rolled up: see scripts/declarations.mjs.
  dts: false,
  // `import base64 from "./thinned_bg.wasm"` yields the module as a base64 string.
  loader: { ".wasm": "base64" },
});
