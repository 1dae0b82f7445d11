import { boolean, integer, oneOf, onlyOptions } from "./argument.js";
import { type Callback, checkCallbacks } from "./callback.js";
import type { History } from "./history.js";
import { checkLoss, checkMetrics, type Loss, type Metric } from "./loss.js";
import type { Network } from "./network.js";
import { checkOptimizer, type Optimizer } from "./optimizer.js";
import type { LongCallOptions } from "./schedule.js";
import { checkSeed } from "./seed.js";
import type { TensorLike } from "./tensor.js";
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

/** Float32 activities of one step, 512 MiB of them. */
const MOST_VALUES_PER_STEP = 2 ** 27;

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
    accuracy: checkMetrics(action, options.metrics).includes("accuracy"),
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

/** Throws when the activities of one batch would not fit beside their gradients in the memory that a module can have. */
function checkMemory(action: string, network: Network, { data, batchSize }: FitRequest): void {
  const rows = Math.min(batchSize, data.training.batch.rows);
  const most = Math.max(1, Math.floor(MOST_VALUES_PER_STEP / network.cost.values));
  if (rows <= most) return;
  throw new RangeError(
    `Cannot ${action}: a batch of ${rows} rows does not fit into memory, a batchSize of at most ${most} is wanted`,
  );
}
