import type { Tensor2D } from "@tensorflow/tfjs-core";
import { layersWithoutGates } from "../../data/network.ts";
import { RandomWords } from "../../data/random.ts";
import { type Program, timed } from "../../work/program.ts";
import { reportedLayers, type Sampling } from "../../work/work.ts";
import { fillGates } from "../gates.ts";
import { emptyMoments, groupSize, sampledAnswer } from "../sampledAnswer.ts";
import { dense, disposeLayers, layersOf, type Tf, type TfLayer } from "./layers.ts";

/** The whole network under gates, and, where something comes before the first gate, also with that part computed once by hand. */
export async function sampling(tf: Tf, work: Sampling): Promise<Program[]> {
  const fixed = layersWithoutGates(work.network);
  const whole = program(tf, work, 0, "tfjs");
  return fixed === 0 ? [whole] : [whole, program(tf, work, fixed, "tfjs, cached by hand")];
}

function program(tf: Tf, work: Sampling, cached: number, name: string): Program {
  const { x, rows, samples } = work;
  const layers = layersOf(tf, work.network);
  const group = groupSize(work);
  const sampledMoments = () => {
    const random = new RandomWords(1);
    const moments = emptyMoments(work);
    const before = tf.tidy(() => {
      const input = tf.tensor2d(x, [rows, x.length / rows]);
      return layers.slice(0, cached).reduce((values, layer) => dense(tf, values, layer), input);
    });
    for (let sample = 0; sample < samples; sample += group) {
      for (const { index, mean, squares } of pass(tf, work, layers, cached, group, before, random)) {
        moments[index]?.add(group, mean, squares);
      }
    }
    before.dispose();
    return moments;
  };
  return {
    name,
    run: () => timed(() => sampledAnswer(work, sampledMoments())),
    close: () => disposeLayers(layers),
  };
}

interface GroupMoments {
  readonly index: number;
  readonly mean: Float32Array;
  readonly squares: Float32Array | undefined;
}

/** The moments of the reported layers over one group of samples. */
function pass(
  tf: Tf,
  work: Sampling,
  layers: readonly TfLayer[],
  cached: number,
  group: number,
  before: Tensor2D,
  random: RandomWords,
): GroupMoments[] {
  const { network, rows } = work;
  const reported = reportedLayers(work);
  const moments: GroupMoments[] = [];
  tf.tidy(() => {
    let values = before;
    let samples = 1;
    for (const [layer, tfLayer] of layers.entries()) {
      if (layer < cached) continue;
      const { rate, inputs } = network[layer] ?? { rate: 0, inputs: 0 };
      if (rate > 0) {
        const masks = work.masks === "shared" ? 1 : rows;
        const factors = new Float32Array(group * masks * inputs);
        fillGates(factors, rate, random);
        const grouped = tf.reshape(values, [samples, rows, inputs]);
        const gated = tf.mul(grouped, tf.tensor3d(factors, [group, masks, inputs]));
        values = tf.reshape(gated, [group * rows, inputs]);
        samples = group;
      }
      values = dense(tf, values, tfLayer);
      const index = reported.indexOf(layer);
      if (index !== -1) moments.push({ index, ...groupMoments(tf, tf.reshape(values, [group, -1])) });
    }
  });
  return moments;
}

/** Sums over the group as products with ones: the backend's own reductions of the first axis transpose first. */
function groupMoments(tf: Tf, values: Tensor2D): Omit<GroupMoments, "index"> {
  const [group] = values.shape;
  if (group === 1) return { mean: values.dataSync<"float32">(), squares: undefined };
  const mean = tf.matMul(tf.fill([1, group], 1 / group), values);
  const squares = tf.matMul(tf.ones([1, group]), tf.square(tf.sub(values, mean)));
  return { mean: mean.dataSync<"float32">(), squares: squares.dataSync<"float32">() };
}
