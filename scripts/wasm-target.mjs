import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { root } from "./setup/paths.mjs";
import { run } from "./setup/process.mjs";

/**
 * The artefacts. Each has a target folder of its own: flags are part of what cargo compares, so that sharing one
 * would compile everything anew at each change between the two.
 */
export const artefacts = {
  // What a model needs before its first long call; inlined in the entry, so that models are made without waiting.
  base: { features: "+simd128", cargo: ["--no-default-features"], wasmOpt: ["--enable-simd"] },
  simd128: { features: "+simd128", wasmOpt: ["--enable-simd"] },
  relaxed: { features: "+simd128,+relaxed-simd", wasmOpt: ["--enable-simd", "--enable-relaxed-simd"] },
  // The kernels of the backend `Wide`, for V8 with its flag for joining neighbouring vectors.
  wide: {
    features: "+simd128,+relaxed-simd",
    cargo: ["--features", "wide"],
    wasmOpt: ["--enable-simd", "--enable-relaxed-simd"],
  },
};

/** The cargo arguments that select the wasm32 target and the artefact's target folder. */
export function cargoTarget(name) {
  return [
    ...(artefacts[name].cargo ?? []),
    "--locked",
    "--target",
    "wasm32-unknown-unknown",
    "--target-dir",
    join(root, "target", `wasm-${name}`),
  ];
}

/** The environment for cargo in which the artefact `name` is compiled; `wasmEnv` is what set-up returned. */
export async function cargoEnv(name, wasmEnv) {
  const flags = [
    "-C",
    `target-feature=${artefacts[name].features}`,
    // Keeps the instructions of the kernels in the order they are written: the default scheduler moves loads far from their
    // use, and V8, with its 16 vector registers, then spills. Measured on x86-64 in Node 24, a 784-256-256-10 network in
    // batches of 64: predict() takes 1.8 times as long without it with relaxed SIMD, 1.1 times with simd128.
    "-C",
    "llvm-args=-pre-RA-sched=source",
    ...(await remappedPaths()),
  ];
  return {
    ...wasmEnv,
    CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f"),
    RUSTFLAGS: undefined,
    CARGO_TARGET_DIR: undefined,
  };
}

/**
 * Panic messages carry the path of the source file. Those of dependencies would bring this machine's folders into the
 * published module, and make it differ from the one that another machine builds.
 */
async function remappedPaths() {
  const registry = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry/src");
  // The name of the folder below appears with the first download.
  if (!existsSync(registry)) await run("cargo", ["fetch", "--locked"]);
  const folders = existsSync(registry) ? readdirSync(registry) : [];
  return [...folders.map((name) => join(registry, name)), root].flatMap((folder) => [
    "--remap-path-prefix",
    `${folder}=.`,
  ]);
}
