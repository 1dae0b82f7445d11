import { resolve } from "node:path";
import { defineConfig } from "tsup";
import { inlineWasm } from "./inlineWasm.ts";
import { inlineWorker } from "./inlineWorker.ts";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm"],
  target: "es2022",
  platform: "neutral",
  // The relaxed-SIMD module and the workers' script are imported on demand, so they must stay in chunks of their own.
  splitting: true,
  sourcemap: true,
  // A fifth of the weight without the module is comments; the source map has them.
  minify: true,
  treeshake: false,
  // Declarations come from tsc and are rolled up: see scripts/declarations.mjs.
  dts: false,
  esbuildPlugins: [
    { name: "inline-wasm", setup: (build) => build.onLoad({ filter: /\.wasm$/ }, inlineWasm) },
    {
      name: "inline-worker",
      setup: (build) => {
        build.onResolve({ filter: /\?script$/ }, ({ path, resolveDir }) => ({
          path: resolve(resolveDir, path.replace(/\?script$/, "")),
          namespace: "script",
        }));
        build.onLoad({ filter: /.*/, namespace: "script" }, async ({ path }) => ({
          contents: await inlineWorker(path),
          loader: "js",
        }));
      },
    },
  ],
  // The one package that the module needs at run time, a few kilobytes, comes along in the bundle.
  noExternal: ["fflate"],
});
