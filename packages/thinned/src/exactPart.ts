import type { ExactMethod } from "./exactPlan.js";
import { statisticNames } from "./exactResult.js";
import type { Schedule } from "./schedule.js";
import type * as boundary from "./wasm/boundary.js";
import { Handle } from "./wasm/handle.js";
import type { Instance } from "./wasm/instance.js";

/** Some parts of the exact statistics of some rows: units, or groups of units that only go together. */
export interface ExactPart {
  /** `[rows, inputs]`. */
  readonly x: Float32Array;
  readonly rows: number;
  readonly node: number;
  readonly unit: number | undefined;
  readonly method: ExactMethod;
  readonly outside: number | undefined;
  /** The first part, and the one behind the last; undefined for all. */
  readonly parts: readonly [number, number] | undefined;
}

/** Named numbers: statistics, `[rows, units]`, and beside them `errorBound` and the numbers of the `units`. */
export type Values = Readonly<Record<string, Float64Array<ArrayBuffer>>>;

/** Returns a run over a part, for the caller to dispose. */
export function startPart(
  instance: Instance,
  network: boundary.Network,
  { x, rows, node, unit, method, outside, parts }: ExactPart,
): Handle<boundary.ExactRun> {
  const range = Uint32Array.from(parts ?? []);
  const run = instance.run(
    ({ ExactRun }) => new ExactRun(network, node, unit, method, x, rows, outside, range),
  );
  return new Handle(instance, run);
}

/** Does all of a run, in slices. */
export async function finishPart(
  action: string,
  run: Handle<boundary.ExactRun>,
  schedule: Schedule,
): Promise<void> {
  const work = run.get(action);
  await schedule.run({
    remaining: () => run.instance.run(() => work.remaining),
    step: (evaluations) => run.instance.run(() => work.step(evaluations)),
  });
}

/** Returns what a finished run has found. */
export function valuesOf(action: string, run: Handle<boundary.ExactRun>): Values {
  const work = run.get(action);
  return run.instance.run(() => {
    const values: Record<string, Float64Array<ArrayBuffer>> = {
      units: Float64Array.from(work.units()),
      bound: Float64Array.of(work.errorBound),
    };
    for (const name of statisticNames) {
      const found = work.statistic(name);
      // Bindings declare any buffer; what they return is a copy of its own.
      if (found !== undefined) values[name] = found as Float64Array<ArrayBuffer>;
    }
    return values;
  });
}
