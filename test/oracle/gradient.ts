// The gradient of the training loss by central differences, with the gates frozen by the seed.
import { at } from "./at.ts";
import { compensatedSum } from "./compensatedSum.ts";
import { type Factors, forward, subnetworkFactors } from "./forward.ts";
import { Domain, drawGates } from "./gates.ts";
import { type Loss, rowLoss } from "./loss.ts";
import type { Network } from "./network.ts";

export interface TrainingBatch {
  readonly rows: readonly ArrayLike<number>[];
  readonly targets: readonly ArrayLike<number>[];
  readonly loss: Loss;
  readonly seed: number;
  /** Steps count from 0 over the whole fit; a step is the sample number of its gates. */
  readonly step: number;
  /** "example": each position in the batch draws its own gates; "batch": all use those of row 0. */
  readonly maskSharing: "example" | "batch";
}

type Parameters = readonly Float64Array[];

/** Returns the mean loss of the batch under the gates of this step. */
export function trainingLoss(
  network: Network,
  parameters: Parameters,
  batch: TrainingBatch,
  factors: readonly Factors[],
): number {
  const losses = batch.rows.map((x, row) =>
    rowLoss(network, forward(network, x, at(factors, row), parameters), at(batch.targets, row), batch.loss),
  );
  return compensatedSum(losses) / losses.length;
}

/** Returns the gate factors of each row of the batch at this step. */
export function trainingFactors(
  network: Network,
  { rows, seed, step, maskSharing }: TrainingBatch,
): Factors[] {
  return rows.map((_, position) =>
    subnetworkFactors(network, ({ number: site, rates }) => {
      const row = maskSharing === "batch" ? 0 : position;
      return drawGates({ seed, domain: Domain.training, site, row, sample: step }, rates);
    }),
  );
}

// The error of a central difference is f'''h²/6 + 2^-53 f/h: near 1e-11 at this step for losses and weights of order 1.
const STEP = 1e-5;

/** Returns ∂loss/∂w ≈ (loss(w + h) - loss(w - h)) / 2h for every weight, in the shapes of `parameters`. */
export function numericalGradient(
  network: Network,
  parameters: Parameters,
  batch: TrainingBatch,
): Float64Array[] {
  const factors = trainingFactors(network, batch);
  return parameters.map((tensor, which) =>
    tensor.map((weight, index) => {
      const shifted = (by: number): number => {
        const moved = parameters.map((one) => Float64Array.from(one));
        at(moved, which)[index] = weight + by;
        return trainingLoss(network, moved, batch, factors);
      };
      return (shifted(STEP) - shifted(-STEP)) / (2 * STEP);
    }),
  );
}
