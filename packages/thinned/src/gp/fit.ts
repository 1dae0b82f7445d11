import { boolean, finite, onlyOptions } from "../argument.js";
import { type LongCallOptions, Schedule } from "../schedule.js";
import type { TensorLike } from "../tensor.js";
import type { GpProcess } from "../wasm/boundary.js";
import { Handle } from "../wasm/handle.js";
import { type Instance, simd128Instance } from "../wasm/instance.js";
import { checkKernel, encode, type Kernel, withParameters } from "./kernel.js";
import { type Points, toPoints, toTargets } from "./points.js";
import { GaussianProcess } from "./process.js";
import { runStages } from "./stages.js";

/** The options of `gp.fit()`; progress counts rows of the kernel matrix, computed and factored. */
export interface GpFitOptions extends LongCallOptions {
  readonly kernel: Kernel;
  /** Variance of the noise of the observations, at least 0; default 0. The `1/tau` of dropout networks. */
  readonly noise?: number | undefined;
  /**
   * What else is added to the diagonal of the kernel matrix so that it can be factored, at least 0; default 0: nothing is ever added
   * that was not asked for. It changes the process a little, and is no part of `predictiveVariance`.
   */
  readonly jitter?: number | undefined;
  /**
   * Whether the parameters of the kernel and the noise are searched for from the given ones on, by the gradient of the marginal
   * likelihood; default false. What is 0 stays 0. The maximum is a local one.
   */
  readonly optimize?: boolean | undefined;
}

/** A search ends after so many evaluations. */
const MOST_EVALUATIONS = 200;

/** A search has converged when no change of a parameter by 1 % would change the log marginal likelihood by 1e-6. */
const TOLERANCE = 1e-4;

/** The data of a fit, and what its matrix is made of. */
interface Request {
  readonly points: Points;
  readonly targets: Float64Array<ArrayBuffer>;
  readonly outputs: number;
  readonly noise: number;
  readonly jitter: number;
}

const action = "fit a Gaussian process";

/**
 * Resolves to a Gaussian process with prior mean zero given targets `y` (`[rows]`, or `[rows, outputs]` that share the kernel) at `x [rows,
 * inputs]` (Rasmussen & Williams 2006, algorithm 2.1).
 *
 * All is in float64 and gives the same bits on every host. Targets with a mean far from zero are better centred first.
 *
 * Cost `O(rows³)`: a second or so for 2,000 rows; `rows²` numbers of memory. With `optimize` four times that per evaluation.
 *
 * @throws RangeError when the kernel matrix is not positive definite in double precision: the message has the pivot, its value, and the
 * ways out; when a parameter is out of range, or a covariance or the likelihood is
 * @throws ShapeError when `x` or `y` has another shape
 * @throws AbortError (a DOMException) when `signal` is aborted
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { gp } from "thinned";
 *
 * const x = [[0], [1], [2], [4]];
 * const process = await gp.fit({ kernel: gp.rbf(), noise: 0.01 }, x, [0, 1, 0, -1]);
 * const { mean, variance } = await process.predict([[1], [9]]);
 * assert.ok(Math.abs((mean.data[0] ?? 0) - 1) < 0.05);
 * assert.ok(Math.abs((variance.data[1] ?? 0) - 1) < 1e-6); // far from the data: the prior
 * process.dispose();
 * ```
 */
export async function fit(options: GpFitOptions, x: TensorLike, y: TensorLike): Promise<GaussianProcess> {
  onlyOptions(action, options, ["kernel", "noise", "jitter", "optimize", "signal", "onProgress"]);
  const kernel = checkKernel(action, options.kernel);
  const atLeast0 = (name: "noise" | "jitter") =>
    finite(action, name, options[name] ?? 0, "of at least 0", (value) => value >= 0);
  const [noise, jitter] = [atLeast0("noise"), atLeast0("jitter")];
  const optimize = boolean(action, "optimize", options.optimize ?? false);
  const points = toPoints(action, "x", x);
  const targets = toTargets(action, y, points.rows);
  const outputs = targets.shape[1] ?? 1;
  const request = { points, targets: targets.data, outputs, noise, jitter };
  encode(action, kernel, points.inputs);
  if (optimize) refuseConstant(targets.data);
  const total = optimize ? 4 * points.rows * MOST_EVALUATIONS : 2 * points.rows;
  const schedule = new Schedule(action, total, options);
  const instance = await simd128Instance();
  const { rows, inputs } = points;
  const info = { rows, inputs, outputs };
  const common = { jitter, columns: targets.shape.length === 2 };
  if (!optimize) {
    const handle = await factored(instance, schedule, kernel, request);
    await finished(schedule, handle);
    return new GaussianProcess({ ...common, handle, kernel, noise, info });
  }
  const found = await search(instance, schedule, kernel, request);
  const handle = await factored(instance, schedule, found.kernel, { ...request, noise: found.noise });
  await finished(schedule, handle);
  return new GaussianProcess({
    ...common,
    handle,
    kernel: found.kernel,
    noise: found.noise,
    info: { ...info, search: found.search },
  });
}

