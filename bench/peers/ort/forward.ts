import { batchShape } from "../../data/convolution.ts";
import type { Layers } from "../../data/layers.ts";
import { output } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import type { Forward } from "../../work/work.ts";
import { addConvolutions } from "./convolutions.ts";
import { addDense } from "./layers.ts";
import { OnnxGraph } from "./onnx.ts";
import { type Runtime, Session } from "./runtime.ts";

export async function forward(runtime: Runtime, { network, x, rows }: Forward): Promise<Program[]> {
  const inputs = { x: { data: x, shape: [rows, x.length / rows] } };
  const session = await sessionOf(runtime, { convolutions: [], network }, rows);
  const run = () => timed(() => session.run(inputs));
  return [{ name: runtime.name, run, close: () => session.close() }];
}

/** Returns the layers as a model from `x` to the output, without gates. */
export function sessionOf(
  runtime: Runtime,
  { convolutions, network }: Layers,
  rows: number,
): Promise<Session> {
  const graph = new OnnxGraph();
  const input = graph.input("x", batchShape(convolutions, rows, network[0]?.inputs ?? 0));
  const read = addConvolutions(graph, input, convolutions, rows);
  const values = network.reduce((value, layer) => addDense(graph, value, layer), read);
  graph.output(output, values, [rows, network.at(-1)?.units ?? 0]);
  return Session.create(runtime, graph.finish());
}
