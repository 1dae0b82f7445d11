import type { Program } from "../work/program.ts";
import type { Work } from "../work/work.ts";
import { enumeration } from "./enumeration.ts";
import { forward } from "./forward.ts";
import { sampling } from "./sampling.ts";
import { training } from "./training.ts";
import type { BenchVariant } from "./variant.ts";

/** Returns the SDK's own programs for the work, one for each variant that makes a difference to it. */
export function ownPrograms(work: Work, variants: readonly BenchVariant[]): Promise<Program[]> {
  if (work.kind === "enumeration") return enumeration(work).then((program) => [program]);
  return inTurn(variants, (variant) => ownProgram(work, variant));
}

function ownProgram(work: Exclude<Work, { kind: "enumeration" }>, variant: BenchVariant): Promise<Program> {
  switch (work.kind) {
    case "forward":
      return forward(work, variant);
    case "sampling":
      return sampling(work, variant);
    case "training":
      return training(work, variant);
  }
}

// `init()` holds for the models that are made after it: two at a time would get each other's variant.
async function inTurn<Item, Result>(
  items: readonly Item[],
  make: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await make(item));
  return results;
}
