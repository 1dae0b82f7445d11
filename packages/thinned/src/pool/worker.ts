// What runs in a worker: the jobs of its owner, one at a time, in slices, so that it hears when one is called off.
import { architectureFromJson } from "../architectureJson.js";
import { buildBlank } from "../buildInside.js";
import type { ExactWork } from "../exactPart.js";
import { Schedule } from "../schedule.js";
import type { ArtefactName } from "../wasm/artefact.js";
import type * as boundary from "../wasm/boundary.js";
import type { Boundary } from "../wasm/boundary.js";
import * as relaxed from "../wasm/generated/relaxed/thinned.js";
import * as simd128 from "../wasm/generated/simd128/thinned.js";
import * as wide from "../wasm/generated/wide/thinned.js";
import { Handle } from "../wasm/handle.js";
import { Instance } from "../wasm/started.js";
import { runJob } from "./jobs.js";
import { Prepared } from "./prepared.js";
import type { Order, Reply } from "./protocol.js";
import { Spare } from "./spare.js";

/** What Node's port to its owner and the global scope of a Web Worker have in common. */
export interface Port {
  onmessage: ((event: { readonly data: Order }) => void) | null;
  postMessage(reply: Reply, transfer: ArrayBuffer[]): void;
}

const boundaries: Readonly<Record<ArtefactName, Boundary>> = { simd128, relaxed, wide };

type JobOrder = Extract<Order, { kind: "job" }>;

/** Architecture and weights of a network, and the network where an instance has built it. */
interface Known {
  readonly architecture: string;
  /** Undefined once a built network has them, where they were to change and their memory serves again. */
  weights: readonly Float32Array[] | undefined;
  readonly built: Map<Instance, Handle<boundary.Network>>;
}

/**
 * Does what comes through `port`.
 *
 * @public The end of the script calls it.
 */
export function serve(port: Port): void {
  const instances = new Map<ArtefactName, Instance>();
  const networks = new Map<string, Known>();
  /** Of the jobs that are not done. */
  const running = new Map<number, AbortController>();
  const prepared = new Prepared<ExactWork>();
  const differentiators = new Prepared<boundary.Differentiator>();

  const spare = new Spare();
  /** The last job that there is, or was. */
  let last = Promise.resolve();

  const forget = (key: string): void => {
    for (const handle of networks.get(key)?.built.values() ?? []) handle.dispose();
    networks.delete(key);
  };

  const work = async (
    { id, artefact, network, name, input }: JobOrder,
    signal: AbortSignal,
  ): Promise<void> => {
    const instance = instances.get(artefact) as Instance;
    try {
      const schedule = new Schedule(name, 0, {
        signal,
        onProgress: ({ done }) => port.postMessage({ kind: "progress", id, done }, []),
      });
      const place = {
        instance,
        network: built(networks.get(network) as Known, instance),
        schedule,
        prepared,
        differentiators,
        spare,
      };
      const { output, transfer } = await runJob(name, place, input);
      port.postMessage({ kind: "done", id, output }, transfer);
    } catch (thrown) {
      const { name: className, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
      port.postMessage(
        { kind: "failed", id, error: { name: className, message }, trapped: instance.dead },
        [],
      );
    } finally {
      running.delete(id);
    }
  };

  port.onmessage = ({ data: order }) => {
    switch (order.kind) {
      case "module": {
        const { artefact, module } = order;
        instances.set(artefact, new Instance({ name: artefact, boundary: boundaries[artefact] }, module));
        break;
      }
      case "network": {
        const { key, architecture, weights } = order;
        networks.set(key, { architecture, weights, built: new Map() });
        break;
      }
      case "weights":
        change(networks.get(order.key) as Known, order.weights, spare);
        break;
      case "forget":
        forget(order.key);
        break;
      case "job": {
        const controller = new AbortController();
        running.set(order.id, controller);
        last = last.then(() => work(order, controller.signal));
        break;
      }
      case "cancel":
        running.get(order.id)?.abort();
    }
  };
}

/** Gives a network other weights. */
function change(known: Known, weights: readonly Float32Array<ArrayBuffer>[], spare: Spare): void {
  known.weights = weights;
  if (known.built.size === 0) return;
  for (const [instance, handle] of known.built) setWeights(instance, handle.get("set weights"), weights);
  known.weights = undefined;
  const [first] = weights;
  if (first !== undefined) spare.give(first.buffer);
}

function setWeights(instance: Instance, network: boundary.Network, weights: readonly Float32Array[]): void {
  for (const [index, data] of weights.entries()) instance.run(() => network.setParameter(index, data));
}

/** Returns the network inside `instance`. */
function built({ architecture, weights: kept, built }: Known, instance: Instance): boundary.Network {
  const known = built.get(instance);
  if (known !== undefined) return known.get("run a job");
  const handle = new Handle(instance, buildBlank(architectureFromJson(architecture), instance));
  const network = handle.get("run a job");
  const [other] = built;
  const weights = kept ?? (other === undefined ? [] : weightsIn(...other));
  setWeights(instance, network, weights);
  built.set(instance, handle);
  return network;
}

/** Returns copies of the weights of a network. */
function weightsIn(instance: Instance, handle: Handle<boundary.Network>): Float32Array[] {
  const network = handle.get("read weights");
  return instance.run(() =>
    Array.from({ length: network.parameters }, (_, index) => network.parameter(index)),
  );
}
