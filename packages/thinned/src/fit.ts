import { boolean, integer, oneOf, onlyOptions, printed } from "./argument.js";
import { type FitBatches, IterableSource } from "./batches.js";
import { checkPrior, type Prior } from "./bayes/prior.js";
import { type Callback, checkCallbacks } from "./callback.js";
import type { History } from "./history.js";
import { type CheckedLoss, checkLoss, type Loss } from "./loss.js";
import { checkMetrics, type Metric } from "./metric.js";
import type { Network } from "./network.js";
import { className, refuseDetached } from "./numberArray.js";
import { checkOptimizer, type Optimizer } from "./optimizer.js";
import { checkPool, type Pool } from "./pool.js";
import { type LongCallOptions, Schedule } from "./schedule.js";
import { checkSeed } from "./seed.js";
import { ArraySource, type Source } from "./source.js";
import { type CheckpointStore, checkStore, refuseMissingFolder } from "./store.js";
import { sizeOf, type TensorLike } from "./tensor.js";
import { type FitProgress, type FitRequest, Training } from "./training.js";
import {
  readData,
  trainingData,
  type ValidationOptions,
  validationExamples,
  type WeightOptions,
} from "./trainingData.js";
import { checkVariant, instanceOf, type Variant } from "./variant.js";

/** The options of `fit()`, whatever the data. */
interface CommonFitOptions extends LongCallOptions<FitProgress> {
  readonly loss: Loss;
  /** Default `adam()`. What it remembers lasts for one fit. */
  readonly optimizer?: Optimizer | undefined;
  /** Passes over the rows, at least 1; default 1. */
  readonly epochs?: number | undefined;
  /** What is recorded beside the loss; default nothing. */
  readonly metrics?: readonly Metric[] | undefined;
  /** Integer in `[0, 2^53)`, for masks and order; default that of the model. */
  readonly seed?: number | undefined;
  readonly callbacks?: readonly Callback[] | undefined;
  /**
   * Whether each row of a batch has a mask of its own, or all share one (`"batch"`), which costs less where nets are
   * wide, and makes the gradient of a batch noisier; default `"example"`.
   */
  readonly maskSharing?: "example" | "batch" | undefined;
  /**
   * Trains on the exact expectation of loss and gradient over all subnetworks, drawing none: of one linear layer with
   * `"meanSquaredError"` or one logistic layer with `"binaryCrossentropy"`, behind at most one dropout. The losses and outputs that are
   * reported are expectations too. A logistic row costs dozens of sampled ones. Default false.
   */
  readonly expected?: boolean | undefined;
  /**
   * Workers that share the steps; the result has the same bits as without them. The calling thread is one of those that
   * `threads` counts. Worth it with batches of 128 rows or more, which are cut into parts of at least 64.
   */
  readonly pool?: Pool | undefined;
  /**
   * What the weights were before the data (Gal & Ghahramani 2016): adds the L2 penalty of every kernel and bias that makes training the
   * maximisation of the ELBO, `bayes.weightDecay()` for the gates right before the layer. Validation losses are without it. For squared
   * errors with `tau`, cross-entropies and `"gaussianNegativeLogLikelihood"`; not beside regularizers, or weights of rows.
   */
  readonly prior?: Prior | undefined;
  /** Default `"auto"`. */
  readonly variant?: Variant | undefined;
  /**
   * Where the state of the fit is written, so that another can go on with it: a path in Node 20.16 or newer, or a store. Written after
   * every epoch, and with `every` after so many steps; a file holds the old state or the new one whatever happens.
   */
  readonly checkpoint?: string | CheckpointStore | undefined;
  /** Steps between two checkpoints, at least 1; default those of an epoch. */
  readonly every?: number | undefined;
  /**
   * What to go on with: a path, a store, or the bytes of a checkpoint; or true for what `checkpoint` holds, if it holds
   * anything. With the same model, data and options the bits are those of a fit that was never interrupted; with others, where
   * they can be compared, it is refused. Only `epochs` may change.
   */
  readonly resume?: boolean | string | CheckpointStore | Uint8Array | undefined;
}

