import { type Artefact, unpack } from "./artefact.js";
import { base } from "./base.js";
import { Instance } from "./started.js";
import { NoWideVectors, wideCompiler } from "./wideSupport.js";

export { Instance } from "./started.js";

let first: Instance | undefined;
let portable: Promise<Instance> | undefined;
let widest: Promise<Instance> | undefined;
let fast: Promise<Instance> | undefined;

/** Returns the instance that models are made in unless told otherwise; the first call starts it, synchronously. */
export function baseInstance(): Instance {
  first ??= new Instance(base, compile(base));
  return first;
}

/**
 * Returns the instance of the whole build that gives the same bits everywhere; the first call loads it. A failure is not
 * remembered.
 */
export function simd128Instance(): Promise<Instance> {
  portable ??= loadSimd128().catch((error: unknown) => {
    portable = undefined;
    throw error;
  });
  return portable;
}

async function loadSimd128(): Promise<Instance> {
  const { simd128 } = await import("./simd128.js");
  return new Instance(simd128, await WebAssembly.compile(unpack(simd128.packed)));
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
