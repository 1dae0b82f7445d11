// From a graph of every kind of layer to the SDK's model, through the public face only.
import {
  activation as activationLayer,
  add,
  alphaDropout,
  averagePool2d,
  batchNormalization,
  concat,
  concreteDropout,
  conv2d,
  dense,
  dropout,
  flatten,
  gaussianDropout,
  globalAveragePool2d,
  graph,
  input,
  type Layer,
  l2,
  layerNormalization,
  type MergeLayer,
  type Model,
  maxPool2d,
  multiply,
  reshape,
  spatialDropout2d,
} from "thinned";
import { at } from "../oracle/at.ts";
import type { LayerDescription } from "../oracle/layers.ts";
import type { LayerGraph } from "../oracle/placedGraph.ts";

/** Returns the model of a graph; layers are called `n1`, `n2` … by their nodes. */
export function layersModel({ inputShape, nodes }: LayerGraph): Model {
  const x = input([...inputShape]);
  const tensors = [x];
  const layers: (Layer | MergeLayer)[] = [];
  nodes.forEach(({ layer, sources, sharedWith }, index) => {
    const made = sharedWith === undefined ? newLayer(layer, `n${index + 1}`) : at(layers, sharedWith - 1);
    layers.push(made);
    const read = sources.map((source) => at(tensors, source));
    const joins = layer.kind === "add" || layer.kind === "multiply" || layer.kind === "concat";
    tensors.push(joins ? (made as MergeLayer).apply(read) : (made as Layer).apply(at(read, 0)));
  });
  return graph({ inputs: x, outputs: at(tensors, tensors.length - 1), seed: 1 });
}

function newLayer(layer: LayerDescription, name: string): Layer | MergeLayer {
  switch (layer.kind) {
    case "conv2d": {
      const { kind: _, filters, ...options } = layer;
      return conv2d(filters, { ...options, name });
    }
    case "maxPool2d":
    case "averagePool2d": {
      const { kernelSize: poolSize, strides, padding } = layer;
      return (layer.kind === "maxPool2d" ? maxPool2d : averagePool2d)({ poolSize, strides, padding, name });
    }
    case "dense": {
      const { kind: _, units, l2: factor, ...options } = layer;
      return dense(units, { ...options, name, ...(factor > 0 && { kernelRegularizer: l2(factor) }) });
    }
    case "activation":
      return activationLayer(layer.activation, { name });
    case "reshape":
      return reshape(layer.targetShape, { name });
    case "batchNormalization":
    case "layerNormalization": {
      const { kind, ...options } = layer;
      return kind === "batchNormalization"
        ? batchNormalization({ ...options, momentum: MOMENTUM, name })
        : layerNormalization({ ...options, name });
    }
    case "dropout":
    case "spatialDropout2d": {
      const { kind, rates, scaling } = layer;
      const rate = typeof rates === "number" ? rates : [...rates];
      return (kind === "dropout" ? dropout : spatialDropout2d)(rate, { scaling, name });
    }
    case "gaussianDropout":
      return gaussianDropout(layer.rate, { name });
    case "alphaDropout":
      return alphaDropout(layer.rate, { name });
    case "concreteDropout": {
      const { kind: _, ...options } = layer;
      return concreteDropout({ ...options, name });
    }
    default:
      return { flatten, globalAveragePool2d, add, multiply, concat }[layer.kind]({ name });
  }
}

/** Of the moving averages of every batch normalisation. */
export const MOMENTUM = 0.75;
