import type { Layers } from "../../data/layers.ts";
import { output } from "../../work/answer.ts";
import { type Program, timed } from "../../work/program.ts";
import type { Forward } from "../../work/work.ts";
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

export async function forward(jax: Jax, { network, x, rows }: Forward): Promise<Program[]> {
  const layers = layersOf(jax, { convolutions: [], network });
  const compiled = forwardFunction(jax, { convolutions: [], network });
  const predict = async () => {
    const input = jax.numpy.array(x, { shape: [rows, x.length / rows] });
    return (await compiled(input, referencesTo(layers)).data()) as Float32Array;
  };
  const run = () => timed(async () => ({ [output]: await predict() }));
  const close = () => {
    disposeLayers(layers);
    compiled.dispose();
  };
  return [{ name: "jax-js", run, close }];
}

/** Returns the layers without gates as a compiled function of rows and numbers. */
export function forwardFunction(jax: Jax, { convolutions, network }: Layers) {
  return jax.jit((x: JaxArray, layers: JaxLayer[]) => {
    const rest = layers.slice(convolutions.length);
    return network.reduce(
      (values, { activation }, i) => dense(jax, values, rest[i] as JaxLayer, activation),
      flattened(jax, x, convolutions, layers),
    );
  });
}
