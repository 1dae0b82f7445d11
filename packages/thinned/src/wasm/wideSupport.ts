import { builtin } from "../builtin.js";
import { hasRelaxedSimd } from "./relaxedSupport.js";

/** Why a host cannot run the build of 256-bit vectors; the message ends a sentence about it. */
export class NoWideVectors extends Error {}

/** The part of `node:v8` that is used. */
interface V8 {
  setFlagsFromString(flag: string): void;
  /** A number that depends on the version, the flags and the processor. */
  cachedDataVersionTag(): number;
}

/** Where V8 joins neighbouring vectors, as the kernels were written and measured for; older ones know the flag in part. */
const OLDEST_V8 = 13;

/** Set for good: what is compiled later, and optimised later, is joined too. */
const JOIN = "--experimental-wasm-revectorize";
const APART = "--no-experimental-wasm-revectorize";

/** While the module is compiled: all of it, by the optimising compiler, so that the self-check checks what will run. */
const WHOLE = ["--no-liftoff", "--no-wasm-lazy-compilation"];
const AS_USUAL = ["--liftoff", "--wasm-lazy-compilation"];

/**
 * Returns what compiles a module so that neighbouring vectors become one of 256 bits.
 *
 * The flag belongs to the process. It is set by the call of what is returned, before it compiles anything: code that is there
 * already stays as it is. That call too throws NoWideVectors, where V8 does not know the flag.
 *
 * @throws NoWideVectors where the host has no such compiler
 */
export function wideCompiler(): (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module {
  const { process } = globalThis as { process?: { arch: string; versions: { v8?: string } } };
  const v8 = builtin<V8>("node:v8");
  if (process === undefined || v8 === undefined) throw new NoWideVectors("it needs Node.js");
  if (process.arch !== "x64")
    throw new NoWideVectors(`it needs an x64 processor, this one is ${process.arch}`);
  const version = process.versions.v8 ?? "";
  if (!(Number.parseInt(version, 10) >= OLDEST_V8) || !hasRelaxedSimd()) {
    throw new NoWideVectors(`it needs V8 ${OLDEST_V8} or later, this is ${version}; Node.js 24 has it`);
  }
  return (bytes) => {
    if (!join(v8)) throw new NoWideVectors(`V8 ${version} does not know the flag ${JOIN}`);
    for (const flag of WHOLE) v8.setFlagsFromString(flag);
    try {
      return new WebAssembly.Module(bytes);
    } finally {
      for (const flag of AS_USUAL) v8.setFlagsFromString(flag);
    }
  };
}

/** Sets the flag, and returns whether there is one: of a flag that it does not know V8 prints a line, and goes on. */
function join(v8: V8): boolean {
  v8.setFlagsFromString(APART);
  const apart = v8.cachedDataVersionTag();
  v8.setFlagsFromString(JOIN);
  return v8.cachedDataVersionTag() !== apart;
}
