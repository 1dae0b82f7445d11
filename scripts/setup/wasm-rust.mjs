import { existsSync } from "node:fs";
import { debianWasmRust } from "./debian-wasm-rust.mjs";
import { attempt, onPath, succeeds } from "./process.mjs";

const target = "wasm32-unknown-unknown";

/**
 * The environment in which `cargo build --target wasm32-unknown-unknown` works: that of the machine's own Rust when it has the
 * target or rustup can add it, else that of a private toolchain made from Debian's packages.
 */
export async function wasmRust() {
  if (await hasTarget()) return {};
  if (onPath("rustup") && (await succeeds("rustup", ["target", "add", target])) && (await hasTarget()))
    return {};
  return debianWasmRust();
}

async function hasTarget() {
  const { status, stdout } = await attempt("rustc", ["--print", "target-libdir", "--target", target]);
  return status === 0 && existsSync(stdout.trim());
}
