// Trains for ever with a checkpoint after every step, until it is killed: node training.mjs PATH ROWS.
import { trainingOf } from "./trainingOf.mjs";

const [path, epochs = "1000000"] = process.argv.slice(2);
const { model, x, y, options } = trainingOf();
let steps = 0;
const fit = model.fit(x, y, {
  ...options,
  epochs: Number(epochs),
  checkpoint: path,
  every: 1,
  resume: true,
  // What the parent waits for before it draws the moment of the end: the second step, by which the state after the first is
  // written, so that every process comes further than the one before, on a slow disk too.
  callbacks: [{ onBatchEnd: () => void (steps++ === 1 && process.stdout.write("training\n")) }],
});

await fit.catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
