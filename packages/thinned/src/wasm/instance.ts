import { type Artefact, unpack } from "./artefact.js";
import { simd128 } from "./simd128.js";
import { Instance } from "./started.js";

export { Instance } from "./started.js";

let portable: Instance | undefined;
let fast: Promise<Instance> | undefined;

/** Returns the instance that gives the same bits everywhere; the first call starts it, synchronously. */
export function simd128Instance(): Instance {
  portable ??= new Instance(simd128, compile(simd128));
  return portable;
}

/** Returns the relaxed-SIMD instance; the first call loads it. A failure is not remembered. */
export function relaxedInstance(): Promise<Instance> {
  fast ??= loadRelaxed().catch((error: unknown) => {
    fast = undefined;
    throw error;
  });
  return fast;
}

async function loadRelaxed(): Promise<Instance> {
  const { relaxed } = await import("./relaxed.js");
  return new Instance(relaxed, await WebAssembly.compile(unpack(relaxed.packed)));
}

function compile(artefact: Artefact): WebAssembly.Module {
  try {
    return new WebAssembly.Module(unpack(artefact.packed));
  } catch (cause) {
    throw new Error(
      `Cannot start thinned: this host refuses its WebAssembly module (${String(cause)}); WebAssembly SIMD is wanted, ` +
        "and a content security policy has to allow 'wasm-unsafe-eval'",
      { cause },
    );
  }
}