/** The options of `fit()` with rows in memory. */
export interface FitOptions extends CommonFitOptions, ValidationOptions, WeightOptions {
  /** Rows per step, at least 1; default 32. The last batch of an epoch may be smaller. */
  readonly batchSize?: number | undefined;
  /** Whether each epoch visits the rows in an order of its own; default true. */
  readonly shuffle?: boolean | undefined;
}

/** The options of `fit()` with batches as they come. */
export interface FitBatchesOptions
  extends CommonFitOptions,
    Pick<ValidationOptions, "validationData">,
    Pick<WeightOptions, "classWeight"> {
  /** Batches of an epoch, at least 1; default all that there are. */
  readonly stepsPerEpoch?: number | undefined;
}

/** Epochs are counted by one word of the generator. */
const MOST_EPOCHS = 2 ** 32 - 1;

/** Float32 numbers of one step with the weights: 3 of the 4 GiB that a module can have. */
const MOST_VALUES = 3 * 2 ** 28;

/**
 * Weights, those that a call under way may still hold, those that an update in pieces makes, two numbers of the optimizer,
 * and the gradients: one, or the subtrees of a batch in eight parts, or eight parts of which workers finish the first one last.
 */
const COPIES_OF_WEIGHTS = { small: 6, large: 9, pool: 14 };

/** Rows of a batch whose gradient is one; see the trainer of the core. */
const ROWS_OF_ONE_PART = 127;

/**
 * Multiplications of a slice of a step, forward and back, on a fast core: a dozen milliseconds in the thread of a page, which
 * has frames to draw, and a tenth of a second elsewhere. Every slice packs every kernel and reads and writes every gradient:
 * in slices of 16 rows a step of 784-1200-1200-1200-1200-10 takes twice as long as in one.
 */
const MOST_PRODUCTS = { page: 2 ** 28, elsewhere: 2 ** 31 };

/** Fewer rows cost nearly what these do. */
const LEAST_SLICE_ROWS = 16;

/**
 * What a unit and a weight cost in the exact expectation of a row, in multiplications of vectors: measured, 0.09 ms for one logistic
 * unit of 20 inputs and 0.19 ms for one of 784, on one core of a shared AMD EPYC server.
 */
const PRODUCTS_OF_EXPECTATION = { unit: 1_500_000, weight: 4_000 };

const common = [
  ...[
    "loss",
    "optimizer",
    "epochs",
    "metrics",
    "seed",
    "callbacks",
    "maskSharing",
    "expected",
    "validationData",
  ],
  ...["classWeight", "prior", "pool", "variant", "checkpoint", "every", "resume", "signal", "onProgress"],
];
const knownOfArrays = [...common, "batchSize", "shuffle", "validationSplit", "sampleWeight"];
const knownOfBatches = [...common, "stepsPerEpoch"];

const action = "fit";

/** Trains the network in place on rows in memory and returns the losses and metrics of its epochs. */
export async function fit(
  network: Network,
  x: TensorLike,
  y: TensorLike,
  options: FitOptions,
): Promise<History> {
  network.atHome(action);
  onlyOptions(action, options, knownOfArrays);
  const loss = checkLoss(action, options.loss);
  const { batchSize = 32, shuffle = true } = options;
  const seed = checkSeed(action, options.seed ?? network.architecture.seed);
  const { validationData, sampleWeight, signal } = options;
  const slices = new Schedule(action, 0, { signal }, () => network.refuseDisposed(action));
  const data = { x, y, sampleWeight, validationData };
  // Elsewhere all is copied before the caller goes on, who may change it then.
  const given = isPage() ? await readData(action, data, slices) : data;
  const { training, validation } = trainingData(action, network, given.x, given.y, loss, {
    ...options,
    ...given,
  });
  const size = integer(action, "batchSize", batchSize, 1);
  const { rows } = training.batch;
  if (options.batchSize !== undefined && size > rows) {
    throw new RangeError(
      `Cannot ${action}: batchSize is ${size}, and there are ${rows} rows to train on; at most ${rows} is wanted`,
    );
  }
  checkMemory(network, loss, Math.min(size, rows), options.pool);
  const order = { batchSize: size, shuffle: boolean(action, "shuffle", shuffle), seed };
  const source = new ArraySource(training, order, options.classWeight);
  if (options.prior !== undefined && options.sampleWeight !== undefined) refuseWeights("sampleWeight");
  return run(network, source, validation, loss, options, rows);
}

