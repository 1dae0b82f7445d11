import type { Architecture } from "./architecture.js";
import { buildBlank } from "./buildInside.js";
import type { Network } from "./network.js";
import type * as boundary from "./wasm/boundary.js";
import { Handle } from "./wasm/handle.js";
import type { Instance } from "./wasm/instance.js";

/**
 * The weights of a network as they are when a long call begins: what it computes afterwards is of one set of weights,
 * whatever happens to the network meanwhile. Inside the module it shares memory with the network until one of the two
 * is changed.
 */
export class Snapshot {
  readonly #network: Network;
  readonly #version: number;
  /** The instance that has had these weights from the start. */
  readonly #origin: Instance;
  readonly #handles = new Map<Instance, Handle<boundary.Network>>();

  constructor(network: Network, origin: Instance, action: string) {
    this.#network = network;
    this.#version = network.version;
    this.#origin = origin;
    this.#take(origin, action);
  }

  /** Returns the network inside `instance`, with the weights of the snapshot. */
  inside(instance: Instance, action: string): boundary.Network {
    const handle = this.#handles.get(instance);
    if (handle !== undefined) return handle.get(action);
    if (this.#network.version === this.#version) return this.#take(instance, action);
    const copy = new Handle(instance, buildBlank(this.#network.architecture, instance));
    this.#handles.set(instance, copy);
    const target = copy.get(action);
    for (const [index, data] of this.weights(action).entries()) {
      instance.run(() => target.setParameter(index, data));
    }
    return target;
  }

  /** Names this set of weights among all that this thread has. */
  get key(): string {
    return `${this.#network.id}.${this.#version}`;
  }

  get architecture(): Architecture {
    return this.#network.architecture;
  }

  /** Returns copies of the weights, in the order of the parameters. */
  weights(action: string): Float32Array<ArrayBuffer>[] {
    const source = (this.#handles.get(this.#origin) as Handle<boundary.Network>).get(action);
    // Bindings declare any buffer; what they return is a copy of its own.
    return this.#network.parameters.map(
      (_, index) => this.#origin.run(() => source.parameter(index)) as Float32Array<ArrayBuffer>,
    );
  }

  dispose(): void {
    for (const handle of this.#handles.values()) handle.dispose();
  }

  #take(instance: Instance, action: string): boundary.Network {
    const current = this.#network.inside(instance, action);
    const taken = instance.run(() => current.snapshot());
    this.#handles.set(instance, new Handle(instance, taken));
    return taken;
  }
}

/** Resolves to what `work` resolves to, which is given the weights as they are now. */
export async function withSnapshot<Result>(
  network: Network,
  action: string,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const snapshot = network.snapshot(action);
  try {
    return await work(snapshot);
  } finally {
    snapshot.dispose();
  }
}
