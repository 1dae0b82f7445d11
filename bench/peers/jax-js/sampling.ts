import { layersWithoutGates } from "../../data/network.ts";
import { RandomWords } from "../../data/random.ts";
import { type Program, timed } from "../../work/program.ts";
import { reportedLayers, type Sampling } from "../../work/work.ts";
import { fillGates } from "../gates.ts";
import { emptyMoments, groupSize, sampledAnswer } from "../sampledAnswer.ts";
import { denseFunction } from "./forward.ts";
import {
  dense,
  disposeLayers,
  type Jax,
  type JaxArray,
  type JaxLayer,
  layersOf,
  referencesTo,
} from "./layers.ts";

/** The whole network under gates, and, where something comes before the first gate, also with that part computed once by hand. */
export async function sampling(jax: Jax, work: Sampling): Promise<Program[]> {
  const fixed = layersWithoutGates(work.network);
  const whole = program(jax, work, 0, "jax-js");
  return fixed === 0 ? [whole] : [whole, program(jax, work, fixed, "jax-js, cached by hand")];
}

function program(jax: Jax, work: Sampling, cached: number, name: string): Program {
  const { network, x, rows, samples } = work;
  const group = groupSize(work);
  const layers = layersOf(jax, network);
  const first = denseFunction(jax, network.slice(0, cached));
  const gated = gatedFunction(jax, work, cached, group);
  const sampledMoments = async () => {
    const random = new RandomWords(1);
    const moments = emptyMoments(work);
    const input = jax.numpy.array(x, { shape: [rows, x.length / rows] });
    const before = cached === 0 ? input : first(input, referencesTo(layers.slice(0, cached)));
    for (let sample = 0; sample < samples; sample += group) {
      const gates = drawGates(jax, work, cached, group, random);
      const results = gated(before.ref, gates, referencesTo(layers.slice(cached)));
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
    name,
    run: () => timed(async () => sampledAnswer(work, await sampledMoments())),
    close: () => {
      disposeLayers(layers);
      first.dispose();
      gated.dispose();
    },
  };
}

function drawGates(jax: Jax, work: Sampling, cached: number, group: number, random: RandomWords): JaxArray[] {
  const masks = work.masks === "shared" ? 1 : work.rows;
  return work.network.slice(cached).flatMap(({ rate, inputs }) => {
    if (rate === 0) return [];
    const factors = new Float32Array(group * masks * inputs);
    fillGates(factors, rate, random);
    return [jax.numpy.array(factors, { shape: [group, masks, inputs] })];
  });
}

type GroupMoments = { mean: JaxArray; squares: JaxArray };

/** From the rows and the gates of a group to the mean over the group, and the sum of squared deviations from it. */
function gatedFunction(jax: Jax, work: Sampling, cached: number, group: number) {
  const { network, rows } = work;
  const reported = reportedLayers(work);
  return jax.jit((before: JaxArray, gates: JaxArray[], layers: JaxLayer[]): GroupMoments[] => {
    const moments: GroupMoments[] = [];
    const rest = [...gates];
    let values = before;
    let samples = 1;
    for (const [i, { rate, inputs, units, activation }] of network.slice(cached).entries()) {
      if (rate > 0) {
        const grouped = values.reshape([samples, rows, inputs]);
        values = grouped.mul(rest.shift() as JaxArray).reshape([group * rows, inputs]);
        samples = group;
      }
      values = dense(jax, values, layers[i] as JaxLayer, activation);
      if (!reported.includes(cached + i)) continue;
      const grouped = values.ref.reshape([group, rows * units]);
      const mean = jax.numpy.mean(grouped.ref, 0);
      const squares = jax.numpy.sum(jax.numpy.square(grouped.sub(mean.ref)), 0);
      moments.push({ mean, squares });
    }
    values.dispose();
    return moments;
  });
}
