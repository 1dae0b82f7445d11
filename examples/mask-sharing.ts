// What one mask for a whole batch costs in accuracy: the same network trained with `maskSharing: "example"` and `"batch"` from the
// same weights, over several seeds. `node mask-sharing.ts --full` takes a minute or two and gives the numbers of docs/training.md.
import assert from "node:assert/strict";
import { adam, dense, dropout, sequential } from "thinned";

const quick = { rows: 600, testRows: 2000, width: 64, epochs: 8, seeds: 2, batchSizes: [32] };
const full = { rows: 2000, testRows: 10_000, width: 256, epochs: 20, seeds: 8, batchSizes: [32, 128] };
const { rows, testRows, width, epochs, seeds, batchSizes } = process.argv.includes("--full") ? full : quick;

const [inputs, hidden, classes, labelNoise] = [20, 16, 5, 0.1];

/** Standard normal and uniform numbers of a small generator (mulberry32, Box and Muller 1958). */
function generator(seed: number) {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/** Rows of normal numbers, with the class that a random network of one hidden layer gives; some labels are thrown again. */
function examples(count: number, seed: number) {
  const teacher = generator(1);
  const matrix = (height: number, across: number) =>
    Array.from({ length: height }, () => Array.from({ length: across }, teacher.normal));
  const [first, second] = [matrix(hidden, inputs), matrix(classes, hidden)];
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const draw = generator(seed);
  const x = Array.from({ length: count }, () => Array.from({ length: inputs }, draw.normal));
  const y = x.map((row) => {
    const activities = first.map((weights) => Math.tanh(dot(weights, row)));
    const scores = second.map((weights) => dot(weights, activities));
    const label = scores.indexOf(Math.max(...scores));
    return draw.uniform() < labelNoise ? Math.floor(classes * draw.uniform()) : label;
  });
  return { x, y };
}

const training = examples(rows, 2);
const test = examples(testRows, 3);

/** The accuracy on the test rows, in percent, and the seconds of training. */
async function train(maskSharing: "example" | "batch", batchSize: number, seed: number) {
  const layer = () => dense(width, { activation: "relu", kernelInitializer: "heNormal" });
  const model = sequential(
    [layer(), dropout(0.5), layer(), dropout(0.5), dense(classes, { activation: "softmax" })],
    { inputShape: [inputs], seed },
  );
  const loss = "sparseCategoricalCrossentropy";
  const options = { loss, epochs, batchSize, maskSharing, optimizer: adam(), variant: "simd128" } as const;
  await model.fit(training.x, training.y, options);
  const { accuracy } = await model.evaluate(test.x, test.y, { loss, metrics: ["accuracy"] });
  model.dispose();
  return 100 * accuracy;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean and standard error. */
function summary(values: readonly number[]): string {
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  return `${centre.toFixed(2)} ± ${Math.sqrt(variance / values.length).toFixed(2)} %`;
}

console.log(
  `${rows} rows, ${inputs}-${width}-${width}-${classes} ReLU, rate 0.5, ${epochs} epochs of Adam, ${seeds} seeds, accuracy on ${testRows} rows`,
);
for (const batchSize of batchSizes) {
  const found: { example: number[]; batch: number[] } = { example: [], batch: [] };
  for (let seed = 1; seed <= seeds; seed++) {
    for (const sharing of ["example", "batch"] as const) {
      found[sharing].push(await train(sharing, batchSize, seed));
    }
  }
  const differences = found.batch.map((accuracy, seed) => accuracy - (found.example[seed] ?? Number.NaN));
  console.log(
    `batches of ${batchSize}: ${summary(found.example)} with a mask for each row, ${summary(found.batch)} with one a batch; ${summary(differences)} apart`,
  );
  // Both learn, and neither is far from the other.
  assert.ok(Math.min(...found.example, ...found.batch) > 150 / classes);
  assert.ok(Math.abs(mean(differences)) < 10);
}
