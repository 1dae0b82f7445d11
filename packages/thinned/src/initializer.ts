import { finite, oneOf, onlyOptions, printed } from "./argument.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

const names = [
  "glorotUniform",
  "glorotNormal",
  "heUniform",
  "heNormal",
  "lecunUniform",
  "lecunNormal",
  "randomUniform",
  "randomNormal",
  "zeros",
  "ones",
] as const;

/**
 * How weights start, by the names and formulas of Keras. `randomUniform` is in `[minval, maxval)`, ±0.05 by default;
 * `randomNormal` has `mean` 0 and `stddev` 0.05; the normal ones of Glorot, He and LeCun are cut at two standard deviations.
 */
export type Initializer =
  | (typeof names)[number]
  | { readonly type: "constant"; readonly value: number }
  | {
      readonly type: "randomUniform";
      readonly minval?: number | undefined;
      readonly maxval?: number | undefined;
    }
  | {
      readonly type: "randomNormal";
      readonly mean?: number | undefined;
      readonly stddev?: number | undefined;
    };

/** The names of {@link InitializerOptions}. */
export const initializerOptions = ["kernelInitializer", "biasInitializer"] as const;

/** The options of layers that have a kernel and a bias. */
export interface InitializerOptions {
  /** How the kernel starts; default `"glorotUniform"`. */
  readonly kernelInitializer?: Initializer | undefined;
  /** How the bias starts; default `"zeros"`. */
  readonly biasInitializer?: Initializer | undefined;
}

/** An initialiser as a model file holds it: its name and two numbers, which mean what they mean to it. */
export interface InitializerConfig {
  readonly type: string;
  readonly a: number;
  readonly b: number;
}

/** The initialisers of a layer, as a model file holds them: those that are not the default. */
export interface InitializersConfig {
  readonly kernelInitializer?: Initializer;
  readonly biasInitializer?: Initializer;
}

/** Returns the checked initialisers of a layer. */
export function checkInitializers(action: string, options: InitializerOptions): InitializersConfig {
  const { kernelInitializer, biasInitializer } = options;
  const checked = (name: string, initializer: Initializer): Initializer => {
    read(action, name, initializer);
    return typeof initializer === "string" ? initializer : { ...initializer };
  };
  return {
    ...(kernelInitializer !== undefined && {
      kernelInitializer: checked("kernelInitializer", kernelInitializer),
    }),
    ...(biasInitializer !== undefined && { biasInitializer: checked("biasInitializer", biasInitializer) }),
  };
}

/** Tells a network under construction how the weights of a node start. */
export function initialize(builder: NetworkBuilder, node: number, config: InitializersConfig): void {
  const parts = [config.kernelInitializer, config.biasInitializer];
  for (const [part, initializer] of parts.entries()) {
    if (initializer === undefined) continue;
    const { type, a, b } = read("initialise", "initializer", initializer);
    builder.initialize(node, part, type, a, b);
  }
}

function read(action: string, name: string, initializer: unknown): InitializerConfig {
  if (typeof initializer === "string") {
    const type = oneOf(action, name, initializer, names);
    return { type, a: type === "randomUniform" ? -0.05 : 0, b: 0.05 };
  }
  if (typeof initializer !== "object" || initializer === null) {
    throw new TypeError(
      `Cannot ${action}: ${name} is ${printed(initializer)}, a name such as "heNormal" or { type: "constant", value } is wanted`,
    );
  }
  const { type, ...rest } = initializer as { type?: unknown; [key: string]: unknown };
  const kind = oneOf(action, `${name}.type`, type, ["constant", "randomUniform", "randomNormal"] as const);
  const [keys, defaults] = numbersOf[kind];
  onlyOptions(action, rest, keys);
  const [a = 0, b = 0] = keys.map((key, index) => {
    const fits = (value: number) => Number.isFinite(Math.fround(value)) && (key !== "stddev" || value >= 0);
    return finite(action, `${name}.${key}`, rest[key] ?? defaults[index], "that float32 can hold", fits);
  });
  if (kind === "randomUniform" && a > b) {
    throw new RangeError(
      `Cannot ${action}: ${name} has minval ${a} and maxval ${b}, minval <= maxval is wanted`,
    );
  }
  return { type: kind, a, b };
}

/** The numbers of each kind in the order of the boundary, and their defaults. */
const numbersOf = {
  constant: [["value"], []],
  randomUniform: [
    ["minval", "maxval"],
    [-0.05, 0.05],
  ],
  randomNormal: [
    ["mean", "stddev"],
    [0, 0.05],
  ],
} as const satisfies Record<string, readonly [readonly string[], readonly number[]]>;
