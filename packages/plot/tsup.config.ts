import { defineConfig } from "tsup";

export default defineConfig({
  // Two entry points over shared chunks: `node` brings a document of its own, `index` uses the page's.
  entry: ["src/index.ts", "src/node.ts"],
  format: ["esm"],
  target: "es2022",
  platform: "neutral",
  splitting: true,
  sourcemap: true,
  clean: true,
  minify: false,
  treeshake: false,
  // Declarations are written by tsc, as for the SDK.
  dts: false,
});