/** Of targets without any variation the likelihood has no maximum: it grows for ever as noise and variance shrink. */
function refuseConstant(targets: Float64Array): void {
  const [first] = targets;
  if (targets.some((target) => target !== first)) return;
  throw new RangeError(
    `Cannot ${action}: y is ${first} in every row, and optimize is true; targets that vary are wanted, or parameters that are given`,
  );
}

async function finished(schedule: Schedule, handle: Handle<GpProcess>): Promise<void> {
  try {
    const likelihood = handle.instance.run(() => handle.get(action).logMarginalLikelihood);
    if (!Number.isFinite(likelihood)) {
      throw new RangeError(
        `Cannot ${action}: the log marginal likelihood is ${likelihood}, a number in the range of float64 is wanted: targets and kernel of a more usual scale`,
      );
    }
    await schedule.finish();
  } catch (error) {
    handle.dispose();
    throw error;
  }
}

/** Returns the factored process, or with `mayRefuse` undefined where its matrix is not positive definite. */
async function factored(
  instance: Instance,
  schedule: Schedule,
  kernel: Kernel,
  request: Request,
): Promise<Handle<GpProcess>>;
async function factored(
  instance: Instance,
  schedule: Schedule,
  kernel: Kernel,
  request: Request,
  mayRefuse: boolean,
): Promise<Handle<GpProcess> | undefined>;
async function factored(
  instance: Instance,
  schedule: Schedule,
  kernel: Kernel,
  { points, targets, outputs, noise, jitter }: Request,
  mayRefuse = false,
): Promise<Handle<GpProcess> | undefined> {
  const { words, counts, parameters } = encode(action, kernel, points.inputs);
  const { data, inputs } = points;
  const work = new Handle(
    instance,
    instance.run(
      (b) => new b.GpFit(words, counts, parameters, inputs, data, targets, outputs, noise, jitter),
    ),
  );
  try {
    const inside = work.get(action);
    await runStages(instance, schedule, inside, points.rows);
    if (mayRefuse && instance.run(() => inside.refused)) return undefined;
    return new Handle(
      instance,
      instance.run(() => inside.finish()),
    );
  } finally {
    work.dispose();
  }
}

/** What a search has come to. */
interface Found {
  readonly kernel: Kernel;
  readonly noise: number;
  readonly search: { readonly evaluations: number; readonly end: "converged" | "stuck" | "iterations" };
}

/** Climbs the marginal likelihood; a point whose matrix is not positive definite counts as too low. */
async function search(
  instance: Instance,
  schedule: Schedule,
  kernel: Kernel,
  request: Request,
): Promise<Found> {
  const start = Float64Array.from([
    ...encode(action, kernel, request.points.inputs).parameters,
    request.noise,
  ]);
  const at = (numbers: Float64Array) => ({
    kernel: withParameters(kernel, [...numbers.subarray(0, -1)]),
    noise: numbers.at(-1) as number,
  });
  const handle = new Handle(
    instance,
    instance.run((boundary) => new boundary.GpSearch(start, TOLERANCE)),
  );
  try {
    const inside = handle.get(action);
    let evaluations = 0;
    const state = () => instance.run(() => inside.state) as "open" | "converged" | "stuck";
    for (; state() === "open" && evaluations < MOST_EVALUATIONS; evaluations++) {
      const { kernel: tried, noise } = at(instance.run(() => inside.point()));
      // The start has to stand: its refusal is the error of the call.
      const process = await factored(instance, schedule, tried, { ...request, noise }, evaluations > 0);
      const { value, gradient } = await evidence(instance, schedule, process, request.points.rows);
      instance.run(() => inside.tell(value, gradient));
    }
    const end = state() === "open" ? "iterations" : (state() as "converged" | "stuck");
    return { ...at(instance.run(() => inside.best())), search: { evaluations, end } };
  } finally {
    handle.dispose();
  }
}

/** Returns the log marginal likelihood of a process and its gradient, and disposes of the process. */
async function evidence(
  instance: Instance,
  schedule: Schedule,
  process: Handle<GpProcess> | undefined,
  rows: number,
): Promise<{ value: number; gradient: Float64Array }> {
  if (process === undefined) return { value: Number.NaN, gradient: new Float64Array() };
  try {
    const inside = process.get(action);
    const work = new Handle(
      instance,
      instance.run((boundary) => new boundary.GpEvidence(inside)),
    );
    try {
      await runStages(instance, schedule, work.get(action), rows);
      const gradient = instance.run(() => work.get(action).gradient());
      return { value: instance.run(() => inside.logMarginalLikelihood), gradient };
    } finally {
      work.dispose();
    }
  } finally {
    process.dispose();
  }
}
