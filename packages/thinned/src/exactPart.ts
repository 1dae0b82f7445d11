import type { DetailKind } from "./exactDetail.js";
import type { ExactMethod } from "./exactPlan.js";
import { nameOf, statisticNames } from "./exactResult.js";
import type { Schedule } from "./schedule.js";
import type * as boundary from "./wasm/boundary.js";
import { Handle } from "./wasm/handle.js";
import type { Instance } from "./wasm/instance.js";

/** Some parts of the exact statistics of some rows: units, or groups of units that only go together. */
export interface StatisticsPart {
  /** `[rows, inputs]`. */
  readonly x: Float32Array;
  readonly rows: number;
  /** The layer that is computed, and others that its walk passes. */
  readonly nodes: readonly number[];
  readonly unit: number | undefined;
  readonly method: ExactMethod;
  readonly outside: number | undefined;
  /** The first part, and the one behind the last; undefined for all. */
  readonly parts: readonly [number, number] | undefined;
}

/** What is computed beside the statistics of a layer, for some rows. */
export interface DetailPart {
  /** `[rows, inputs]`. */
  readonly x: Float32Array;
  readonly rows: number;
  readonly node: number;
  readonly unit: number | undefined;
  readonly detail: DetailKind;
}

export type ExactPart = StatisticsPart | DetailPart;

/** What computes a part. */
export type ExactWork = boundary.ExactRun | boundary.ExactDetail;

/**
 * Named numbers. Of a detail: its values, rows first, and beside them `bound`. Of statistics: those of each layer, `[rows, units]`,
 * and beside them `bound` and the numbers of the `units`; names of layers but the first stand behind their place.
 */
export type Values = Readonly<Record<string, Float64Array<ArrayBuffer>>>;

/** The details as the boundary names them. */
export const detailNames = [
  "covariance",
  "conditionalMean",
  "predictiveEntropy",
  "expectedEntropy",
  "mutualInformation",
] as const;

/** Returns a run over a part, for the caller to dispose. */
export function startPart(instance: Instance, network: boundary.Network, part: ExactPart): Handle<ExactWork> {
  const { x, rows, unit } = part;
  const run = instance.run(({ ExactRun, ExactDetail }): ExactWork => {
    if ("detail" in part) return new ExactDetail(network, part.node, unit, part.detail, x, rows);
    const range = Uint32Array.from(part.parts ?? []);
    const nodes = Uint32Array.from(part.nodes);
    return new ExactRun(network, nodes, unit, part.method, x, rows, part.outside, range);
  });
  return new Handle(instance, run);
}

/** Does all of a run, in slices. */
export async function finishPart(action: string, run: Handle<ExactWork>, schedule: Schedule): Promise<void> {
  const work = run.get(action);
  await schedule.run({
    remaining: () => run.instance.run(() => work.remaining),
    step: (evaluations) => run.instance.run(() => work.step(evaluations)),
  });
}

/** Returns what a finished run of a part has found. */
export function valuesOf(action: string, run: Handle<ExactWork>, part: ExactPart): Values {
  const work = run.get(action);
  const values: Record<string, Float64Array<ArrayBuffer>> = {};
  // Bindings declare any buffer; what they return is a copy of its own.
  const put = (name: string, found: Float64Array | undefined): void => {
    if (found !== undefined) values[name] = found as Float64Array<ArrayBuffer>;
  };
  run.instance.run(() => {
    if ("detail" in part) {
      const detail = work as boundary.ExactDetail;
      for (const name of detailNames) put(name, detail.statistic(name));
      put("bound", Float64Array.of(detail.errorBound));
      return;
    }
    const statistics = work as boundary.ExactRun;
    for (const layer of part.nodes.keys()) {
      for (const name of statisticNames) put(nameOf(layer, name), statistics.statistic(layer, name));
      put(nameOf(layer, "units"), Float64Array.from(statistics.units(layer)));
      put(nameOf(layer, "bound"), Float64Array.of(statistics.errorBound(layer)));
    }
  });
  return values;
}
