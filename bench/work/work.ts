import type { Convolutions } from "../data/convolution.ts";
import type { Network } from "../data/network.ts";
import type { Floats } from "../data/random.ts";

/** What a case computes. A program that computes it is free in how. */
export type Work = Forward | Sampling | Enumeration | LargeEnumeration | Uncountable | Training;

/** The deterministic outputs of rows. */
export interface Forward {
  readonly kind: "forward";
  readonly network: Network;
  /** `[rows, inputs]` */
  readonly x: Floats;
  readonly rows: number;
}

/** Mean and variance over sampled subnetworks. */
export interface Sampling {
  readonly kind: "sampling";
  readonly convolutions: Convolutions;
  readonly network: Network;
  /** `[rows, inputs]`, or images, `[rows, height, width, channels]`. */
  readonly x: Floats;
  readonly rows: number;
  readonly samples: number;
  /** One mask a sample for all rows, or one for each row of each sample. */
  readonly masks: "shared" | "independent";
  /** Whether the moments of every layer are wanted, or those of the output alone. */
  readonly layers: "all" | "output";
}

/** Mean and variance of every unit over all subnetworks, for one input; every rate is one half. */
export interface Enumeration {
  readonly kind: "enumeration";
  readonly network: Network;
  /** `[inputs]` */
  readonly x: Floats;
  /** By which method the SDK does it; default the one that it chooses. */
  readonly method?: "split" | "characteristic";
}

/** The same of one logistic unit with more subnetworks than a computer can hold, each of which is computed. */
export interface LargeEnumeration extends Omit<Enumeration, "kind"> {
  readonly kind: "largeEnumeration";
}

/** The same of units with more subnetworks than a computer can go through. */
export interface Uncountable extends Omit<Enumeration, "kind"> {
  readonly kind: "uncountable";
}

/** One epoch of Adam on the softmax cross-entropy, in the order of the rows. */
export interface Training {
  readonly kind: "training";
  readonly convolutions: Convolutions;
  readonly network: Network;
  /** `[rows, inputs]`, or images, `[rows, height, width, channels]`. */
  readonly x: Floats;
  /** `[rows]`, the class of each row. */
  readonly labels: Floats;
  readonly rows: number;
  readonly batchSize: number;
  /** One mask for all rows of a batch, or one for each row. */
  readonly masks: "shared" | "independent";
  readonly adam: AdamSettings;
}

/** The step is `learningRate · m / (√v + epsilon)`, of bias-corrected moments m and v. */
export interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Returns the indices of the layers whose moments are wanted. */
export function reportedLayers({ network, layers }: Sampling): number[] {
  const all = [...network.keys()];
  return layers === "all" ? all : all.slice(-1);
}
