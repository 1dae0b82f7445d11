/** Probabilities `[rows, classes]` with their shape. */
interface Probabilities {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** The most probable class of row `row`. */
export function likeliest({ data, shape }: Probabilities, row: number): number {
  const classes = shape[1] as number;
  let best = 0;
  for (let k = 1; k < classes; k++) {
    if ((data[row * classes + k] as number) > (data[row * classes + best] as number)) best = k;
  }
  return best;
}

/**
 * Share of rows whose likeliest class is their label, and the mean of −ln of the probability given to the
 * label (nats).
 */
export function score(
  probabilities: Probabilities,
  labels: ArrayLike<number>,
): { accuracy: number; loss: number } {
  const classes = probabilities.shape[1] as number;
  let [right, loss] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    if (likeliest(probabilities, row) === label) right++;
    loss -= Math.log(probabilities.data[row * classes + label] as number);
  }
  return { accuracy: right / labels.length, loss: loss / labels.length };
}
