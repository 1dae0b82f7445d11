// Compiles crates/wasm into the artefacts of the SDK: `node scripts/build-wasm.mjs`. Skips what is up to date.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bootstrap } from "./bootstrap.mjs";
import { command } from "./command.mjs";
import { fingerprint } from "./fingerprint.mjs";
import { binary, root } from "./setup/paths.mjs";
import { allDone, run } from "./setup/process.mjs";
import { once } from "./setup/stamp.mjs";
import { artefacts, cargoEnv, cargoTarget } from "./wasm-target.mjs";

const sources = ["crates", "Cargo.toml", "Cargo.lock", "scripts/build-wasm.mjs", "scripts/wasm-target.mjs"];

// What rustc uses by default since 1.82; wasm-opt assumes none of it unless told.
const baseline = [
  "bulk-memory",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

/** Builds the artefacts where they are out of date; `tools` is what bootstrap() returned. Returns a hash of what they come from. */
export async function buildWasm(tools) {
  const version = fingerprint(sources, await run("rustc", ["--version"], { env: tools.wasmEnv }));
  // Two at a time: the last step of each, link-time optimisation, has one core to itself and wants much memory.
  const names = Object.keys(artefacts);
  const makeRest = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) await make(name, version, tools);
  };
  await allDone([makeRest(), makeRest()]);
  return version;
}

/** Makes the artefact `name` if it is out of date. */
function make(name, version, tools) {
  const folder = join(root, "packages/thinned/src/wasm/generated", name);
  const module = join(folder, "thinned_bg.wasm");
  return once(
    `wasm-${name}`,
    version,
    () => existsSync(module),
    async () => {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      await bind(await compile(name, tools), folder, tools);
      await optimise(module, name);
    },
  );
}

/** The path of the module as rustc makes it. */
async function compile(name, tools) {
  const env = await cargoEnv(name, tools.wasmEnv);
  await run("cargo", ["build", "--release", "--package", "thinned-wasm", ...cargoTarget(name)], { env });
  return join(root, "target", `wasm-${name}`, "wasm32-unknown-unknown/release/thinned.wasm");
}

function bind(compiled, folder, tools) {
  // The seam instantiates the module from bytes, so the generated code needs no default path, which bundlers would follow.
  const args = [
    "--target",
    "web",
    "--omit-default-module-path",
    "--out-name",
    "thinned",
    "--out-dir",
    folder,
    compiled,
  ];
  return run(join(tools.bindgen, "wasm-bindgen"), args);
}

function optimise(module, name) {
  const features = [...baseline.map((feature) => `--enable-${feature}`), ...artefacts[name].wasmOpt];
  return run(binary("wasm-opt"), [
    "-O3",
    // Lets constant offsets fold into loads. The stack comes first in memory and grows down: no address below 1024 is
    // reached before the stack has overflowed.
    "--low-memory-unused",
    ...features,
    "--strip-debug",
    "--strip-producers",
    module,
    "-o",
    module,
  ]);
}

command(import.meta.url, async () => {
  await buildWasm(await bootstrap("build"));
});
