import {
  adam,
  bayes,
  dense,
  dropout,
  l2,
  type Model,
  type Standardizer,
  sequential,
  standardize,
} from "thinned";
import type { RegressionSet } from "./regressionSet.ts";

/** Rows of a set, and which columns of data.txt they are. */
export type Rows = Pick<RegressionSet, "inputs" | "targets" | "columns">;

/** One point of the grid, and what is the same everywhere. */
export interface Setting {
  readonly rate: number;
  /** Precision of the noise, in the unit of the target to the power −2. */
  readonly tau: number;
  readonly hiddenUnits: number;
  readonly epochs: number;
  readonly seed: number;
}

/** A trained network with the scaling of its inputs and its target. */
export interface Trained extends Disposable {
  readonly model: Model;
  readonly inputs: Standardizer;
  readonly target: Standardizer;
}

/** The prior length-scale of the protocol. */
const LENGTH_SCALE = 0.01;
const BATCH = 128;

/**
 * Trains the network of the protocol: one hidden layer of rectifiers, dropout before both dense layers, Adam on the mean squared error
 * of standardised targets, and `l²(1 − rate) / 2Nτ` times the squares of the kernels.
 */
export async function train({ inputs, targets, columns }: Rows, setting: Setting): Promise<Trained> {
  const { rate, tau, hiddenUnits, epochs, seed } = setting;
  // What is constant in these rows is named as the user knows it.
  const name = "data.txt, in the rows that are learned from,";
  const ofInputs = standardize(inputs, { name, columns: columns.inputs.map(String) });
  const ofTarget = standardize(
    targets.map((target) => [target]),
    { name, columns: [`${columns.target} (the target)`] },
  );
  // What the release computes: its formula is that of standard scaling and half the squared error, and its networks have neither.
  const protocol = { scaling: "standard", loss: "halfSquaredError" } as const;
  const tie = { lengthScale: LENGTH_SCALE, rows: inputs.length, rate, tau };
  const kernelRegularizer = l2(bayes.weightDecay({ ...protocol, ...tie }));
  const model = sequential(
    [
      dropout(rate),
      dense(hiddenUnits, { activation: "relu", kernelRegularizer }),
      dropout(rate),
      dense(1, { kernelRegularizer }),
    ],
    { inputShape: [inputs[0]?.length ?? 0], seed },
  );
  const y = { data: ofTarget.transform(targets).data, shape: [targets.length, 1] };
  await model.fit(ofInputs.transform(inputs), y, {
    loss: "meanSquaredError",
    optimizer: adam(),
    batchSize: Math.min(BATCH, inputs.length),
    epochs,
    seed: seed + 1,
    variant: "simd128",
  });
  return { model, inputs: ofInputs, target: ofTarget, [Symbol.dispose]: () => model.dispose() };
}
