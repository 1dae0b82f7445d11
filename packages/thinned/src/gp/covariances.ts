import type { Tensor, TensorLike } from "../tensor.js";
import { simd128Instance } from "../wasm/instance.js";
import { checkKernel, encode, type Kernel } from "./kernel.js";
import { toPoints } from "./points.js";

/**
 * Returns the matrix of covariances `k(x, z) [rows of x, rows of z]`, of `x` with itself without `z`; in float64.
 *
 * Cost `O(rows of x · rows of z · inputs)`, at once.
 *
 * @throws ShapeError when `x` or `z` is not `[rows, inputs]`
 * @throws RangeError when a covariance is not finite
 */
export async function covariances(
  kernel: Kernel,
  x: TensorLike,
  z?: TensorLike,
): Promise<Tensor<Float64Array>> {
  return covariancesFor("compute covariances", kernel, x, z);
}

/** The same for what `action` says. */
export async function covariancesFor(
  action: string,
  kernel: Kernel,
  x: TensorLike,
  z?: TensorLike,
): Promise<Tensor<Float64Array>> {
  const checked = checkKernel(action, kernel);
  const points = toPoints(action, "x", x);
  const others = z === undefined ? undefined : toPoints(action, "z", z, points.inputs);
  const { words, counts, parameters } = encode(action, checked, points.inputs);
  const instance = await simd128Instance();
  const data = instance.run((boundary) =>
    boundary.gpCovariances(action, words, counts, parameters, points.inputs, points.data, others?.data),
  );
  return { data, shape: [points.rows, (others ?? points).rows] };
}
