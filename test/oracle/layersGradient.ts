// The training loss of a graph of layers, and its slopes by differences, with gates and noise frozen by the seed.
import { at } from "./at.ts";
import { concreteRate } from "./layerRow.ts";
import { type Drawn, trainingPass } from "./layersForward.ts";
import { type Loss, outputLoss } from "./loss.ts";
import type { PlacedGraph } from "./placedGraph.ts";

export interface LayersBatch {
  readonly x: readonly ArrayLike<number>[];
  readonly targets: readonly ArrayLike<number>[];
  /** What the loss of each row counts. */
  readonly weights: readonly number[];
  readonly loss: Loss;
  /** Gates and noise stay what they are when weights move. */
  readonly drawn: Drawn;
}

type Parameters = readonly Float64Array[];

/** Returns Σ weight · loss over the number of rows, and the penalties of the weights. */
export function layersLoss(graph: PlacedGraph, parameters: Parameters, batch: LayersBatch): number {
  const { values, preActivations } = trainingPass(graph, batch.x, parameters, batch.drawn);
  const output = graph.nodes.length;
  const { layer } = at(graph.nodes, output - 1);
  const activation = "activation" in layer ? layer.activation : undefined;
  const losses = batch.targets.map((target, row) => {
    const outputs = {
      activities: at(at(values, output), row),
      activation,
      preActivations: at(preActivations, output)[row] ?? new Float64Array(0),
    };
    return at(batch.weights, row) * outputLoss(outputs, target, batch.loss);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length + penalties(graph, parameters);
}

function penalties(graph: PlacedGraph, parameters: Parameters): number {
  const squares = (kernel: number) => at(parameters, kernel).reduce((sum, weight) => sum + weight ** 2, 0);
  let total = 0;
  graph.nodes.forEach((node, index) => {
    const { layer, sharedWith } = node;
    if (layer.kind === "dense" && sharedWith === undefined)
      total += layer.l2 * squares(at(node.parameters, 0));
    if (layer.kind !== "concreteDropout") return;
    // Gal, Hron and Kendall 2017, eq. 3.
    const p = concreteRate(node.parameters.map((parameter) => at(parameters, parameter)));
    const kernels = [...kernelsOf(graph, index + 1)];
    const read = kernels.reduce((sum, kernel) => sum + squares(kernel), 0);
    const units = node.shape.reduce((size, side) => size * side, 1);
    const entropy = p * Math.log(p) + (1 - p) * Math.log(1 - p);
    total += (layer.weightRegularizer * read) / (1 - p) + layer.dropoutRegularizer * units * entropy;
  });
  return total;
}

/** Returns the kernels that read a node, as it is or in another shape. */
function kernelsOf(graph: PlacedGraph, node: number): Set<number> {
  const found = new Set<number>();
  graph.nodes.forEach(({ layer, sources, parameters }, index) => {
    if (!sources.includes(node)) return;
    if (layer.kind === "flatten" || layer.kind === "reshape") {
      for (const kernel of kernelsOf(graph, index + 1)) found.add(kernel);
    } else if (layer.kind === "dense" || layer.kind === "conv2d") {
      found.add(at(parameters, 0));
    }
  });
  return found;
}

// The error of a central difference is f'''h²/6 + 2^-53 f/h: near 1e-10 at this step for losses and weights of order 1.
const STEP = 1e-5;

/** Returns the slope of the loss by one weight by a central difference, and those on either side, which differ at a kink. */
export function slope(
  graph: PlacedGraph,
  parameters: Parameters,
  batch: LayersBatch,
  tensor: number,
  index: number,
): { central: number; sides: () => [below: number, above: number] } {
  const lossAt = (by: number): number => {
    const moved = parameters.map((one, which) => (which === tensor ? Float64Array.from(one) : one));
    at(moved, tensor)[index] = at(at(parameters, tensor), index) + by;
    return layersLoss(graph, moved, batch);
  };
  const [low, high] = [lossAt(-STEP), lossAt(STEP)];
  const sides = (): [number, number] => {
    const middle = lossAt(0);
    return [(middle - low) / STEP, (high - middle) / STEP];
  };
  return { central: (high - low) / (2 * STEP), sides };
}
