import { builtin } from "../builtin.js";
import type { Order, Reply } from "./protocol.js";

/** A worker as its owner holds it. */
export interface Thread {
  post(order: Order, transfer: readonly ArrayBuffer[]): void;
  /** Ends it, whatever it does; `ended` is not called for this. */
  terminate(): Promise<void>;
}

/** What an owner wants to hear of a worker. */
export interface Listener {
  reply(reply: Reply): void;
  /** It has ended by itself, or will never answer. */
  ended(reason: string): void;
}

/** Starts a worker that runs the script of the workers. */
export type StartThread = (listener: Listener) => Thread;

/** The part of `node:worker_threads` that is used; the package has no types of Node. */
interface NodeWorkers {
  readonly Worker: new (url: URL, options: object) => NodeWorker;
}

interface NodeWorker {
  on(event: string, listener: (value: never) => void): void;
  unref(): void;
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  terminate(): Promise<unknown>;
}

/** Whether this host has workers of one kind or the other. */
export function hasThreads(): boolean {
  return typeof Worker === "function" || nodeWorkers() !== undefined;
}

/** Resolves to what starts workers here: Web Workers where there are any, `worker_threads` in Node. */
export async function threadStarter(): Promise<StartThread> {
  const { default: script } = await import("./script.js");
  if (typeof Worker === "function") return (listener) => startWebWorker(script, listener);
  return (listener) => startNodeWorker(nodeWorkers() as NodeWorkers, script, listener);
}

function nodeWorkers(): NodeWorkers | undefined {
  return builtin("node:worker_threads");
}

/** Returns how many cores there are, or undefined where the host does not tell. */
export function availableCores(): number | undefined {
  const cores: unknown = globalThis.navigator?.hardwareConcurrency;
  if (typeof cores === "number" && cores >= 1) return cores;
  return builtin<{ availableParallelism(): number }>("node:os")?.availableParallelism();
}

function startWebWorker(script: string, listener: Listener): Thread {
  const url = URL.createObjectURL(
    new Blob([`${script};thinnedWorker.serve(self);`], { type: "text/javascript" }),
  );
  const worker = new Worker(url);
  const revoke = (): void => URL.revokeObjectURL(url);
  worker.addEventListener("message", ({ data }) => listener.reply(data as Reply));
  worker.addEventListener("message", revoke, { once: true });
  worker.addEventListener("messageerror", () => listener.ended("a message of it could not be read"));
  worker.addEventListener("error", ({ message }) => {
    revoke();
    listener.ended(message || "its script did not start");
  });
  return {
    post: (order, transfer) => worker.postMessage(order, [...transfer]),
    terminate: async () => {
      revoke();
      worker.terminate();
    },
  };
}

function startNodeWorker({ Worker: NodeWorker }: NodeWorkers, script: string, listener: Listener): Thread {
  const text = `import{parentPort}from"node:worker_threads";${script};thinnedWorker.serve(parentPort);`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(text)}`);
  // The flags of the program, loaders for instance, are not for the workers.
  const worker = new NodeWorker(url, { execArgv: [], name: "thinned" });
  let error: unknown;
  let over = false;
  worker.on("message", (reply: Reply) => listener.reply(reply));
  worker.on("messageerror", () => listener.ended("a message of it could not be read"));
  worker.on("error", (thrown) => {
    error = thrown;
  });
  worker.on("exit", (code: number) => {
    if (!over) listener.ended(error === undefined ? `it exited with code ${code}` : String(error));
  });
  // A pool without work keeps no process alive; a call under way has a timer that does. Listening would hold it again.
  worker.unref();
  return {
    post: (order, transfer) => worker.postMessage(order, transfer),
    terminate: async () => {
      over = true;
      await worker.terminate();
    },
  };
}
