import type { ExactCall, ExactRequest } from "./enumeration.js";
import type { ExactPlan } from "./exactPlan.js";
import type { ExactResult } from "./exactResult.js";
import type { Network } from "./network.js";
import type { SelectedLayer } from "./selection.js";
import { sizeOf, type Tensor } from "./tensor.js";
import type { ExactDetail } from "./wasm/boundary.js";
import { Handle } from "./wasm/handle.js";
import { baseInstance, simd128Instance } from "./wasm/instance.js";
import { type RowChunk, rowChunks } from "./wasm/memory.js";

/** What is computed beside the statistics of each unit: joint statistics of a layer, means given a gate. */
export type DetailKind = "joint" | "given";

/** Numbers of one result, at most: half a gigabyte of float64. */
const MOST_VALUES = 2 ** 26;

/** How many times longer a multiplication takes that is not done by vectors of float32. */
const DOUBLE_COST = 8;

/** A detail of one layer, with its cost. */
export interface DetailPlan
  extends Pick<ExactPlan, "layer" | "gates" | "evaluationsPerRow" | "secondsPerRow"> {
  readonly kind: DetailKind;
  readonly node: number;
  readonly unit: number | undefined;
  /** Of one row, without the batch. */
  readonly shape: readonly number[];
  readonly valuesPerRow: number;
}

const names = [
  "covariance",
  "conditionalMean",
  "predictiveEntropy",
  "expectedEntropy",
  "mutualInformation",
] as const;

/** Returns the plans of the wanted details, by selected layer; throws RangeError when one does not apply or is too large to hold. */
export function planDetails(
  network: Network,
  action: string,
  { selection, unit, batch }: ExactRequest,
  kinds: readonly DetailKind[],
): DetailPlan[][] {
  const inside = network.inside(baseInstance(), action);
  const plan = (layer: SelectedLayer) => (kind: DetailKind) =>
    planDetail(action, inside, layer, unit, kind, batch.rows);
  return selection.layers.map((layer) => kinds.map(plan(layer)));
}

function planDetail(
  action: string,
  inside: ReturnType<Network["inside"]>,
  { name, node, shape }: SelectedLayer,
  unit: number | undefined,
  kind: DetailKind,
  rows: number,
): DetailPlan {
  const [gates = 0, valuesPerRow = 0, evaluationsPerRow = 0, secondsPerRow = 0] = baseInstance().run(() =>
    inside.planDetail(node, unit, kind),
  );
  if (valuesPerRow * rows > MOST_VALUES) {
    const sizeMiB = ((valuesPerRow * rows * Float64Array.BYTES_PER_ELEMENT) / 2 ** 20).toFixed(0);
    const what = kind === "joint" ? "covariances" : "means given a gate";
    throw new RangeError(
      `Cannot ${action}: the ${what} of layer ${JSON.stringify(name)} for ${rows} rows take ${sizeMiB} MiB, ` +
        `at most ${(MOST_VALUES * Float64Array.BYTES_PER_ELEMENT) / 2 ** 20} MiB are wanted: fewer rows at a time`,
    );
  }
  const units = unit === undefined ? shape : [1];
  const rowShape = kind === "joint" ? [sizeOf(shape), sizeOf(shape)] : [...units, gates];
  return {
    layer: name,
    node,
    unit,
    kind,
    gates,
    shape: rowShape,
    valuesPerRow,
    evaluationsPerRow,
    secondsPerRow,
  };
}

/** Computes a detail for all rows and puts it into the result of its layer. */
export async function addDetail(
  { action, network, snapshot, request: { batch }, schedule }: ExactCall,
  plan: DetailPlan,
  result: ExactResult,
): Promise<void> {
  const instance = await simd128Instance();
  const inside = snapshot.inside(instance, action);
  const products = DOUBLE_COST * network.cost.products;
  // Float64 values count as two, and are there twice while they are copied out.
  const cost = { values: 2 * network.cost.values + 4 * plan.valuesPerRow, products };
  for (const chunk of rowChunks(batch.data, batch.rows, cost)) {
    const { node, unit, kind } = plan;
    const run = new Handle(
      instance,
      instance.run(({ ExactDetail }) => new ExactDetail(inside, node, unit, kind, chunk.x, chunk.rows)),
    );
    try {
      const work = run.get(action);
      await schedule.run({
        remaining: () => instance.run(() => work.remaining),
        step: (evaluations) => instance.run(() => work.step(evaluations)),
      });
      instance.run(() => place(work, plan, chunk, batch.rows, result));
    } finally {
      run.dispose();
    }
  }
  result.evaluations += plan.evaluationsPerRow * batch.rows;
  if (result.covariance !== undefined) agreeOnVariances(result.covariance, result.variance);
}

function place(
  work: ExactDetail,
  { shape }: DetailPlan,
  chunk: RowChunk,
  rows: number,
  result: ExactResult,
): void {
  for (const name of names) {
    const values = work.statistic(name);
    if (values === undefined) continue;
    const width = values.length / chunk.rows;
    result[name] ??= {
      data: new Float64Array(rows * width),
      shape: name === "covariance" || name === "conditionalMean" ? [rows, ...shape] : [rows],
    };
    result[name].data.set(values, chunk.first * width);
  }
  result.errorBound = Math.max(result.errorBound, work.errorBound);
}

/** A covariance with itself is the variance, which its own method may have computed to other last digits. */
function agreeOnVariances({ data, shape }: Tensor<Float64Array>, variance: Tensor<Float64Array>): void {
  const [, units = 1] = shape;
  variance.data.forEach((value, index) => {
    const row = Math.floor(index / units);
    const unit = index % units;
    data[(row * units + unit) * units + unit] = value;
  });
}