function refuseWeights(name: string): never {
  throw new RangeError(
    `Cannot ${action}: there is a prior and ${name}, and the likelihood of weighted rows is none; one of them is wanted`,
  );
}

/** Trains the network in place on batches as they come. */
export async function fitBatches(
  network: Network,
  batches: FitBatches,
  options: FitBatchesOptions,
): Promise<History> {
  network.atHome(action);
  onlyOptions(action, options, knownOfBatches);
  const loss = checkLoss(action, options.loss);
  const { stepsPerEpoch, classWeight, signal } = options;
  if (stepsPerEpoch !== undefined) integer(action, "stepsPerEpoch", stepsPerEpoch, 1);
  const slices = new Schedule(action, 0, { signal }, () => network.refuseDisposed(action));
  const data = { validationData: options.validationData };
  const { validationData } = isPage() ? await readData(action, data, slices) : data;
  const validation = validationExamples(action, network, loss, validationData);
  const source = new IterableSource(
    network,
    batches,
    loss,
    stepsPerEpoch,
    classWeight,
    targetWidth(network, loss),
    (rows) => checkMemory(network, loss, rows, options.pool),
  );
  return run(network, source, validation, loss, options, undefined);
}

async function run(
  network: Network,
  source: Source,
  validation: FitRequest["validation"],
  loss: CheckedLoss,
  options: CommonFitOptions & Pick<WeightOptions, "classWeight">,
  rows: number | undefined,
): Promise<History> {
  const { prior, classWeight } = options;
  if (prior !== undefined && classWeight !== undefined) refuseWeights("classWeight");
  const { epochs = 1, checkpoint, every, resume } = options;
  const { metrics } = options;
  if (typeof checkpoint === "string") await refuseMissingFolder(`write ${printed(checkpoint)}`, checkpoint);
  const request = {
    source,
    validation,
    loss,
    prior: prior === undefined ? undefined : checkPrior(action, prior, loss, rows),
    optimizer: checkOptimizer(action, options.optimizer),
    epochs: integer(action, "epochs", epochs, 1, MOST_EPOCHS),
    metrics: checkMetrics(action, metrics, loss, network.architecture),
    seed: checkSeed(action, options.seed ?? network.architecture.seed),
    callbacks: checkCallbacks(action, options.callbacks),
    maskSharing: sharing(options),
    sliceRows: sliceRows(network, options.expected),
    checkpoint: checkCheckpoint(checkpoint, every),
    pool: checkPool(action, options.pool),
  };
  const variant = checkVariant(action, options.variant);
  const stored = await readResume(resume, request.checkpoint?.store);
  const training = new Training(network, { ...request, resume: stored }, options);
  return training.run(await instanceOf(variant));
}

function sharing({ maskSharing, expected = false }: CommonFitOptions): FitRequest["maskSharing"] {
  if (!boolean(action, "expected", expected)) {
    return oneOf(action, "maskSharing", maskSharing ?? "example", ["example", "batch"] as const);
  }
  if (maskSharing === undefined) return "expected";
  throw new TypeError(
    `Cannot ${action}: maskSharing is ${printed(maskSharing)} and expected is true, which draws no masks; one of them is wanted`,
  );
}

/** Whether this thread draws frames. */
function isPage(): boolean {
  return typeof document !== "undefined";
}

