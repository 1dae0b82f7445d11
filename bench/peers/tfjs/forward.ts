import { output } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import type { Forward } from "../../work/work.ts";
import { dense, disposeLayers, layersOf, type Tf } from "./layers.ts";

export async function forward(tf: Tf, { network, x, rows }: Forward): Promise<Program[]> {
  const layers = layersOf(tf, { convolutions: [], network });
  const predict = () => {
    // Not returned from tidy(): it would look for tensors in each of the numbers.
    let data: Float32Array = new Float32Array();
    tf.tidy(() => {
      const input = tf.tensor2d(x, [rows, x.length / rows]);
      data = layers.network.reduce((values, layer) => dense(tf, values, layer), input).dataSync<"float32">();
    });
    return data;
  };
  const run = () => timed(() => ({ [output]: predict() }));
  return [{ name: "tfjs", run, close: () => disposeLayers(layers) }];
}
