// Rolls the declarations of a package into one file for each entry: `node scripts/declarations.mjs packages/thinned`.
// It imports development dependencies, so it runs on the Node they brought, after set-up.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { command } from "./command.mjs";
import { binary } from "./setup/paths.mjs";
import { run } from "./setup/process.mjs";

/**
 * tsc writes a declaration for every source file, tests included, and in each of them whatever the file exports. What a
 * user's compiler reads has to be what the entry reaches and no more: otherwise the types that wasm-bindgen generates
 * would reach programs without a DOM, where they are errors.
 */
command(import.meta.url, async ([name]) => {
  const folder = resolve(name);
  const written = mkdtempSync(join(tmpdir(), "thinned-declarations-"));
  await run(binary("tsc"), [
    "-p",
    folder,
    "--outDir",
    written,
    "--noEmit",
    "false",
    "--declaration",
    "--emitDeclarationOnly",
    // Types are checked by themselves: an error in a test must not keep the other tests from running.
    "--noCheck",
  ]);
  // Declarations that are sources themselves are not written again.
  const isDeclaration = (path) => statSync(path).isDirectory() || path.endsWith(".d.ts");
  cpSync(join(folder, "src"), written, { recursive: true, filter: isDeclaration });
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = Object.values(exports).flatMap(({ types }) => (types ? [basename(types)] : []));
  const input = Object.fromEntries(
    entries.map((entry) => [entry.replace(/\.d\.ts$/, ""), join(written, entry)]),
  );
  const bundle = await rolldown({ input, plugins: [dts({ dtsInput: true })] });
  await bundle.write({ dir: join(folder, "dist") });
  for (const entry of entries) prepend(join(folder, "dist", entry), libraries(written));
  rmSync(written, { recursive: true });
});

/** The references to TypeScript's own libraries that the declarations ask to keep; the roll-up drops them as comments. */
function libraries(written) {
  const files = readdirSync(written, { recursive: true }).filter((name) => name.endsWith(".d.ts"));
  const kept = /^\/\/\/ <reference lib=.* preserve="true" \/>$/gm;
  return [...new Set(files.flatMap((name) => readFileSync(join(written, name), "utf8").match(kept) ?? []))];
}

function prepend(path, lines) {
  writeFileSync(path, [...lines, readFileSync(path, "utf8")].join("\n"));
}
