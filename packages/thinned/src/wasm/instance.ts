import { ShapeError } from "../errors.js";
import { type Artefact, type ArtefactName, unpack } from "./artefact.js";
import type { Boundary } from "./boundary.js";
import { simd128 } from "./simd128.js";

/** A started WebAssembly module. There is at most one of each artefact, and it lives as long as the page or process. */
export class Instance {
  readonly name: ArtefactName;
  readonly #boundary: Boundary;
  readonly #memory: WebAssembly.Memory;
  #trap: unknown;
  #dead = false;
  /** Objects of a dead instance are kept from the finalizers that wasm-bindgen gave them: those would call into it. */
  readonly #lost: object[] = [];

  constructor(artefact: Artefact, module: WebAssembly.Module) {
    this.name = artefact.name;
    this.#boundary = artefact.boundary;
    this.#memory = this.#boundary.initSync({ module }).memory;
  }

  /** What the memory of the module has grown to; it never shrinks. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Whether a trap has ended this instance. */
  get dead(): boolean {
    return this.#dead;
  }

  /**
   * Returns what `work` returns. The errors of the boundary arrive as the classes of this library; a trap leaves
   * memory in an unknown state, so it ends the instance.
   */
  run<Result>(work: (boundary: Boundary) => Result): Result {
    if (this.#dead) throw this.#deadError();
    try {
      return work(this.#boundary);
    } catch (error) {
      if (isTrap(error)) {
        this.#dead = true;
        this.#trap = error;
        throw this.#deadError();
      }
      throw ofLibrary(error);
    }
  }

  /** Frees a boundary object, unless the instance is dead. */
  free(object: { free(): void }): void {
    if (this.#dead) this.#lost.push(object);
    else this.run(() => object.free());
  }

  #deadError(): Error {
    const cause = this.#trap;
    return new Error(
      `Cannot go on: the WebAssembly instance of thinned (${this.name}) has trapped (${String(cause)}), and the models in it are lost; ` +
        "start the page or process again, and please report this",
      { cause },
    );
  }
}

/** Returns whether `error` comes from the engine: a trap, or its stack running out inside the module. */
function isTrap(error: unknown): boolean {
  if (error instanceof WebAssembly.RuntimeError) return true;
  return error instanceof RangeError && /call stack/i.test(error.message);
}

/** Returns an error of the boundary, which carries the name of a class, as an error of that class. */
function ofLibrary(error: unknown): unknown {
  if (!(error instanceof Error) || error.constructor !== Error) return error;
  const { message } = error;
  if (error.name === "ShapeError") return new ShapeError(message, { cause: error });
  if (error.name === "RangeError") return new RangeError(message, { cause: error });
  if (error.name === "TypeError") return new TypeError(message, { cause: error });
  return error;
}

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
