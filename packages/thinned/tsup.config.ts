import { defineConfig } from "tsup";
import { inlineWasm } from "./inlineWasm.ts";

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
  esbuildPlugins: [
    { name: "inline-wasm", setup: (build) => build.onLoad({ filter: /\.wasm$/ }, inlineWasm) },
  ],
  // The one package that the module needs at run time, a few kilobytes, comes along in the bundle.
  noExternal: ["fflate"],
});
