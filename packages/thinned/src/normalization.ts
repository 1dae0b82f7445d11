import { boolean, finite } from "./argument.js";
import { type LayerOptions, type ParameterShape, PlainLayer } from "./layer.js";
import { sizeOf } from "./tensor.js";

/** The options that both normalisations take. */
export interface NormalizationOptions extends LayerOptions {
  /** Added to the variance, above 0; default 0.001. */
  readonly epsilon?: number | undefined;
  /** Whether a trained shift `beta` is added; default true. */
  readonly center?: boolean | undefined;
  /** Whether a trained factor `gamma` is multiplied by; default true. */
  readonly scale?: boolean | undefined;
}

/** The settings of a normalisation, as a model file holds them. */
export interface NormalizationConfig {
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
}

/** Returns the checked settings. */
export function checkNormalization(action: string, options: NormalizationOptions): NormalizationConfig {
  const { epsilon = 1e-3, center = true, scale = true } = options;
  return {
    epsilon: finite(action, "epsilon", epsilon, "above 0", (value) => value > 0),
    center: boolean(action, "center", center),
    scale: boolean(action, "scale", scale),
  };
}

/** What both have in common: shapes stay, and trained factors and shifts are one a channel. */
export abstract class Normalization extends PlainLayer {
  abstract readonly config: NormalizationConfig;

  outputShape(_action: string, [source = []]: readonly (readonly number[])[]): number[] {
    return [...source];
  }

  override parameters(source: readonly number[]): ParameterShape[] {
    const shape = source.slice(-1);
    return [
      ...(this.config.scale ? [{ part: "gamma", shape } as const] : []),
      ...(this.config.center ? [{ part: "beta", shape } as const] : []),
    ];
  }

  products(source: readonly number[]): number {
    return sizeOf(source);
  }
}
