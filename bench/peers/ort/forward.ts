import type { Network } from "../../data/network.ts";
import { output } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import type { Forward } from "../../work/work.ts";
import { addDense } from "./layers.ts";
import { OnnxGraph } from "./onnx.ts";
import { type Runtime, Session } from "./runtime.ts";

export async function forward(runtime: Runtime, { network, x, rows, calls }: Forward): Promise<Program[]> {
  const inputs = { x: { data: x, shape: [rows, x.length / rows] } };
  const session = await denseSession(runtime, network, rows);
  const run = () => timed(() => session.run(inputs), calls);
  return [{ name: runtime.name, run, close: () => session.close() }];
}

/** Returns the layers as a model from `x` to the output, without gates. */
export function denseSession(runtime: Runtime, network: Network, rows: number): Promise<Session> {
  const graph = new OnnxGraph();
  const input = graph.input("x", [rows, network[0]?.inputs ?? 0]);
  const values = network.reduce((value, layer) => addDense(graph, value, layer), input);
  graph.output(output, values, [rows, network.at(-1)?.units ?? 0]);
  return Session.create(runtime, graph.finish());
}
