// Random graphs of every kind of layer, images first, of random shapes, kernels, strides and rates.
import fc from "fast-check";
import { at } from "../oracle/at.ts";
import type { Activation } from "../oracle/description.ts";
import { type LayerDescription, type LayerNode, shapeOf, sizeOf, windowsOver } from "../oracle/layers.ts";
import type { LayerGraph, PlacedGraph } from "../oracle/placedGraph.ts";
import { uniforms } from "../oracle/values.ts";
import { GateBudget } from "./gateBudget.ts";

const activations: readonly Activation[] = [
  ...(["linear", "relu", "gelu", "sigmoid", "tanh", "softplus", "softmax"] as const),
  { type: "leakyRelu", alpha: 0.2 },
  { type: "elu", alpha: 1.5 },
  { type: "sigmoid", c: 2.5, lambda: 0.5 },
];

export interface LayerLimits {
  readonly side: { readonly min: number; readonly max: number };
  /** Layers of images, at most. */
  readonly images: number;
  /** Rows are at most so wide: the oracle is naive. */
  readonly units: number;
  /** Gates with a rate above 0, at most. */
  readonly gates: number;
}

const ofTraining: LayerLimits = { side: { min: 2, max: 6 }, images: 4, units: 160, gates: Infinity };

const anyKind = [
  ...([
    "conv2d",
    "maxPool2d",
    "averagePool2d",
    "activation",
    "batchNormalization",
    "layerNormalization",
  ] as const),
  ...(["dropout", "spatialDropout2d", "gaussianDropout", "alphaDropout", "concreteDropout"] as const),
  ...(["add", "multiply", "concat", "reshape", "again"] as const),
];

export type Kind = (typeof anyKind)[number];

/** Returns an arbitrary of graphs that end in a dense layer of `outputs` units, or in an activation after it. */
export function randomLayers(
  outputs: number,
  outputActivation: Activation,
  kinds: readonly Kind[] = anyKind,
  limits: LayerLimits = ofTraining,
): fc.Arbitrary<LayerGraph> {
  return fc
    .record({
      side: fc.tuple(fc.integer(limits.side), fc.integer(limits.side)),
      channels: fc.integer({ min: 1, max: 3 }),
      images: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: limits.images }),
      seed: fc.nat(2 ** 31),
    })
    .map(({ side, channels, images, seed }) =>
      settle([...side, channels], images, seed, { outputs, outputActivation, limits }),
    );
}

interface Ends {
  readonly outputs: number;
  readonly outputActivation: Activation;
  readonly limits: LayerLimits;
}

