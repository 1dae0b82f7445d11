import { adam, dense, dropout, gp, sequential, type Tensor } from "thinned";
import { ProgressBar } from "../../examples/mnist/progress.ts";
import type { Config } from "./options.ts";

/** Standardised rows: what all models learn from, and where they are asked. */
export interface Task {
  readonly x: Tensor<Float64Array>;
  readonly y: Float64Array;
  readonly asked: Tensor<Float64Array>;
}

/** What a model expects at every point that was asked for, standardised. */
export interface Answer {
  readonly mean: Float64Array;
  /** Standard deviation of a new measurement. */
  readonly deviation: Float64Array;
  /** The part of it that is doubt about the model: without the noise, which is the same everywhere. */
  readonly doubt: Float64Array;
}

/** A Gaussian process with a squared-exponential kernel, its parameters and noise found by the marginal likelihood. */
export async function gaussianProcess({
  x,
  y,
  asked,
}: Task): Promise<Answer & { readonly lengthScale: number }> {
  const bar = new ProgressBar("Gaussian process");
  const kernel = gp.rbf({ lengthScale: 1, variance: 1 });
  const process = await gp.fit({ kernel, noise: 0.01, optimize: true, onProgress: bar.follow }, x, y);
  const { mean, variance, predictiveVariance } = await process.predict(asked);
  const found = process.kernel;
  process.dispose();
  bar.end();
  const lengthScale = found.kind === "rbf" ? Number(found.lengthScale) : Number.NaN;
  const [deviation, doubt] = [predictiveVariance, variance].map(({ data }) => data.map(Math.sqrt)) as [
    Float64Array,
    Float64Array,
  ];
  return { mean: mean.data, deviation, doubt, lengthScale };
}

/** What of a configuration makes and trains a network. */
type NetworkConfig = Omit<Config, "trainedUntil" | "lookedAt" | "points">;

/** A network with dropout before every layer but the first, sampled, and the one line of its weight-scaled network. */
export async function network(
  activation: "relu" | "tanh",
  { x, y, asked }: Task,
  config: NetworkConfig,
): Promise<{ readonly sampled: Answer; readonly weightScaled: Float64Array; readonly seconds: number }> {
  const { hidden, rate, prior, epochs, batchSize, learningRate, samples, seed } = config;
  const layers = hidden.flatMap((units) => [dense(units, { activation }), dropout(rate)]);
  using model = sequential([...layers, dense(1)], { inputShape: [1], seed });
  const bar = new ProgressBar(`${activation} network`);
  const started = performance.now();
  await model.fit(x, y, {
    loss: "meanSquaredError",
    optimizer: adam({ learningRate }),
    prior,
    epochs,
    batchSize,
    seed: seed + 1,
    onProgress: ({ done, total, loss }) => bar.update(done / total, `loss ${loss.toFixed(4)}`),
  });
  const seconds = (performance.now() - started) / 1000;
  const { mean, variance, predictiveVariance } = await model.predictMC(asked, {
    samples,
    seed: seed + 2,
    tau: prior.tau,
    onProgress: bar.follow,
  });
  bar.end();
  const deviation = (predictiveVariance?.data ?? new Float64Array()).map(Math.sqrt);
  const weightScaled = Float64Array.from(model.predict(asked).data);
  const doubt = variance.data.map(Math.sqrt);
  return { sampled: { mean: mean.data, deviation, doubt }, weightScaled, seconds };
}
