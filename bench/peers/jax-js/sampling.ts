import { batchShape } from "../../data/convolution.ts";
import { RandomWords } from "../../data/random.ts";
import { type Program, timed } from "../../work/program.ts";
import { reportedLayers, type Sampling } from "../../work/work.ts";
import { type Cut, groupSize, waysToSample } from "../cut.ts";
import { fillGates } from "../gates.ts";
import { emptyMoments, sampledAnswer } from "../sampledAnswer.ts";
import { forwardFunction } from "./forward.ts";
import {
  dense,
  disposeLayers,
  flattened,
  type Jax,
  type JaxArray,
  type JaxLayer,
  layersOf,
  referencesTo,
} from "./layers.ts";

/** The whole network under gates, and, where something comes before the first gate, also with that part computed once by hand. */
export async function sampling(jax: Jax, work: Sampling): Promise<Program[]> {
  return waysToSample(work).map((cut) => program(jax, work, cut));
}

function program(jax: Jax, work: Sampling, cut: Cut): Program {
  const { convolutions, x, rows, samples } = work;
  const group = groupSize(work, cut);
  const once = cut.before && {
    layers: layersOf(jax, cut.before),
    forward: forwardFunction(jax, cut.before),
  };
  const layers = layersOf(jax, cut.after);
  const gated = gatedFunction(jax, work, cut, group);
  const sampledMoments = async () => {
    const random = new RandomWords(1);
    const moments = emptyMoments(work);
    const input = jax.numpy.array(x, { shape: batchShape(convolutions, rows, x.length / rows) });
    const before = once === undefined ? input : once.forward(input, referencesTo(once.layers));
    for (let sample = 0; sample < samples; sample += group) {
      const gates = drawGates(jax, work, cut, group, random);
      const results = gated(before.ref, gates, referencesTo(layers));
      for (const [i, { mean, squares }] of results.entries()) {
        const means = await mean.data();
        moments[i]?.add(group, means, group === 1 ? undefined : await squares.data());
        if (group === 1) squares.dispose();
      }
    }
    before.dispose();
    return moments;
  };
  return {
    name: `jax-js${cut.suffix}`,
    run: () => timed(async () => sampledAnswer(work, await sampledMoments())),
    close: () => {
      disposeLayers([...(once?.layers ?? []), ...layers]);
      once?.forward.dispose();
      gated.dispose();
    },
  };
}

function drawGates(jax: Jax, work: Sampling, { after }: Cut, group: number, random: RandomWords): JaxArray[] {
  const masks = work.masks === "shared" ? 1 : work.rows;
  return after.network.flatMap(({ rate, inputs }) => {
    if (rate === 0) return [];
    const factors = new Float32Array(group * masks * inputs);
    fillGates(factors, rate, random);
    return [jax.numpy.array(factors, { shape: [group, masks, inputs] })];
  });
}

type GroupMoments = { mean: JaxArray; squares: JaxArray };

/** From the rows and the gates of a group to the mean over the group, and the sum of squared deviations from it. */
function gatedFunction(jax: Jax, work: Sampling, { after, first }: Cut, group: number) {
  const { rows } = work;
  const { convolutions, network } = after;
  const reported = reportedLayers(work);
  return jax.jit((before: JaxArray, gates: JaxArray[], layers: JaxLayer[]): GroupMoments[] => {
    const moments: GroupMoments[] = [];
    const rest = [...gates];
    let values = flattened(jax, before, convolutions, layers);
    let samples = 1;
    for (const [i, { rate, inputs, units, activation }] of network.entries()) {
      if (rate > 0) {
        const grouped = values.reshape([samples, rows, inputs]);
        values = grouped.mul(rest.shift() as JaxArray).reshape([group * rows, inputs]);
        samples = group;
      }
      values = dense(jax, values, layers[convolutions.length + i] as JaxLayer, activation);
      if (!reported.includes(first + i)) continue;
      const grouped = values.ref.reshape([group, rows * units]);
      const mean = jax.numpy.mean(grouped.ref, 0);
      const squares = jax.numpy.sum(jax.numpy.square(grouped.sub(mean.ref)), 0);
      moments.push({ mean, squares });
    }
    values.dispose();
    return moments;
  });
}
