// Builds again whenever a source changes: `npm run dev`. Rust leads to new wasm, TypeScript to new bundles and declarations.
import { watch } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { command } from "./command.mjs";
import { root } from "./setup/paths.mjs";

// Editors write a file in several steps; the last of them is waited for.
const quietMs = 150;

command(import.meta.url, async () => {
  let building = rebuild();
  let timer;
  for (const folder of ["crates", "packages"]) {
    watch(join(root, folder), { recursive: true }, (_, file) => {
      // A build writes into dist, generated, and beside the sources; it must not start the next one.
      if (!file || !/[\\/](src|tests)[\\/]/.test(file) || file.includes("generated")) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        building = building.then(rebuild);
      }, quietMs);
    });
  }
});

async function rebuild() {
  try {
    await build("build");
    console.error("watching crates and packages");
  } catch (error) {
    console.error([error.output?.trimEnd(), error.message].filter(Boolean).join("\n"));
  }
}
