// What one row becomes in each kind of layer, by the obvious loops in float64.
import { at } from "./at.ts";
import { sizeOf } from "./layers.ts";
import { concreteFactor } from "./noise.ts";
import { momentsOf, normalize } from "./normalize.ts";
import type { PlacedNode } from "./placedGraph.ts";
import { convolve, pool } from "./windows.ts";

type Parameters = readonly Float64Array[];

/** Returns a row of which every part of so many units is replaced by what becomes of it. */
export function byParts(
  row: Float64Array,
  width: number,
  of: (part: Float64Array) => Float64Array,
): Float64Array {
  const result = new Float64Array(row.length);
  for (let first = 0; first < row.length; first += width) {
    result.set(of(row.slice(first, first + width)), first);
  }
  return result;
}

/** Returns the rate of a concrete dropout, whose parameter is its logit. */
export function concreteRate(own: Parameters): number {
  return 1 / (1 + Math.exp(-at(at(own, 0), 0)));
}

/** Returns pre-activations, or activities where the layer has no activation. */
export function computeRow(
  { layer, sourceShape, shape }: PlacedNode,
  sources: readonly Float64Array[],
  own: Parameters,
  factor: readonly number[],
): Float64Array {
  const x = at(sources, 0);
  switch (layer.kind) {
    case "conv2d":
      return convolve(layer, x, sourceShape, own);
    case "dense": {
      const s = Float64Array.from({ length: layer.units }, (_, j) => (layer.useBias ? at(at(own, 1), j) : 0));
      x.forEach((value, i) => {
        for (let j = 0; j < layer.units; j++) {
          const place = i * layer.units + j;
          s[j] = at(s, j) + value * at(at(own, 0), place) * (factor.length > 0 ? at(factor, place) : 1);
        }
      });
      return s;
    }
    case "maxPool2d":
    case "averagePool2d":
      return pool(layer, x, sourceShape);
    case "globalAveragePool2d": {
      const channels = at(sourceShape, 2);
      const places = x.length / channels;
      return Float64Array.from({ length: channels }, (_, channel) => {
        return x.reduce((sum, value, unit) => sum + (unit % channels === channel ? value : 0), 0) / places;
      });
    }
    // By the moving averages, as at prediction.
    case "batchNormalization":
      return normalize(layer, x, own, () => ({
        mean: at(own, own.length - 2),
        variance: at(own, own.length - 1),
      }));
    case "layerNormalization": {
      const channels = at(sourceShape, sourceShape.length - 1);
      return byParts(x, channels, (part) =>
        normalize(layer, part, own, () => {
          const { mean, variance } = momentsOf([...part]);
          return { mean: part.map(() => mean), variance: part.map(() => variance) };
        }),
      );
    }
    case "add":
      return x.map((_, unit) => sources.reduce((sum, source) => sum + at(source, unit), 0));
    case "multiply":
      return x.map((_, unit) => sources.reduce((product, source) => product * at(source, unit), 1));
    case "concat": {
      const widths = sources.map((source) => source.length / sizeOf(shape.slice(0, -1)));
      const places = sizeOf(shape.slice(0, -1));
      return Float64Array.from(
        Array.from({ length: places }, (_, place) =>
          sources.flatMap((source, which) => {
            const width = at(widths, which);
            return [...source.slice(place * width, (place + 1) * width)];
          }),
        ).flat(),
      );
    }
    case "alphaDropout": {
      // Klambauer et al. 2017: a(x d + α'(1 - d)) + b keeps mean 0 and variance 1.
      const [q, floor] = [1 - layer.rate, -1.7580993408473766];
      const a = (q + floor ** 2 * q * (1 - q)) ** -0.5;
      return x.map((value, unit) => a * (at(factor, unit) === 1 ? value : floor) - a * (1 - q) * floor);
    }
    case "dropout":
    case "spatialDropout2d":
    case "gaussianDropout":
      return x.map((value, unit) => value * at(factor, unit));
    case "concreteDropout": {
      const rate = concreteRate(own);
      return x.map((value, unit) => value * concreteFactor(rate, layer.temperature, at(factor, unit)));
    }
    default:
      return x;
  }
}
