import { describe, expect, test } from "vitest";
import type { Instance } from "../wasm/instance.js";
import { Crew } from "./crew.js";
import type { Order } from "./protocol.js";
import type { Listener, StartThread } from "./thread.js";
import type { Task, Work } from "./work.js";

/** Workers that do what the test says, in the order of their start. */
function staged() {
  const workers: { listener: Listener; orders: Order[]; finished: number; terminated: boolean }[] = [];
  const start: StartThread = (listener) => {
    const worker = { listener, orders: [] as Order[], finished: 0, terminated: false };
    workers.push(worker);
    return {
      post: (order) => worker.orders.push(order),
      terminate: async () => {
        worker.terminated = true;
      },
    };
  };
  const finish = (index: number): void => {
    const worker = workers[index] as (typeof workers)[number];
    const job = worker.orders.filter((order) => order.kind === "job")[worker.finished++];
    if (job?.kind === "job") worker.listener.reply({ kind: "done", id: job.id, output: {} });
  };
  return { workers, start: async () => start, finish };
}

/** A call of some tasks, each of 10 units, which notes what is asked for and done in `log`. */
function workOf(name: string, tasks: number, log: string[], units = { done: 0 }): Work {
  function* all(): Generator<Task> {
    for (let i = 1; i <= tasks; i++) {
      yield {
        name: "blocks",
        units: 10,
        input: () => {
          log.push(`${name}${i}`);
          return { input: {} as never, transfer: [] };
        },
        done: () => log.push(`${name}${i} done`),
      };
    }
  }
  return {
    action: `run ${name}`,
    instance: { name: "simd128", module: {} } as Instance,
    network: { version: 0, key: name, architecture: () => "", weights: () => [] },
    tasks: all(),
    add: (count) => {
      units.done += count;
    },
  };
}

describe("a crew", () => {
  test("gives a free worker to the call that has the fewest", async () => {
    const { start, finish } = staged();
    const log: string[] = [];
    const crew = new Crew(2, start);
    await crew.begin(workOf("a", 3, log));
    await crew.begin(workOf("b", 2, log));
    finish(0);
    finish(1);
    finish(0);
    expect(log).toEqual(["a1", "a2", "a1 done", "b1", "a2 done", "a3", "b1 done", "b2"]);
  });

  test("sends the weights once, and forgets those used longest ago", async () => {
    const { workers, start, finish } = staged();
    const crew = new Crew(1, start);
    for (const name of ["a", "b", "a", "c", "d", "e"]) {
      const call = await crew.begin(workOf(name, 2, []));
      finish(0);
      finish(0);
      await call.finished;
      crew.end(call);
    }
    const told = workers[0]?.orders.flatMap((order) =>
      order.kind === "network" || order.kind === "forget" ? [`${order.kind} ${order.key}`] : [],
    );
    expect(told).toEqual(["network a", "network b", "network c", "network d", "network e", "forget b"]);
  });

  test("takes back the progress of a worker that ended, and does its task again", async () => {
    const { workers, start, finish } = staged();
    const units = { done: 0 };
    const log: string[] = [];
    const crew = new Crew(1, start);
    const call = await crew.begin(workOf("a", 1, log, units));
    workers[0]?.listener.reply({ kind: "progress", id: 1, done: 7 });
    expect(units.done).toBe(7);
    workers[0]?.listener.ended("out of memory");
    expect(units.done).toBe(0);
    finish(1);
    await call.finished;
    expect(units.done).toBe(10);
    expect(log).toEqual(["a1", "a1", "a1 done"]);
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
  });

  test("gives up after three workers, also when it is a trap that ends them", async () => {
    const { workers, start } = staged();
    const crew = new Crew(1, start);
    const call = await crew.begin(workOf("a", 1, []));
    for (let lost = 0; lost < 3; lost++) {
      const error = { name: "Error", message: "it trapped" };
      workers[lost]?.listener.reply({ kind: "failed", id: 1, error, trapped: true });
    }
    await expect(call.finished).rejects.toThrow(/^Cannot run a: 3 workers have ended .*: it trapped; /);
    expect(workers).toHaveLength(3);
  });

  test("has the next task ready where a call wants that, and no other call waits", async () => {
    const { start, finish } = staged();
    const log: string[] = [];
    const crew = new Crew(2, start);
    const first = await crew.begin({ ...workOf("a", 6, log), ahead: true });
    expect(log).toEqual(["a1", "a2", "a3", "a4"]);
    const second = await crew.begin(workOf("b", 1, log));
    finish(0);
    finish(0);
    expect(log.slice(4)).toEqual(["a1 done", "a3 done", "b1"]);
    finish(0);
    await second.finished;
    crew.end(second);
    expect(log.slice(7)).toEqual(["b1 done", "a5"]);
    for (const worker of [1, 1, 0, 0]) finish(worker);
    await first.finished;
    expect(log.slice(9)).toEqual(["a2 done", "a6", "a4 done", "a5 done", "a6 done"]);
  });

  test("does what waited for a worker that ended, and counts that as no attempt", async () => {
    const { workers, start, finish } = staged();
    const log: string[] = [];
    const crew = new Crew(1, start);
    const call = await crew.begin({ ...workOf("a", 2, log), ahead: true });
    for (let lost = 0; lost < 2; lost++) workers[lost]?.listener.ended("out of memory");
    finish(2);
    // Two workers have ended while the second task waited; two more may end over it.
    for (let lost = 2; lost < 4; lost++) workers[lost]?.listener.ended("out of memory");
    finish(4);
    await call.finished;
    expect(log.filter((entry) => entry.endsWith("done"))).toEqual(["a1 done", "a2 done"]);
  });

  test("calls off what is under way for a call that ends, and only that", async () => {
    const { workers, start } = staged();
    const crew = new Crew(2, start);
    const first = await crew.begin(workOf("a", 1, []));
    await crew.begin(workOf("b", 1, []));
    crew.end(first);
    expect(workers.map(({ orders }) => orders.some(({ kind }) => kind === "cancel"))).toEqual([true, false]);
  });
});
