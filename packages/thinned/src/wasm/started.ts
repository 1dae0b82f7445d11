import { ShapeError } from "../errors.js";
import type { Artefact, ArtefactName } from "./artefact.js";
import type { Boundary } from "./boundary.js";

/** What it takes to start a compiled module: the boundary that becomes usable. */
export type Startable = Pick<Artefact, "name" | "boundary">;

/** A started WebAssembly module. There is at most one of each artefact in a thread, and it lives as long as the thread. */
export class Instance {
  readonly name: ArtefactName;
  /** The compiled module, which other threads can start as well. */
  readonly module: WebAssembly.Module;
  readonly #boundary: Boundary;
  readonly #memory: WebAssembly.Memory;
  #trap: unknown;
  #dead = false;
  /** Objects of a dead instance are kept from the finalizers that wasm-bindgen gave them: those would call into it. */
  readonly #lost: object[] = [];

  constructor({ name, boundary }: Startable, module: WebAssembly.Module) {
    this.name = name;
    this.module = module;
    this.#boundary = boundary;
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