// What a kind becomes is settled by the nodes before it: one that does not fit turns into one that does.
function settle(
  inputShape: number[],
  images: readonly Kind[],
  seed: number,
  { outputs, outputActivation, limits }: Ends,
): LayerGraph {
  const draw = uniforms(seed);
  const gates = new GateBudget(draw, limits.gates);
  const pick = <T>(of: readonly T[]): T => at(of, Math.floor(draw() * of.length));
  const shapes: number[][] = [inputShape];
  const nodes: LayerNode[] = [];
  const push = (layer: LayerDescription, sources = [nodes.length], sharedWith?: number): void => {
    nodes.push({ layer, sources, sharedWith });
    shapes.push(
      shapeOf(
        layer,
        sources.map((source) => at(shapes, source)),
      ),
    );
  };
  const last = () => at(shapes, shapes.length - 1);
  const sides = (values: readonly number[]) => [pick(values), pick(values)] as const;

  const window = () => {
    const padding = pick(["valid", "same"] as const);
    const one = {
      kernelSize: sides([1, 2, 3]),
      strides: sides([1, 1, 2, 3]),
      dilationRate: sides([1, 1, 2]),
    };
    const { count } = windowsOver({ ...one, padding }, last());
    return { ...one, padding: Math.min(...count) < 1 ? ("same" as const) : padding };
  };
  const beside = (kind: "add" | "multiply" | "concat"): void => {
    const main = nodes.length;
    const fits = (shape: readonly number[]) =>
      shape.slice(0, kind === "concat" ? -1 : undefined).every((size, axis) => size === last()[axis]);
    const others = shapes.flatMap((shape, node) => (fits(shape) ? [node] : []));
    push(
      { kind },
      pick([
        [main, pick(others)],
        [pick(others), main, main],
      ]),
    );
    // Products of products leave single precision behind.
    if (kind === "multiply") push({ kind: "activation", activation: "tanh" });
  };
  const again = (): void => {
    // An earlier layer with weights, on a source of the same channels.
    const owners = nodes.flatMap(({ layer, sharedWith, sources }, index) => {
      const fits =
        (layer.kind === "conv2d" || layer.kind === "batchNormalization") &&
        at(at(shapes, at(sources, 0)), 2) === last()[2];
      const inside = layer.kind !== "conv2d" || Math.min(...windowsOver(layer, last()).count) >= 1;
      return fits && inside && sharedWith === undefined ? [index + 1] : [];
    });
    const owner = owners.length === 0 ? undefined : pick(owners);
    if (owner === undefined) push({ kind: "activation", activation: "tanh" });
    else push(at(nodes, owner - 1).layer, [nodes.length], owner);
  };
  const image = (kind: Kind): void => {
    if (kind === "conv2d") {
      const [filters, useBias] = [pick([1, 2, 3, 5]), draw() < 0.7];
      push({ kind, filters, useBias, activation: pick(activations), ...window() });
    } else if (kind === "maxPool2d" || kind === "averagePool2d") {
      const { kernelSize, strides } = window();
      const valid = kernelSize.every((size, side) => size <= at(last(), side));
      const padding = valid ? pick(["valid", "same"] as const) : "same";
      push({ kind, kernelSize, strides, padding, dilationRate: [1, 1] });
    } else if (kind === "activation") {
      push({ kind, activation: pick(activations) });
    } else if (kind === "batchNormalization" || kind === "layerNormalization") {
      // A large epsilon keeps the slopes of nearly constant channels within single precision.
      push({ kind, epsilon: 0.1, center: draw() < 0.8, scale: draw() < 0.8 });
    } else if (kind === "dropout" || kind === "spatialDropout2d") {
      const count = kind === "dropout" ? sizeOf(last()) : at(last(), 2);
      push({ kind, rates: gates.rates(count), scaling: pick(["inverted", "standard"] as const) });
    } else if (kind === "gaussianDropout" || kind === "alphaDropout") {
      push({ kind, rate: pick([0.1, 0.3, 0.5]) });
    } else if (kind === "concreteDropout") {
      push({ kind, temperature: pick([0.3, 0.5, 1]), weightRegularizer: 0.01, dropoutRegularizer: 0.02 });
    } else if (kind === "reshape") {
      const [height = 1, width = 1, channels = 1] = last();
      push({
        kind,
        targetShape: pick([
          [width, height, channels],
          [1, height * width, channels],
        ]),
      });
    } else if (kind === "again") {
      again();
    } else {
      beside(kind);
    }
  };

  for (const kind of images) {
    image(kind);
    if (sizeOf(last()) > limits.units) push({ kind: "averagePool2d", ...pooled });
  }
  push({ kind: pick(["flatten", "flatten", "globalAveragePool2d"] as const) });
  const head = (units: number, activation: Activation): LayerDescription => {
    const rate = pick([0, 0, 0.3]);
    return {
      ...{ kind: "dense", units, activation, useBias: draw() < 0.8, l2: pick([0, 0.01]) },
      connectionRate: rate > 0 && gates.afford(units * sizeOf(last())) ? rate : 0,
      scaling: pick(["inverted", "standard"]),
    };
  };
  if (draw() < 0.5) push(head(pick([3, 5]), pick(activations)));
  if (draw() < 0.5) push({ kind: "dropout", rates: gates.rates(sizeOf(last())), scaling: "inverted" });
  if (draw() < 0.5) {
    push(head(outputs, outputActivation));
  } else {
    push(head(outputs, "linear"));
    push({ kind: "activation", activation: outputActivation });
  }
  return { inputShape, nodes };
}

const pooled = { kernelSize: [2, 2], strides: [2, 2], dilationRate: [1, 1], padding: "same" } as const;

/** Returns parameters: variances are positive, and so are scales here; weights as large as keeps activities of order 1. */
export function randomWeights(
  { parameters }: PlacedGraph,
  draw: () => number,
  normal: () => number,
): Float64Array[] {
  return parameters.map(({ shape, isMoving }) => {
    const size = shape.length > 1 ? 1.2 / Math.sqrt(sizeOf(shape.slice(0, -1))) : 0.5;
    return Float64Array.from({ length: sizeOf(shape) }, () =>
      Math.fround(isMoving ? 0.5 + draw() : size * normal()),
    );
  });
}
