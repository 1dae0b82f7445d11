import { DisposedError } from "../errors.js";
import type { Instance } from "./instance.js";

interface Held {
  readonly instance: Instance;
  readonly object: { free(): void };
}

/** The net under `dispose()`: frees what was collected without it. */
const net = /* @__PURE__ */ new FinalizationRegistry<Held>(({ instance, object }) => instance.free(object));

/** The one owner of an object inside a WebAssembly instance. */
export class Handle<Owned extends { free(): void }> {
  readonly instance: Instance;
  #object: Owned | undefined;

  constructor(instance: Instance, object: Owned) {
    this.instance = instance;
    this.#object = object;
    net.register(this, { instance, object }, this);
  }

  /** Returns the object, for a call that begins now. */
  get(action: string): Owned {
    if (this.#object !== undefined) return this.#object;
    throw new DisposedError(`Cannot ${action}: the model was disposed; build it or load it again`);
  }

  get disposed(): boolean {
    return this.#object === undefined;
  }

  /** Frees the object; a second call does nothing. */
  dispose(): void {
    if (this.#object === undefined) return;
    net.unregister(this);
    this.instance.free(this.#object);
    this.#object = undefined;
  }
}
