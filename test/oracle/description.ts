// A network as plain data: the one source from which a test builds both the SDK's model and the oracle's network.

export type Activation =
  | "linear"
  | "relu"
  | "leakyRelu"
  | "elu"
  | "sigmoid"
  | "tanh"
  | "softmax"
  | "gelu"
  | "softplus"
  | Rectifier
  | { readonly type: "sigmoid"; readonly c: number; readonly lambda: number };

/** S above 0; below, αS or α(e^S - 1). */
export interface Rectifier {
  readonly type: "leakyRelu" | "elu";
  readonly alpha: number;
}

/** "inverted" divides what is kept by its keep probability; "standard" multiplies by it at prediction. */
export type Scaling = "inverted" | "standard";

export interface DenseDescription {
  readonly kind: "dense";
  readonly source: number;
  readonly units: number;
  readonly activation: Activation;
  /** [inputs, units], row-major: weight (i, j) leads from input i to unit j. */
  readonly kernel: Float32Array;
  readonly bias?: Float32Array;
  /** The rate of the gates on the weights, 0 for none; gate i * units + j belongs to weight (i, j). */
  readonly connectionRate: number;
  readonly scaling: Scaling;
}

export interface DropoutDescription {
  readonly kind: "dropout";
  readonly source: number;
  /** One rate for all units, or one each. */
  readonly rates: number | readonly number[];
  readonly scaling: Scaling;
}

export interface JoinDescription {
  readonly kind: "concat" | "add";
  readonly sources: readonly number[];
}

/** The layer of an earlier node applied once more: the same weights, new gates. */
export interface AgainDescription {
  readonly kind: "again";
  readonly of: number;
  readonly source: number;
}

export type NodeDescription = DenseDescription | DropoutDescription | JoinDescription | AgainDescription;

/** Node 0 is the input and node k is `nodes[k - 1]`; a node reads from nodes before it only. */
export interface Description {
  readonly inputs: number;
  readonly nodes: readonly NodeDescription[];
  readonly output: number;
}

/** Returns the description of a dense layer without gates unless the options say otherwise; numbers are rounded to float32. */
export function denseLayer(
  source: number,
  units: number,
  kernel: ArrayLike<number>,
  options: { bias?: ArrayLike<number> } & Partial<
    Pick<DenseDescription, "activation" | "connectionRate" | "scaling">
  > = {},
): DenseDescription {
  const { bias, activation = "linear", connectionRate = 0, scaling = "inverted" } = options;
  return {
    kind: "dense",
    source,
    units,
    kernel: Float32Array.from(kernel),
    ...(bias && { bias: Float32Array.from(bias) }),
    activation,
    connectionRate,
    scaling,
  };
}

/** Returns the description of a dropout layer, inverted unless said otherwise. */
export function dropoutLayer(
  source: number,
  rates: number | readonly number[],
  scaling: Scaling = "inverted",
): DropoutDescription {
  return { kind: "dropout", source, rates, scaling };
}
