import { delimiter, join } from "node:path";
import { attempt } from "../setup/process.mjs";
import { cargoEnv, cargoTarget } from "../wasm-target.mjs";
import { outcome, verdict } from "./outcome.mjs";

// The boundary crate exists on wasm32 only; its tests are those of the SDK.
const crates = ["--package", "thinned-lanes", "--package", "thinned-core"];

/** Unit, property and documentation tests on the host. */
export async function hostTests() {
  const result = await attempt("cargo", ["test", "--locked", "--no-fail-fast", ...crates]);
  return outcome("cargo test", { ...counts(result.output), ...result });
}

/** The tests of the crates inside wasm, with the features of the artefact `name`. */
export async function wasmTests(name, tools) {
  const env = {
    ...(await cargoEnv(name, tools.wasmEnv)),
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: join(tools.bindgen, "wasm-bindgen-test-runner"),
  };
  // The runner starts the first `node`: Node 24 knows relaxed SIMD.
  env.PATH = [tools.nodeFolder, env.PATH ?? process.env.PATH].join(delimiter);
  // Link-time optimisation of every test program takes longer than all else, and changes no result.
  const profile = ["--release", "--config", "profile.release.lto=false"];
  const args = ["test", ...profile, "--no-fail-fast", "--tests", ...crates, ...cargoTarget(name)];
  const result = await attempt("cargo", args, { env });
  return outcome(`cargo test, wasm ${name}`, { ...counts(result.output), ...result });
}

/** Clippy on the host's code: the crates, their tests. */
export async function hostClippy() {
  return verdict(
    "clippy",
    await attempt("cargo", ["clippy", "--locked", "--all-targets", ...crates, "--", "-D", "warnings"]),
  );
}

/** Clippy on the code that is compiled for the artefact `name` only: intrinsics and the boundary. */
export async function wasmClippy(name, tools) {
  const args = ["clippy", "--release", "--workspace", ...cargoTarget(name), "--", "-D", "warnings"];
  return verdict(
    `clippy, wasm ${name}`,
    await attempt("cargo", args, { env: await cargoEnv(name, tools.wasmEnv) }),
  );
}

/** Whether every Rust file is formatted. */
export async function rustFormat() {
  return verdict("rustfmt", await attempt("cargo", ["fmt", "--all", "--check", "--", "--color=never"]));
}

/** Sums the closing lines of cargo's and wasm-bindgen's test runners. An ignored test is one that did not pass. */
function counts(output) {
  let passed = 0;
  let failed = 0;
  for (const [, ok, bad, ignored] of output.matchAll(
    /^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/gm,
  )) {
    passed += Number(ok);
    failed += Number(bad) + Number(ignored);
  }
  return { passed, failed };
}
