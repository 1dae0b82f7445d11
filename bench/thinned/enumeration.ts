import type { ExactMethod, Pool } from "thinned";
import { type Answer, meanOf, varianceOf } from "../work/answer.ts";
import { type Program, timed } from "../work/program.ts";
import type { Enumeration, LargeEnumeration, Uncountable } from "../work/work.ts";
import { modelOf } from "./model.ts";
import { pooledName, programName } from "./variant.ts";

/** Above the subnetworks of any case. */
const BUDGET = 2 ** 40;

/** `exact()` of every layer; it always runs on simd128. */
export function enumeration(work: Enumeration, pool: Pool | undefined): Promise<Program> {
  return exactly(work, work.method, pool);
}

/** `exact()` by the method that goes through every subnetwork. */
export function largeEnumeration(work: LargeEnumeration, pool: Pool | undefined): Promise<Program> {
  return exactly(work, "split", pool);
}

/** `exact()` of what needs a method that does not go through the subnetworks. */
export function uncountable(work: Uncountable): Promise<Program> {
  return exactly(work, work.method, undefined);
}

async function exactly(
  { network, x }: Enumeration | LargeEnumeration | Uncountable,
  method: ExactMethod | undefined,
  pool: Pool | undefined,
): Promise<Program> {
  const model = await modelOf(network, "simd128");
  const input = { data: x, shape: [1, x.length] };
  const methods = new Set(
    Object.values(model.explainExact({ layer: "all", method })).map((plan) => plan.method),
  );
  const answer = async (): Promise<Answer> => {
    const results = Object.values(await model.exact(input, { layer: "all", method, budget: BUDGET, pool }));
    const named = results.flatMap(({ mean, variance }, layer) => [
      [meanOf(layer), mean.data] as const,
      [varianceOf(layer), variance.data] as const,
    ]);
    return Object.fromEntries(named);
  };
  return {
    ...pooledName(`${programName("simd128")}, ${[...methods].join(" and ")}`, pool),
    run: () => timed(answer),
    close: () => model.dispose(),
  };
}
