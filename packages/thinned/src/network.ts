import { type Architecture, outputShapeOf, type Parameter, parametersOf } from "./architecture.js";
import { buildBlank, buildInside } from "./buildInside.js";
import { costOf, type NetworkCost } from "./rowCost.js";
import { Snapshot } from "./snapshot.js";
import type * as boundary from "./wasm/boundary.js";
import { Handle } from "./wasm/handle.js";
import type { Instance } from "./wasm/instance.js";

interface Copy {
  readonly handle: Handle<boundary.Network>;
  /** The version of the weights that this copy holds. */
  version: number;
}

let networks = 0;

/**
 * A network and its weights inside WebAssembly. The weights live in one instance, its home; where another build of the module runs,
 * it gets a copy, which is brought up to date whenever it is asked for.
 */
export class Network {
  readonly architecture: Architecture;
  readonly outputShape: readonly number[];
  readonly parameters: readonly Parameter[];
  readonly cost: NetworkCost;
  /** Tells the network from all others of this thread. */
  readonly id = ++networks;
  readonly #home: Instance;
  readonly #copies = new Map<Instance, Copy>();
  /** The instance whose copy has the current weights. */
  #newest: Instance;
  #version = 0;

  constructor(architecture: Architecture, home: Instance) {
    this.architecture = architecture;
    this.outputShape = outputShapeOf(architecture);
    this.parameters = parametersOf(architecture);
    this.cost = costOf(architecture);
    this.#home = home;
    this.#newest = home;
    this.#copies.set(home, { handle: new Handle(home, buildInside(architecture, home)), version: 0 });
  }

  /** Returns the network inside its home, with the current weights. */
  atHome(action: string): boundary.Network {
    return this.inside(this.#home, action);
  }

  get home(): Instance {
    return this.#home;
  }

  /** Counts the changes of the weights. */
  get version(): number {
    return this.#version;
  }

  get disposed(): boolean {
    return (this.#copies.get(this.#home) as Copy).handle.disposed;
  }

  /** Throws DisposedError after `dispose()`. */
  refuseDisposed(action: string): void {
    (this.#copies.get(this.#home) as Copy).handle.get(action);
  }

  /** Returns the weights as they are now, for the caller to dispose. */
  snapshot(action: string): Snapshot {
    return new Snapshot(this, this.#newest, action);
  }

  /** Returns the network inside `instance`, with the current weights; throws DisposedError after `dispose()`. */
  inside(instance: Instance, action: string): boundary.Network {
    const newest = this.#copies.get(this.#newest) as Copy;
    const source = newest.handle.get(action);
    let copy = this.#copies.get(instance);
    if (copy === undefined) {
      copy = { handle: new Handle(instance, buildBlank(this.architecture, instance)), version: -1 };
      this.#copies.set(instance, copy);
    }
    const target = copy.handle.get(action);
    if (copy.version !== this.#version) {
      for (const index of this.parameters.keys()) {
        const data = this.#newest.run(() => source.parameter(index));
        instance.run(() => target.setParameter(index, data));
      }
      copy.version = this.#version;
      // Once home is up to date, the model no longer depends on the other instance.
      if (instance === this.#home) this.#newest = instance;
    }
    return target;
  }

  /** Notes that training has changed the weights of the copy inside `instance`. */
  changed(instance: Instance): void {
    this.#version++;
    this.#newest = instance;
    (this.#copies.get(instance) as Copy).version = this.#version;
  }

  /** Returns copies of the weights, in the order of `parameters`. */
  weights(action: string): Float32Array[] {
    const newest = (this.#copies.get(this.#newest) as Copy).handle.get(action);
    return this.parameters.map((_, index) => this.#newest.run(() => newest.parameter(index)));
  }

  /** Sets all weights. They are written at home, so that this works when the instance of the newest copy is dead. */
  setWeights(action: string, weights: readonly Float32Array[]): void {
    const { handle } = this.#copies.get(this.#home) as Copy;
    const target = handle.get(action);
    for (const [index, data] of weights.entries()) {
      this.#home.run(() => target.setParameter(index, data));
    }
    this.changed(this.#home);
  }

  dispose(): void {
    for (const { handle } of this.#copies.values()) handle.dispose();
  }
}
