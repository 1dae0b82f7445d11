// The small model that the tests of this folder misuse, and valid arguments for it.
import { dense, dropout, sequential } from "thinned";

/** Returns a model of 4 inputs and 3 classes with 4 + 5 gates. */
export function newModel() {
  return sequential(
    [
      dropout(0.2),
      dense(5, { activation: "sigmoid", name: "h1" }),
      dropout([0.1, 0.2, 0.3, 0.4, 0.5]),
      dense(3, { activation: "softmax" }),
    ],
    { inputShape: [4], seed: 1 },
  );
}

export type Model = ReturnType<typeof newModel>;

/** Two rows of valid input. */
export const x = { data: Float32Array.from({ length: 8 }, (_, i) => Math.sin(i)), shape: [2, 4] };
/** Class indices for the two rows. */
export const y = { data: Float32Array.of(0, 2), shape: [2] };
export const loss = "sparseCategoricalCrossentropy";

/** Every way in which data enters a model, as [name, call with inputs]. */
export const entrances: readonly (readonly [string, (model: Model, inputs: never) => unknown])[] = [
  ["predict", (model, inputs) => model.predict(inputs)],
  ["predictMC", (model, inputs) => model.predictMC(inputs, { samples: 3 })],
  ["exact", (model, inputs) => model.exact(inputs)],
  ["crossCheck", (model, inputs) => model.crossCheck(inputs, { samples: 10 })],
  ["evaluate", (model, inputs) => model.evaluate(inputs, y, { loss })],
  ["fit", (model, inputs) => model.fit(inputs, y, { epochs: 1, loss })],
];
