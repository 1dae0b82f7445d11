/** As Keras has it. */
export const adam = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;

/**
 * Returns how many multiplications training costs a row, given those of each layer forward: forward, gradient of the kernels, and
 * gradient of the activities of all layers but the input.
 */
export function trainingProducts(forward: readonly number[]): number {
  const [first = 0] = forward;
  return 3 * forward.reduce((sum, products) => sum + products, 0) - first;
}