/** Rows of a slice of a step. */
function sliceRows(network: Network, expected: boolean | undefined): number {
  const { products } = network.cost;
  if (expected) {
    const { unit, weight } = PRODUCTS_OF_EXPECTATION;
    const perRow = sizeOf(network.outputShape) * unit + products * weight;
    return Math.max(1, Math.floor(MOST_PRODUCTS.page / perRow));
  }
  const mostProducts = isPage() ? MOST_PRODUCTS.page : MOST_PRODUCTS.elsewhere;
  return Math.max(LEAST_SLICE_ROWS, Math.floor(mostProducts / (3 * products)));
}

function checkCheckpoint(checkpoint: unknown, every: number | undefined): FitRequest["checkpoint"] {
  if (checkpoint === undefined) {
    if (every === undefined) return undefined;
    throw new TypeError(`Cannot ${action}: every is ${every}, a checkpoint is wanted with it`);
  }
  return {
    store: checkStore(action, "checkpoint", checkpoint),
    every: every === undefined ? Infinity : integer(action, "every", every, 1),
  };
}

async function readResume(
  resume: CommonFitOptions["resume"],
  checkpoint: CheckpointStore | undefined,
): Promise<Uint8Array | undefined> {
  if (resume === undefined || resume === false) return undefined;
  if (ArrayBuffer.isView(resume)) {
    refuseDetached(action, "resume", resume);
    return plainBytes("resume", resume);
  }
  if (resume === true && checkpoint === undefined) {
    throw new TypeError(`Cannot ${action}: resume is true, a checkpoint is wanted with it`);
  }
  const store = resume === true ? (checkpoint as CheckpointStore) : checkStore(action, "resume", resume);
  const bytes = await store.read();
  if (bytes !== undefined) return plainBytes("what read() of the store returned", bytes);
  if (resume === true) return undefined;
  throw new RangeError(
    `Cannot ${action}: there is nothing to resume in ${typeof resume === "string" ? JSON.stringify(resume) : "the store"}; a checkpoint, or resume: true, is wanted`,
  );
}

/** Returns a view that is no Buffer of Node, whose `slice()` shares memory. */
function plainBytes(name: string, bytes: unknown): Uint8Array {
  if (!ArrayBuffer.isView(bytes) || className(bytes) !== "Uint8Array") {
    throw new TypeError(
      `Cannot ${action}: ${name} is ${printed(bytes)}, a Uint8Array is wanted, or undefined where there is nothing to resume`,
    );
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function targetWidth(network: Network, loss: CheckedLoss): number {
  const outputs = sizeOf(network.outputShape);
  if (loss.name === "sparseCategoricalCrossentropy") return 1;
  return loss.name === "gaussianNegativeLogLikelihood" ? outputs / 2 : outputs;
}

/**
 * Throws when one step would not fit into the memory that a module can have: for each row the activities with the
 * factors of its gates, their gradients, the inputs and targets as they came in, and the output four times more (its
 * pre-activations, two gradients, and what metrics are given), beside all that is of the size of the weights.
 */
function checkMemory(network: Network, loss: CheckedLoss, rows: number, pool: Pool | undefined): void {
  const { values, weights } = network.cost;
  const inputs = sizeOf(network.architecture.inputShape);
  const perRow = 2 * values + inputs + targetWidth(network, loss) + 4 * sizeOf(network.outputShape);
  const { small } = COPIES_OF_WEIGHTS;
  const large = pool === undefined ? COPIES_OF_WEIGHTS.large : COPIES_OF_WEIGHTS.pool;
  const fits = (count: number) =>
    count * perRow + weights * (count > ROWS_OF_ONE_PART ? large : small) <= MOST_VALUES;
  if (rows === 1 || fits(rows)) return;
  const rest = (copies: number) => Math.floor((MOST_VALUES - copies * weights) / perRow);
  const most = Math.max(
    1,
    rest(large) > ROWS_OF_ONE_PART ? rest(large) : Math.min(rest(small), ROWS_OF_ONE_PART),
  );
  throw new RangeError(
    `Cannot ${action}: a batch of ${rows} rows does not fit into memory, a batchSize of at most ${most} is wanted`,
  );
}
