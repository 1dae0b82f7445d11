// A training pass over a batch through every kind of layer, by the obvious loops in float64.
import { activate } from "./activation.ts";
import { at } from "./at.ts";
import { Domain, drawGates } from "./gates.ts";
import {
  type Convolution,
  hasSite,
  type LayerNode,
  type Normalization,
  type Pooling,
  parametersOf,
  shapeOf,
  sizeOf,
  windowsOver,
} from "./layers.ts";
import { concreteFactor, gaussianFactor, uniforms } from "./noise.ts";

export interface LayerGraph {
  readonly inputShape: readonly number[];
  readonly nodes: readonly LayerNode[];
}

/** A node of a graph, with what follows from the nodes before it. */
export interface PlacedNode extends LayerNode {
  readonly shape: readonly number[];
  readonly sourceShape: readonly number[];
  /** Indices into the parameters, in the order of getWeights(). */
  readonly parameters: readonly number[];
  readonly site: number | undefined;
}

export interface PlacedGraph {
  readonly nodes: readonly PlacedNode[];
  readonly parameters: readonly { shape: readonly number[]; isMoving: boolean }[];
}

/** Returns the graph with shapes, parameters and sites numbered. */
export function place({ inputShape, nodes }: LayerGraph): PlacedGraph {
  const shapes: (readonly number[])[] = [inputShape];
  const placed: PlacedNode[] = [];
  const parameters: { shape: readonly number[]; isMoving: boolean }[] = [];
  let sites = 0;
  for (const node of nodes) {
    const sourceShapes = node.sources.map((source) => at(shapes, source));
    const sourceShape = at(sourceShapes, 0);
    const shape = shapeOf(node.layer, sourceShapes);
    const own = node.sharedWith === undefined ? parametersOf(node.layer, sourceShape) : [];
    const indices = own.map((_, index) => parameters.length + index);
    parameters.push(...own);
    placed.push({
      ...node,
      shape,
      sourceShape,
      parameters: node.sharedWith === undefined ? indices : at(placed, node.sharedWith - 1).parameters,
      site: hasSite(node.layer) ? sites++ : undefined,
    });
    shapes.push(shape);
  }
  return { nodes: placed, parameters };
}

export interface Draws {
  readonly seed: number;
  readonly step: number;
  readonly maskSharing: "example" | "batch";
}

/** What gates and noise are made of, [node][row]: nothing, factors, gates of 0 and 1, or uniform numbers. */
export type Drawn = readonly (readonly (readonly number[])[])[];

/** Draws the gates and the noise of one training step. */
export function drawStep(graph: PlacedGraph, rows: number, draws: Draws): Drawn {
  return graph.nodes.map((node) =>
    Array.from({ length: rows }, (_, row) => drawRow(node, draws, draws.maskSharing === "batch" ? 0 : row)),
  );
}

/** What every row has at every node, and its pre-activations where the node has an activation. */
export interface BatchPass {
  readonly values: readonly (readonly Float64Array[])[]; // [node][row]
  readonly preActivations: readonly (readonly Float64Array[])[];
  /** Mean and population variance of each channel, of batch normalisations. */
  readonly statistics: ReadonlyMap<number, { mean: number[]; variance: number[] }>;
}

type Parameters = readonly Float64Array[];

/** Runs the batch through the graph under the gates and the noise of one training step. */
export function trainingPass(
  graph: PlacedGraph,
  x: readonly ArrayLike<number>[],
  parameters: Parameters,
  drawn: Drawn,
): BatchPass {
  const values: Float64Array[][] = [x.map((row) => Float64Array.from(row))];
  const preActivations: Float64Array[][] = [[]];
  const statistics = new Map<number, { mean: number[]; variance: number[] }>();
  graph.nodes.forEach((node, index) => {
    const { layer } = node;
    const sources = node.sources.map((source) => at(values, source));
    const own = node.parameters.map((index) => at(parameters, index));
    let computed: Float64Array[];
    if (layer.kind === "batchNormalization") {
      const found = batchStatistics(at(sources, 0), at(own, own.length - 1).length);
      statistics.set(values.length, found);
      computed = at(sources, 0).map((row) => normalize(layer, row, own, () => found));
    } else {
      computed = x.map((_, row) => {
        const ofRow = sources.map((source) => at(source, row));
        return computeRow(node, ofRow, own, at(at(drawn, index), row));
      });
    }
    const activation = "activation" in layer ? layer.activation : undefined;
    preActivations.push(activation === undefined ? [] : computed);
    // Softmax runs over the last dimension.
    const width = at(node.shape, node.shape.length - 1);
    values.push(
      activation === undefined
        ? computed
        : computed.map((row) => byParts(row, width, (part) => activate(activation, part))),
    );
  });
  return { values, preActivations, statistics };
}

function byParts(row: Float64Array, width: number, of: (part: Float64Array) => Float64Array): Float64Array {
  const result = new Float64Array(row.length);
  for (let first = 0; first < row.length; first += width) {
    result.set(of(row.slice(first, first + width)), first);
  }
  return result;
}

