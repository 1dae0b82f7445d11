import { layersWithoutGates } from "../../data/network.ts";
import { RandomWords } from "../../data/random.ts";
import { output } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import { reportedLayers, type Sampling } from "../../work/work.ts";
import { fillGates } from "../gates.ts";
import { emptyMoments, groupSize, sampledAnswer } from "../sampledAnswer.ts";
import { denseSession } from "./forward.ts";
import { addDense } from "./layers.ts";
import { OnnxGraph } from "./onnx.ts";
import { type FloatInput, type Runtime, Session } from "./runtime.ts";

/**
 * The whole network under gates, and, where something comes before the first gate, also with that part computed once by
 * hand. Gates are inputs: Dropout itself is removed by the runtime's optimiser.
 */
export async function sampling(runtime: Runtime, work: Sampling): Promise<Program[]> {
  const fixed = layersWithoutGates(work.network);
  const whole = await program(runtime, work, 0, runtime.name);
  if (fixed === 0) return [whole];
  return [whole, await program(runtime, work, fixed, `${runtime.name}, cached by hand`)];
}

async function program(runtime: Runtime, work: Sampling, cached: number, name: string): Promise<Program> {
  const { network, x, rows, samples } = work;
  const group = groupSize(work);
  const before = cached === 0 ? undefined : await denseSession(runtime, network.slice(0, cached), rows);
  const session = await Session.create(runtime, gatedModel(work, cached, group));
  const sampledMoments = async () => {
    const random = new RandomWords(1);
    const input = { data: x, shape: [rows, x.length / rows] };
    const values = before === undefined ? x : ((await before.run({ x: input }))[output] as Float32Array);
    const moments = emptyMoments(work);
    const gates = gateInputs(work, cached, group);
    for (let sample = 0; sample < samples; sample += group) {
      for (const { data, rate } of gates.values()) fillGates(data, rate, random);
      const results = await session.run({
        x: { data: values, shape: [rows, values.length / rows] },
        ...Object.fromEntries(gates),
      });
      for (const [i, layer] of reportedLayers(work).entries()) {
        moments[i]?.add(group, results[`mean ${layer}`] as Float32Array, results[`squares ${layer}`]);
      }
    }
    return moments;
  };
  return {
    name,
    run: () => timed(async () => sampledAnswer(work, await sampledMoments())),
    close: async () => {
      await before?.close();
      await session.close();
    },
  };
}

/** The gates of a group, by the name of the input of the model. */
function gateInputs(
  work: Sampling,
  cached: number,
  group: number,
): Map<string, FloatInput & { rate: number }> {
  const masks = work.masks === "shared" ? 1 : work.rows;
  const gated = work.network.flatMap(({ inputs, rate }, layer) => {
    if (layer < cached || rate === 0) return [];
    const shape = [group, masks, inputs];
    return [[gateName(layer), { data: new Float32Array(group * masks * inputs), shape, rate }] as const];
  });
  return new Map(gated);
}

function gateName(layer: number): string {
  return `gates ${layer}`;
}

/** From the rows and the gates of a group to the mean over the group, and the sum of squared deviations from it. */
function gatedModel(work: Sampling, cached: number, group: number): Uint8Array {
  const { network, rows } = work;
  const graph = new OnnxGraph();
  const reported = reportedLayers(work);
  const gates = gateInputs(work, cached, group);
  const [first] = network.slice(cached);
  let values = graph.input("x", [rows, first?.inputs ?? 0]);
  // Before the first gate all samples are the same rows.
  let drawn = false;
  for (const [index, layer] of network.entries()) {
    if (index < cached) continue;
    const gate = gates.get(gateName(index));
    if (gate !== undefined) {
      const samples = drawn ? group : 1;
      const grouped = graph.add("Reshape", [values, graph.integers([samples, rows, layer.inputs])]);
      const gated = graph.add("Mul", [grouped, graph.input(gateName(index), gate.shape)]);
      values = graph.add("Reshape", [gated, graph.integers([group * rows, layer.inputs])]);
      drawn = true;
    }
    values = addDense(graph, values, layer);
    if (reported.includes(index)) addMoments(graph, values, index, [group, rows, layer.units]);
  }
  return graph.finish();
}

function addMoments(
  graph: OnnxGraph,
  values: string,
  layer: number,
  [group, rows, units]: readonly [number, number, number],
): void {
  const grouped = graph.add("Reshape", [values, graph.integers([group, rows, units])]);
  if (group === 1) {
    graph.output(`mean ${layer}`, grouped, [1, rows, units]);
    return;
  }
  const mean = graph.add("ReduceMean", [grouped], { axes: [0], keepdims: 1 });
  const deviations = graph.add("Sub", [grouped, mean]);
  const squares = graph.add("ReduceSumSquare", [deviations], { axes: [0], keepdims: 1 });
  graph.output(`mean ${layer}`, mean, [1, rows, units]);
  graph.output(`squares ${layer}`, squares, [1, rows, units]);
}
