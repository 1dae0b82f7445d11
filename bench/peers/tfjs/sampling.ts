import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { batchShape } from "../../data/convolution.ts";
import { RandomWords } from "../../data/random.ts";
import { type Program, timed } from "../../work/program.ts";
import { reportedLayers, type Sampling } from "../../work/work.ts";
import { type Cut, groupSize, waysToSample } from "../cut.ts";
import { fillGates } from "../gates.ts";
import { emptyMoments, sampledAnswer } from "../sampledAnswer.ts";
import { dense, disposeLayers, flattened, layersOf, type Tf, type TfLayer, type TfLayers } from "./layers.ts";

/** The whole network under gates, and, where something comes before the first gate, also with that part computed once by hand. */
export async function sampling(tf: Tf, work: Sampling): Promise<Program[]> {
  return waysToSample(work).map((cut) => program(tf, work, cut));
}

function program(tf: Tf, work: Sampling, cut: Cut): Program {
  const { convolutions, x, rows, samples } = work;
  const first = cut.before && layersOf(tf, cut.before);
  const gated = layersOf(tf, cut.after);
  const group = groupSize(work, cut);
  const sampledMoments = () => {
    const random = new RandomWords(1);
    const moments = emptyMoments(work);
    const before = tf.tidy(() => {
      const input = tf.tensor(x, batchShape(convolutions, rows, x.length / rows));
      if (first === undefined) return input;
      const read = flattened(tf, input, first.convolutions);
      return first.network.reduce((values, layer) => dense(tf, values, layer), read);
    });
    for (let sample = 0; sample < samples; sample += group) {
      for (const { index, mean, squares } of pass(tf, work, cut, gated, group, before, random)) {
        moments[index]?.add(group, mean, squares);
      }
    }
    before.dispose();
    return moments;
  };
  return {
    name: `tfjs${cut.suffix}`,
    run: () => timed(() => sampledAnswer(work, sampledMoments())),
    close: () => {
      disposeLayers(gated);
      if (first !== undefined) disposeLayers(first);
    },
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
  { after, first }: Cut,
  gated: TfLayers,
  group: number,
  before: Tensor,
  random: RandomWords,
): GroupMoments[] {
  const { rows } = work;
  const reported = reportedLayers(work);
  const moments: GroupMoments[] = [];
  tf.tidy(() => {
    let values = flattened(tf, before, gated.convolutions);
    let samples = 1;
    for (const [i, { rate, inputs }] of after.network.entries()) {
      if (rate > 0) {
        const masks = work.masks === "shared" ? 1 : rows;
        const factors = new Float32Array(group * masks * inputs);
        fillGates(factors, rate, random);
        const grouped = tf.reshape(values, [samples, rows, inputs]);
        const dropped = tf.mul(grouped, tf.tensor3d(factors, [group, masks, inputs]));
        values = tf.reshape(dropped, [group * rows, inputs]);
        samples = group;
      }
      values = dense(tf, values, gated.network[i] as TfLayer);
      const index = reported.indexOf(first + i);
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
