import { type ConvolutionLayer, type Convolutions, pooledShape } from "../../data/convolution.ts";
import { filtersFirst } from "../filtersFirst.ts";
import type { OnnxGraph } from "./onnx.ts";

/** Adds the layers on `[rows, height, width, channels]`; returns what they give as `[rows, inputs]` of a dense layer. */
export function addConvolutions(
  graph: OnnxGraph,
  input: string,
  convolutions: Convolutions,
  rows: number,
): string {
  const last = convolutions.at(-1);
  if (last === undefined) return input;
  // The operators read `[rows, channels, height, width]`.
  const images = graph.add("Transpose", [input], { perm: [0, 3, 1, 2] });
  const pooled = convolutions.reduce((value, layer) => addConvolution(graph, value, layer), images);
  const values = graph.add("Transpose", [pooled], { perm: [0, 2, 3, 1] });
  const inputs = pooledShape(last).reduce((product, size) => product * size, 1);
  return graph.add("Reshape", [values, graph.integers([rows, inputs])]);
}

function addConvolution(graph: OnnxGraph, input: string, layer: ConvolutionLayer): string {
  const { channels, filters, kernelSize, poolSize } = layer;
  const kernel = graph.floats(filtersFirst(layer), [filters, channels, kernelSize, kernelSize]);
  const sums = graph.add("Conv", [input, kernel, graph.floats(layer.bias, [filters])]);
  const window = [poolSize, poolSize];
  return graph.add("MaxPool", [sums], { kernel_shape: window, strides: window });
}
