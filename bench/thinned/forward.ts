import { output } from "../work/answer.ts";
import { type Program, timed } from "../work/program.ts";
import type { Forward } from "../work/work.ts";
import { modelOf } from "./model.ts";
import { type BenchVariant, programName } from "./variant.ts";

/** `predict()`, as a user calls it: arguments are checked, rows copied in and results copied out. */
export async function forward({ network, x, rows }: Forward, variant: BenchVariant): Promise<Program> {
  const model = await modelOf(network, variant);
  const input = { data: x, shape: [rows, x.length / rows] };
  return {
    name: programName(variant),
    run: () => timed(() => ({ [output]: model.predict(input).data })),
    close: () => model.dispose(),
  };
}
