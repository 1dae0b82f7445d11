import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Missing } from "./missing.mjs";
import { root, tools } from "./paths.mjs";
import { isProgram, run } from "./process.mjs";
import { once } from "./stamp.mjs";

/** The folder of wasm-bindgen and wasm-bindgen-test-runner, of exactly the version that Cargo.lock has of the crate. */
export async function wasmBindgen() {
  const version = lockedVersion();
  const folder = join(tools, "wasm-bindgen");
  const programs = ["wasm-bindgen", "wasm-bindgen-test-runner"].map((name) => join(folder, "bin", name));
  await once(
    "wasm-bindgen",
    version,
    () => programs.every(isProgram),
    async () => {
      // Unoptimised: it compiles in half the time, and works on files of a few hundred kilobytes.
      const args = [
        "install",
        "wasm-bindgen-cli",
        "--version",
        version,
        "--locked",
        "--debug",
        "--force",
        "--root",
        folder,
      ];
      await run("cargo", args, { cwd: tools, env: { CARGO_PROFILE_DEV_DEBUG: "0" } });
    },
  );
  return join(folder, "bin");
}

function lockedVersion() {
  const path = join(root, "Cargo.lock");
  const lock = existsSync(path) ? readFileSync(path, "utf8") : "";
  const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (!version)
    throw new Missing(
      "Cargo.lock with the version of wasm-bindgen is missing",
      "restore it from version control",
    );
  return version;
}
