import { createPool, type Pool } from "thinned";
import type { Program, Run } from "../work/program.ts";
import { besideName } from "./variant.ts";

/**
 * Returns as many of the same call at once as `pool` has workers, each on a worker of its own: they share nothing, so what this
 * gains is what the machine has to give, and no program whose workers share one call can be expected to gain more.
 */
export async function sideBySide(pool: Pool, make: (own: Pool) => Promise<Program>): Promise<Program> {
  const pools = Array.from({ length: pool.threads }, () => createPool({ threads: 1 }));
  const calls: Program[] = [];
  // `init()` holds for the models that are made after it.
  for (const own of pools) calls.push(await make(own));
  const [first] = calls as [Program];
  return {
    ...besideName(first.alone ?? first.name, calls.length),
    run: async () => {
      const start = performance.now();
      const [run] = (await Promise.all(calls.map((call) => call.run()))) as [Run, ...Run[]];
      return { ...run, timeMs: (performance.now() - start) / calls.length };
    },
    close: async () => {
      for (const call of calls) await call.close();
      for (const own of pools) await own.dispose();
    },
  };
}