function drawRow({ layer, site, sourceShape }: PlacedNode, { seed, step }: Draws, row: number): number[] {
  if (site === undefined) return [];
  const units = sizeOf(sourceShape);
  const gates = (rates: readonly number[]) =>
    drawGates({ seed, domain: Domain.training, site, row, sample: step }, rates);
  // Noise of training has sites of its own.
  const noise = () => uniforms({ seed, site: 2 ** 27 + site, row, sample: step }, units);
  if (layer.kind === "dense") {
    const rates = new Array<number>(units * layer.units).fill(layer.connectionRate);
    return Array.from(gates(rates), (gate) => scaled(gate, layer.connectionRate, layer.scaling));
  }
  if (layer.kind === "dropout" || layer.kind === "spatialDropout2d") {
    const count = layer.kind === "dropout" ? units : at(sourceShape, 2);
    const { rates: given, scaling } = layer;
    const rates = typeof given === "number" ? new Array<number>(count).fill(given) : given;
    const drawn = Array.from(gates(rates), (gate, index) => scaled(gate, at(rates, index), scaling));
    return Array.from({ length: units }, (_, unit) => at(drawn, unit % count));
  }
  if (layer.kind === "alphaDropout") return [...gates(new Array<number>(units).fill(layer.rate))];
  if (layer.kind === "gaussianDropout") return noise().map((u) => gaussianFactor(layer.rate, u));
  if (layer.kind === "concreteDropout") return noise();
  throw new RangeError(`Cannot draw: ${layer.kind} has no gates`);
}

function scaled(gate: number, rate: number, scaling: "inverted" | "standard"): number {
  return scaling === "inverted" ? gate / (1 - rate) : gate;
}

/** Returns the rate of a concrete dropout, whose parameter is its logit. */
export function concreteRate(own: Parameters): number {
  return 1 / (1 + Math.exp(-at(at(own, 0), 0)));
}

/** Returns pre-activations, or activities where the layer has no activation. */
function computeRow(
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

/** Calls back with every window and every cell of it that lies inside the image: pixel, and cell of the window. */
function eachCell(
  window: Convolution | Pooling,
  image: readonly number[],
  visit: (position: number, pixel: number, cell: number) => void,
): void {
  const { count, before } = windowsOver(window, image);
  const [height, width] = [at(image, 0), at(image, 1)];
  const { kernelSize, strides, dilationRate } = window;
  for (let position = 0; position < count[0] * count[1]; position++) {
    for (let cell = 0; cell < kernelSize[0] * kernelSize[1]; cell++) {
      const y =
        Math.floor(position / count[1]) * strides[0] +
        Math.floor(cell / kernelSize[1]) * dilationRate[0] -
        before[0];
      const x = (position % count[1]) * strides[1] + (cell % kernelSize[1]) * dilationRate[1] - before[1];
      if (y >= 0 && y < height && x >= 0 && x < width) visit(position, y * width + x, cell);
    }
  }
}

function convolve(
  layer: Convolution,
  x: Float64Array,
  image: readonly number[],
  own: Parameters,
): Float64Array {
  const { filters, useBias } = layer;
  const channels = at(image, 2);
  const { count } = windowsOver(layer, image);
  const s = Float64Array.from({ length: count[0] * count[1] * filters }, (_, unit) =>
    useBias ? at(at(own, 1), unit % filters) : 0,
  );
  eachCell(layer, image, (position, pixel, cell) => {
    for (let channel = 0; channel < channels; channel++) {
      for (let filter = 0; filter < filters; filter++) {
        const weight = at(at(own, 0), (cell * channels + channel) * filters + filter);
        const unit = position * filters + filter;
        s[unit] = at(s, unit) + weight * at(x, pixel * channels + channel);
      }
    }
  });
  return s;
}

/** The mean is over the cells inside the image. */
function pool(layer: Pooling, x: Float64Array, image: readonly number[]): Float64Array {
  const channels = at(image, 2);
  const cells: number[][] = [];
  eachCell(layer, image, (position, pixel) => {
    for (let channel = 0; channel < channels; channel++) {
      const unit = position * channels + channel;
      cells[unit] = [...(cells[unit] ?? []), at(x, pixel * channels + channel)];
    }
  });
  return Float64Array.from(cells, (inside) =>
    layer.kind === "maxPool2d" ? Math.max(...inside) : momentsOf(inside).mean,
  );
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

function batchStatistics(rows: readonly Float64Array[], channels: number) {
  const each = Array.from({ length: channels }, (_, channel) =>
    momentsOf(rows.flatMap((row) => [...row].filter((_value, unit) => unit % channels === channel))),
  );
  return { mean: each.map(({ mean }) => mean), variance: each.map(({ variance }) => variance) };
}

function normalize(
  { epsilon, center, scale }: Normalization,
  x: Float64Array,
  own: Parameters,
  moments: () => { mean: ArrayLike<number>; variance: ArrayLike<number> },
): Float64Array {
  const { mean, variance } = moments();
  return x.map((value, unit) => {
    const channel = unit % mean.length;
    const normal = (value - at(mean, channel)) / Math.sqrt(at(variance, channel) + epsilon);
    const gamma = scale ? at(at(own, 0), channel) : 1;
    const beta = center ? at(at(own, scale ? 1 : 0), channel) : 0;
    return gamma * normal + beta;
  });
}
