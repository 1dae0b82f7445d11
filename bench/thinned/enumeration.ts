import { type Answer, meanOf, varianceOf } from "../work/answer.ts";
import { type Program, timed } from "../work/program.ts";
import type { Enumeration } from "../work/work.ts";
import { modelOf } from "./model.ts";
import { programName } from "./variant.ts";

/** `exact()` of every layer, by the method that it chooses; it always runs on simd128. */
export async function enumeration({ network, x }: Enumeration): Promise<Program> {
  const model = await modelOf(network, "simd128");
  const input = { data: x, shape: [1, x.length] };
  const methods = new Set(Object.values(model.explainExact({ layer: "all" })).map(({ method }) => method));
  const answer = async (): Promise<Answer> => {
    const results = Object.values(await model.exact(input, { layer: "all" }));
    const named = results.flatMap(({ mean, variance }, layer) => [
      [meanOf(layer), mean.data] as const,
      [varianceOf(layer), variance.data] as const,
    ]);
    return Object.fromEntries(named);
  };
  return {
    name: `${programName("simd128")}, ${[...methods].join(" and ")}`,
    run: () => timed(answer),
    close: () => model.dispose(),
  };
}
