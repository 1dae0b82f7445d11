import { boolean, integer, oneOf, onlyOptions } from "./argument.js";
import { type Callback, checkCallbacks } from "./callback.js";
import type { History } from "./history.js";
import { checkLoss, checkMetrics, type Loss, type Metric } from "./loss.js";
import type { Network } from "./network.js";
import { checkOptimizer, type Optimizer } from "./optimizer.js";
import type { LongCallOptions } from "./schedule.js";
import { checkSeed } from "./seed.js";
import { sizeOf, type TensorLike } from "./tensor.js";
import { type FitProgress, type FitRequest, Training } from "./training.js";
import { trainingData, type ValidationOptions } from "./trainingData.js";
import { checkVariant, instanceOf, type Variant } from "./variant.js";

/** The options of `fit()`. */
export interface FitOptions extends LongCallOptions<FitProgress>, ValidationOptions {
  readonly loss: Loss;
  /** Default `adam()`. Its moments last for one fit. */
  readonly optimizer?: Optimizer | undefined;
  /** Passes over the rows, at least 1; default 1. */
  readonly epochs?: number | undefined;
  /** Rows per step, at least 1; default 32. The last batch of an epoch may be smaller. */
  readonly batchSize?: number | undefined;
  /** What is recorded beside the loss; default nothing. */
  readonly metrics?: readonly Metric[] | undefined;
  /** Whether each epoch visits the rows in an order of its own; default true. */
  readonly shuffle?: boolean | undefined;
  /** Integer in `[0, 2^53)`, for masks and order; default that of the model. */
  readonly seed?: number | undefined;
  readonly callbacks?: readonly Callback[] | undefined;
  /** Whether each row of a batch has a mask of its own; default `"example"`. */
  readonly maskSharing?: "example" | "batch" | undefined;
  /** Default `"auto"`. */
  readonly variant?: Variant | undefined;
}

/** Epochs are counted by one word of the generator. */
const MOST_EPOCHS = 2 ** 32 - 1;

/** Float32 numbers of one step with the weights: 3 of the 4 GiB that a module can have. */
const MOST_VALUES = 3 * 2 ** 28;

/** Weights, those that a call under way may still hold, gradients, and at most two moments of the optimizer. */
const COPIES_OF_WEIGHTS = 5;

const known = [
  ...["loss", "optimizer", "epochs", "batchSize", "metrics", "shuffle", "seed", "callbacks", "maskSharing"],
  ...["validationSplit", "validationData", "variant", "signal", "onProgress"],
];

/** Trains the network in place and returns the losses and metrics of its epochs. */
export async function fit(
  network: Network,
  x: TensorLike,
  y: TensorLike,
  options: FitOptions,
): Promise<History> {
  const action = "fit";
  network.atHome(action);
  onlyOptions(action, options, known);
  const loss = checkLoss(action, options.loss);
  const { epochs = 1, batchSize = 32, shuffle = true, maskSharing = "example" } = options;
  const { seed = network.architecture.seed } = options;
  const request: FitRequest = {
    data: trainingData(action, network, x, y, loss, options),
    loss,
    optimizer: checkOptimizer(action, options.optimizer),
    epochs: integer(action, "epochs", epochs, 1, MOST_EPOCHS),
    batchSize: integer(action, "batchSize", batchSize, 1),
    accuracy: checkMetrics(action, options.metrics, loss, network.architecture).includes("accuracy"),
    shuffle: boolean(action, "shuffle", shuffle),
    seed: checkSeed(action, seed),
    callbacks: checkCallbacks(action, options.callbacks),
    maskSharing: oneOf(action, "maskSharing", maskSharing, ["example", "batch"] as const),
  };
  checkMemory(action, network, request);
  const variant = checkVariant(action, options.variant);
  const training = new Training(network, request, options);
  return training.run(await instanceOf(variant));
}

/**
 * Throws when one step would not fit into the memory that a module can have: for each row the activities with the
 * factors of its gates, their gradients, the inputs and targets as they came in, and the output three times more (its
 * pre-activations and two gradients), beside all that is of the size of the weights.
 */
function checkMemory(action: string, network: Network, { data, batchSize }: FitRequest): void {
  const rows = Math.min(batchSize, data.training.batch.rows);
  const { values, weights } = network.cost;
  const { batch, targets } = data.training;
  const inputs = batch.data.length / batch.rows;
  const perRow = 2 * values + inputs + targets.width + 3 * sizeOf(network.outputShape);
  const most = Math.max(1, Math.floor((MOST_VALUES - COPIES_OF_WEIGHTS * weights) / perRow));
  if (rows <= most) return;
  throw new RangeError(
    `Cannot ${action}: a batch of ${rows} rows does not fit into memory, a batchSize of at most ${most} is wanted`,
  );
}
