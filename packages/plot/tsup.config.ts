import { defineConfig } from "tsup";

export default defineConfig({
  // Entry points over shared chunks: `node` brings a document of its own, `index` uses the page's; `png` needs a rasteriser.
  entry: ["src/index.ts", "src/node.ts", "src/png.ts"],
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
