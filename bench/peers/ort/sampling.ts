import { batchShape } from "../../data/convolution.ts";
import { RandomWords } from "../../data/random.ts";
import { output } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import { reportedLayers, type Sampling } from "../../work/work.ts";
import { type Cut, groupSize, waysToSample } from "../cut.ts";
import { fillGates } from "../gates.ts";
import { emptyMoments, sampledAnswer } from "../sampledAnswer.ts";
import { addConvolutions } from "./convolutions.ts";
import { sessionOf } from "./forward.ts";
import { addDense } from "./layers.ts";
import { OnnxGraph } from "./onnx.ts";
import { type FloatInput, type Runtime, Session } from "./runtime.ts";

/**
 * The whole network under gates, and, where something comes before the first gate, also with that part computed once by
 * hand. Gates are inputs: Dropout itself is removed by the runtime's optimiser.
 */
export async function sampling(runtime: Runtime, work: Sampling): Promise<Program[]> {
  const programs: Program[] = [];
  for (const cut of waysToSample(work)) programs.push(await program(runtime, work, cut));
  return programs;
}

async function program(runtime: Runtime, work: Sampling, cut: Cut): Promise<Program> {
  const { convolutions, x, rows, samples } = work;
  const group = groupSize(work, cut);
  const before = cut.before && (await sessionOf(runtime, cut.before, rows));
  const session = await Session.create(runtime, gatedModel(work, cut, group));
  const sampledMoments = async () => {
    const random = new RandomWords(1);
    const input = { data: x, shape: batchShape(convolutions, rows, x.length / rows) };
    const values = before === undefined ? x : ((await before.run({ x: input }))[output] as Float32Array);
    const moments = emptyMoments(work);
    const gates = gateInputs(work, cut, group);
    for (let sample = 0; sample < samples; sample += group) {
      for (const { data, rate } of gates.values()) fillGates(data, rate, random);
      const results = await session.run({
        x: { data: values, shape: batchShape(cut.after.convolutions, rows, values.length / rows) },
        ...Object.fromEntries(gates),
      });
      for (const [i, layer] of reportedLayers(work).entries()) {
        moments[i]?.add(group, results[`mean ${layer}`] as Float32Array, results[`squares ${layer}`]);
      }
    }
    return moments;
  };
  return {
    name: `${runtime.name}${cut.suffix}`,
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
  { after, first }: Cut,
  group: number,
): Map<string, FloatInput & { rate: number }> {
  const masks = work.masks === "shared" ? 1 : work.rows;
  const gated = after.network.flatMap(({ inputs, rate }, i) => {
    if (rate === 0) return [];
    const shape = [group, masks, inputs];
    return [[gateName(first + i), { data: new Float32Array(group * masks * inputs), shape, rate }] as const];
  });
  return new Map(gated);
}

function gateName(layer: number): string {
  return `gates ${layer}`;
}

/** From the rows and the gates of a group to the mean over the group, and the sum of squared deviations from it. */
function gatedModel(work: Sampling, cut: Cut, group: number): Uint8Array {
  const { rows } = work;
  const { convolutions, network } = cut.after;
  const graph = new OnnxGraph();
  const reported = reportedLayers(work);
  const gates = gateInputs(work, cut, group);
  const input = graph.input("x", batchShape(convolutions, rows, network[0]?.inputs ?? 0));
  let values = addConvolutions(graph, input, convolutions, rows);
  // Before the first gate all samples are the same rows.
  let drawn = false;
  for (const [i, layer] of network.entries()) {
    const index = cut.first + i;
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
