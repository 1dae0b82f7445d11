import type { ActivationConfig } from "./activation.js";
import type { Node } from "./architecture.js";
import { oneOf, onlyOptions } from "./argument.js";
import type { Network } from "./network.js";
import { toBatch } from "./rows.js";
import { type LongCallOptions, Schedule } from "./schedule.js";
import { withSnapshot } from "./snapshot.js";
import { toTargets } from "./targets.js";
import { sizeOf, type Tensor, type TensorLike } from "./tensor.js";
import type { GradientRun } from "./wasm/boundary.js";
import { Handle } from "./wasm/handle.js";
import { simd128Instance } from "./wasm/instance.js";

/**
 * The error of one row: `½ Σ (t − O)²` over the units (Baldi & Sadowski 2013, eq. 24), or as `fit()` takes it `(1/K) Σ (t − O)²`, or the
 * relative entropy `−(1/K) Σ t log O + (1 − t) log(1 − O)` of logistic units.
 */
export type GradientLoss = "halfSquaredError" | "meanSquaredError" | "binaryCrossentropy";

/** How the expectation over all subnetworks is found: see `dynamics.expectedGradient()`. */
export type GradientMethod = "closedForm" | "characteristic" | "enumeration";

/** The options of `expectedGradient()`; progress counts units of rows. */
export interface ExpectedGradientOptions extends LongCallOptions {
  /** Default `"binaryCrossentropy"` for logistic units, `"halfSquaredError"` for others. */
  readonly loss?: GradientLoss | undefined;
  /** Default the cheapest exact one that applies. */
  readonly method?: GradientMethod | undefined;
}

/** An error and its gradient, means over the rows. */
export interface LayerGradient {
  readonly error: number;
  /** By the weights as they are stored, `[inputs, units]`. */
  readonly kernel: Tensor<Float64Array>;
  /** `[units]`; also where the layer has no bias, of which it is then the gradient at 0. */
  readonly bias: Tensor<Float64Array>;
}

/** The expectation of the dropout gradient, and what it is made of. */
export interface ExpectedGradient extends LayerGradient {
  /** Error and gradient of the weight-scaled network, `E_ENS`. */
  readonly ensemble: LayerGradient;
  /** The adaptive weight decay `g′(S_ENS) w_i z_i² p_i(1 − p_i)`, and half its sum with the weights as its error. */
  readonly weightDecay: LayerGradient;
  /** The sum of both: exact for linear units with a squared error (eq. 27), eq. 30 for logistic ones. */
  readonly approximation: LayerGradient;
  readonly method: GradientMethod;
}

export const gradientLosses = ["halfSquaredError", "meanSquaredError", "binaryCrossentropy"] as const;
export const gradientMethods = ["closedForm", "characteristic", "enumeration"] as const;

/** Returns the expected gradient of a model with one layer. */
export async function expectedGradient(
  network: Network,
  x: TensorLike,
  y: TensorLike,
  options: ExpectedGradientOptions,
): Promise<ExpectedGradient> {
  const action = "compute an expected gradient";
  network.atHome(action);
  onlyOptions(action, options, ["loss", "method", "signal", "onProgress"]);
  const { loss, method } = options;
  if (loss !== undefined) oneOf(action, "loss", loss, gradientLosses);
  if (method !== undefined) oneOf(action, "method", method, gradientMethods);
  const { inputShape, nodes } = network.architecture;
  const batch = toBatch(action, "x", x, inputShape);
  // Targets of logistic units without a loss are those of a cross-entropy, which are probabilities.
  const ofLogistic = isLogistic(nodes.at(-1));
  const targetLoss = loss === "binaryCrossentropy" || (loss === undefined && ofLogistic);
  const name = targetLoss ? "binaryCrossentropy" : "meanSquaredError";
  const targets = toTargets(action, "t", y, { name, delta: 1 }, batch.rows, network.outputShape);
  const units = sizeOf(network.outputShape);
  const schedule = new Schedule(action, batch.rows * units, options, () => network.refuseDisposed(action));
  const result = await withSnapshot(network, action, async (snapshot) => {
    const instance = await simd128Instance();
    const inside = snapshot.inside(instance, action);
    const run = new Handle(
      instance,
      instance.run(
        ({ GradientRun }) =>
          new GradientRun(inside, batch.data, targets.data, batch.rows, loss ?? "", method ?? ""),
      ),
    );
    try {
      const work = run.get(action);
      await schedule.run({
        remaining: () => instance.run(() => work.remaining),
        step: (count) => instance.run(() => work.step(count)),
      });
      return instance.run(() => collected(work, sizeOf(inputShape), units));
    } finally {
      run.dispose();
    }
  });
  await schedule.finish();
  return result;
}

function collected(run: GradientRun, inputs: number, units: number): ExpectedGradient {
  const part = (name: string): LayerGradient => {
    const values = run.part(name);
    return {
      error: values[0] as number,
      bias: { data: values.slice(1, 1 + units), shape: [units] },
      kernel: { data: values.slice(1 + units), shape: [inputs, units] },
    };
  };
  return {
    ...part("expected"),
    ensemble: part("ensemble"),
    weightDecay: part("weightDecay"),
    approximation: part("approximation"),
    method: run.method as GradientMethod,
  };
}

function isLogistic(output: Node | undefined): boolean {
  const { activation } = (output?.definition.config ?? {}) as { readonly activation?: ActivationConfig };
  return typeof activation === "object" && activation.type === "sigmoid";
}
