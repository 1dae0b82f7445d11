// The training that processes are killed in: small, but with a file that takes a while to write.
import { adam, dense, dropout, sequential } from "thinned";

/** Returns a new model with its data and the options of its fit. */
export function trainingOf() {
  const x = Array.from({ length: 40 }, (_, row) =>
    Array.from({ length: 16 }, (__, i) => Math.sin(row * i + i)),
  );
  const y = x.map((row) => Number(row[1] > 0));
  const model = sequential(
    [
      dense(64, { activation: "relu" }),
      dropout(0.5),
      dense(64, { activation: "tanh" }),
      dense(1, { activation: "sigmoid" }),
    ],
    { inputShape: [16], seed: 5 },
  );
  const options = { loss: "binaryCrossentropy", optimizer: adam(), batchSize: 8, variant: "simd128" };
  return { model, x, y, options };
}
