import type { Convolutions } from "./convolution.ts";
import type { Network } from "./network.ts";

/** All layers of a model: its convolutions, if any, and the dense ones behind them. */
export interface Layers {
  readonly convolutions: Convolutions;
  readonly network: Network;
}
