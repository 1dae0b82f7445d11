import type { Layers } from "../../data/layers.ts";
import { RandomWords } from "../../data/random.ts";
import { trainedLoss, trainingLoss } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import type { AdamSettings, Training } from "../../work/work.ts";
import { type Batch, batchOf } from "./batch.ts";
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

/** Rows that are evaluated at once. */
const AT_ONCE = 500;

/** Numbers that learn, and their moments. */
type State = { layers: JaxLayer[]; first: JaxLayer[]; second: JaxLayer[] };

/** One epoch: a step, with its gradient and its update, is one compiled function. */
export async function training(jax: Jax, work: Training): Promise<Program[]> {
  const step = stepFunction(jax, work);
  const evaluate = jax.jit((layers: JaxLayer[], batch: Batch) => meanLoss(jax, work, layers, batch));
  const run = async () => {
    let state = startOf(jax, work);
    const { answer, timeMs } = await timed(async () => {
      const random = new RandomWords(1);
      let total = 0;
      for (let first = 0, count = 0, index = 1; first < work.rows; first += count, index++) {
        count = Math.min(work.batchSize, work.rows - first);
        const batch = batchOf(jax, work, first, count, random);
        const result = step(state, batch, ...corrections(jax, work.adam, index));
        state = { layers: result.layers, first: result.first, second: result.second };
        total += count * (((await result.loss.data())[0] as number) ?? Number.NaN);
      }
      return { [trainingLoss]: Float64Array.of(total / work.rows) };
    });
    const trained = await meanOver(work.rows, async (first, count) => {
      const batch = batchOf(jax, work, first, count, undefined);
      return (await evaluate(referencesTo(state.layers), batch).data())[0] as number;
    });
    for (const layers of Object.values(state)) disposeLayers(layers);
    return { answer: { ...answer, [trainedLoss]: Float64Array.of(trained) }, timeMs };
  };
  const close = () => {
    step.dispose();
    evaluate.dispose();
  };
  return [{ name: "jax-js", run, close }];
}

/** The mean over rows of what is the mean over each part of them. */
async function meanOver(rows: number, part: (first: number, count: number) => Promise<number>) {
  let total = 0;
  for (let first = 0; first < rows; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, rows - first);
    total += count * (await part(first, count));
  }
  return total / rows;
}

function startOf(jax: Jax, work: Layers): State {
  const layers = layersOf(jax, work);
  const zeros = () =>
    layers.map(({ kernel, bias }) => ({
      kernel: jax.numpy.zeros(kernel.shape),
      bias: jax.numpy.zeros(bias.shape),
    }));
  return { layers, first: zeros(), second: zeros() };
}

/** The mean cross-entropy, under the gates of the batch when it has any. */
function meanLoss(
  jax: Jax,
  { convolutions, network }: Layers,
  layers: JaxLayer[],
  { x, targets, gates }: Batch,
): JaxArray {
  const rest = [...gates];
  let values = flattened(jax, x, convolutions, layers);
  for (const [index, { activation, rate }] of network.entries()) {
    const gate = rate > 0 ? rest.shift() : undefined;
    if (gate !== undefined) values = values.mul(gate);
    values = dense(jax, values, layers[convolutions.length + index] as JaxLayer, activation);
  }
  const logarithms = jax.nn.logSoftmax(values);
  return jax.numpy.sum(logarithms.mul(targets), 1).mean().neg();
}

/** `1 / (1 − β1^t)` and `1 / (1 − β2^t)`: they change from step to step, so they are arguments. */
function corrections({ numpy }: Jax, { beta1, beta2 }: AdamSettings, step: number): [JaxArray, JaxArray] {
  return [numpy.array([1 / (1 - beta1 ** step)]), numpy.array([1 / (1 - beta2 ** step)])];
}

function stepFunction(jax: Jax, work: Training) {
  const lossAndGradient = jax.valueAndGrad((layers: JaxLayer[], batch: Batch) =>
    meanLoss(jax, work, layers, batch),
  );
  return jax.jit(
    ({ layers, first, second }: State, batch: Batch, correction1: JaxArray, correction2: JaxArray) => {
      const [loss, gradients] = lossAndGradient(referencesTo(layers), batch);
      const next: State = { layers: [], first: [], second: [] };
      for (const [index, gradient] of (gradients as JaxLayer[]).entries()) {
        const move = (part: keyof JaxLayer) =>
          moved(
            jax,
            work.adam,
            [layers, first, second].map((list) => (list[index] as JaxLayer)[part]) as [
              JaxArray,
              JaxArray,
              JaxArray,
            ],
            gradient[part],
            [correction1.ref, correction2.ref],
          );
        const [kernel, bias] = [move("kernel"), move("bias")];
        next.layers.push({ kernel: kernel[0], bias: bias[0] });
        next.first.push({ kernel: kernel[1], bias: bias[1] });
        next.second.push({ kernel: kernel[2], bias: bias[2] });
      }
      correction1.dispose();
      correction2.dispose();
      return { loss, ...next };
    },
  );
}

/** The numbers after a step of Adam, and their moments. */
function moved(
  { numpy }: Jax,
  { learningRate, beta1, beta2, epsilon }: AdamSettings,
  [values, first, second]: [JaxArray, JaxArray, JaxArray],
  gradient: JaxArray,
  [correction1, correction2]: [JaxArray, JaxArray],
): [JaxArray, JaxArray, JaxArray] {
  const nextFirst = first.mul(beta1).add(gradient.ref.mul(1 - beta1));
  const nextSecond = second.mul(beta2).add(numpy.square(gradient).mul(1 - beta2));
  const divisor = numpy.sqrt(nextSecond.ref.mul(correction2)).add(epsilon);
  const change = nextFirst.ref.mul(correction1).mul(learningRate).div(divisor);
  return [values.sub(change), nextFirst, nextSecond];
}
