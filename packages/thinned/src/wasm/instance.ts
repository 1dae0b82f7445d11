import { type Artefact, unpack } from "./artefact.js";
import { simd128 } from "./simd128.js";
import { Instance } from "./started.js";
import { NoWideVectors, wideCompiler } from "./wideSupport.js";

export { Instance } from "./started.js";

let portable: Instance | undefined;
let widest: Promise<Instance> | undefined;
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

/**
 * Returns the instance of 256-bit vectors; the first call loads it. It rejects with NoWideVectors where the host cannot have
 * them; a failure is not remembered.
 */
export function wideInstance(): Promise<Instance> {
  widest ??= loadWide().catch((error: unknown) => {
    widest = undefined;
    throw error;
  });
  return widest;
}

async function loadWide(): Promise<Instance> {
  const compileWide = wideCompiler();
  const { selfCheck, wide } = await import("./wide.js");
  const instance = new Instance(wide, compileWide(unpack(wide.packed)));
  const wrong = instance.run(() => selfCheck());
  if (wrong !== undefined) throw new NoWideVectors(`its ${wrong} do not give their known answers`);
  return instance;
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
