import { boolean, oneOf } from "./argument.js";
import type { ExactCall } from "./enumeration.js";
import { detailNames, type Values } from "./exactPart.js";
import type { ExactPlan, ExactTarget } from "./exactPlan.js";
import type { ExactResult } from "./exactResult.js";
import type { ExactJob } from "./exactTasks.js";
import type { Network } from "./network.js";
import { costInDouble } from "./rowCost.js";
import type { SelectedLayer, Selection } from "./selection.js";
import { sizeOf, type Tensor } from "./tensor.js";
import { baseInstance } from "./wasm/instance.js";

/** What is computed beside the statistics of each unit: joint statistics of a layer, means given a gate. */
export type DetailKind = "joint" | "given";

/** The option that asks for each. */
export const optionOf: Readonly<Record<DetailKind, string>> = {
  joint: 'moments "full"',
  given: "conditional",
};

/** Numbers of one result, at most: half a gigabyte of float64. */
const MOST_VALUES = 2 ** 26;

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

/** Returns what the checked options `moments` and `conditional` ask for. */
export function detailKinds(
  action: string,
  { moments = "units", conditional = false, unit }: ExactTarget,
): DetailKind[] {
  oneOf(action, "moments", moments, ["units", "full"]);
  boolean(action, "conditional", conditional);
  if (moments === "full" && unit !== undefined) {
    throw new RangeError(
      `Cannot ${action}: moments "full" concerns all units of a layer, unit is ${unit}, none is wanted`,
    );
  }
  return [...(moments === "full" ? ["joint" as const] : []), ...(conditional ? ["given" as const] : [])];
}

/** Returns the plans of the wanted details, by selected layer; throws RangeError when one does not apply or is too large to hold. */
export function planDetails(
  network: Network,
  action: string,
  { layers }: Selection,
  unit: number | undefined,
  rows: number,
  kinds: readonly DetailKind[],
): DetailPlan[][] {
  const inside = network.inside(baseInstance(), action);
  const plan = (layer: SelectedLayer) => (kind: DetailKind) =>
    planDetail(action, inside, layer, unit, kind, rows);
  return layers.map((layer) => kinds.map(plan(layer)));
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

/** A detail of all rows, put together from what is found for some. */
export class DetailStatistics {
  readonly plan: DetailPlan;
  readonly #rows: number;
  readonly #found: Partial<Record<(typeof detailNames)[number], Tensor<Float64Array>>> = {};
  #errorBound = 0;

  constructor(plan: DetailPlan, rows: number) {
    this.plan = plan;
    this.#rows = rows;
  }

  /** Puts what was found for consecutive rows, the first being `firstRow`, in its place. */
  place(values: Values, firstRow: number, rows: number): void {
    for (const name of detailNames) {
      const found = values[name];
      if (found === undefined) continue;
      const width = found.length / rows;
      const shape = name === "covariance" || name === "conditionalMean" ? this.plan.shape : [];
      this.#found[name] ??= {
        data: new Float64Array(this.#rows * width),
        shape: [this.#rows, ...shape],
      };
      this.#found[name].data.set(found, firstRow * width);
    }
    this.#errorBound = Math.max(this.#errorBound, ...(values.bound as Float64Array));
  }

  /** Adds it to the result of its layer. */
  addTo(result: ExactResult): void {
    Object.assign(result, this.#found);
    result.errorBound = Math.max(result.errorBound, this.#errorBound);
    result.evaluations += this.plan.evaluationsPerRow * this.#rows;
    if (result.covariance !== undefined) agreeOnVariances(result.covariance, result.variance);
  }
}

/** Returns a detail as work of its call. */
export function detailJob({ network }: ExactCall, detail: DetailStatistics): ExactJob {
  const { plan } = detail;
  const { node, unit, kind } = plan;
  return {
    ...plan,
    // Values of the result count as two as well, and are there twice while they are copied out.
    cost: costInDouble(network.cost, 4 * plan.valuesPerRow),
    isEnumeration: kind === "joint",
    parts: () => 1,
    part: (x, rows) => ({ x, rows, node, unit, detail: kind }),
    place: (values, first, rows) => detail.place(values, first, rows),
  };
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
