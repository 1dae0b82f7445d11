import type { DenseLayer } from "../../data/network.ts";
import type { OnnxGraph } from "./onnx.ts";

const operators = { relu: "Relu", sigmoid: "Sigmoid" } as const;

/** Adds a dense layer on `[rows, inputs]` and returns its `[rows, units]`; Gemm is what the runtime fuses best. */
export function addDense(graph: OnnxGraph, input: string, layer: DenseLayer): string {
  const { inputs, units, activation, kernel, bias } = layer;
  const matrix = graph.floats(kernel, [inputs, units]);
  const sums =
    bias === undefined
      ? graph.add("MatMul", [input, matrix])
      : graph.add("Gemm", [input, matrix, graph.floats(bias, [units])]);
  return activation === "linear" ? sums : graph.add(operators[activation], [sums]);
}
