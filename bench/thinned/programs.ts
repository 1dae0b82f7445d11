import type { Pool } from "thinned";
import type { Program } from "../work/program.ts";
import type { Work } from "../work/work.ts";
import { enumeration, largeEnumeration, uncountable } from "./enumeration.ts";
import { forward } from "./forward.ts";
import { sampling } from "./sampling.ts";
import { sideBySide } from "./sideBySide.ts";
import { training } from "./training.ts";
import type { BenchVariant } from "./variant.ts";

/**
 * Returns the SDK's own programs for the work: one for each variant that makes a difference to it, and another with the
 * pool where work of its kind can be shared.
 */
export async function ownPrograms(
  work: Work,
  variants: readonly BenchVariant[],
  pool: Pool | undefined,
): Promise<Program[]> {
  const pools = pool === undefined ? [undefined] : [undefined, pool];
  const each = variants.flatMap((variant) => pools.map((shared) => ({ variant, shared })));
  switch (work.kind) {
    case "forward":
      return inTurn(variants, (variant) => forward(work, variant));
    case "training":
      return inTurn(each, ({ variant, shared }) => training(work, variant, shared));
    case "sampling":
      return (
        await inTurn(variants, (variant) => withWorkers(pool, (own) => sampling(work, variant, own)))
      ).flat();
    case "enumeration":
      return inTurn(pools, (shared) => enumeration(work, shared));
    case "largeEnumeration":
      return withWorkers(pool, (own) => largeEnumeration(work, own));
    case "uncountable":
      return inTurn([work], uncountable);
  }
}

/** The program of one thread, that of the pool, and what the pool could gain. */
async function withWorkers(
  pool: Pool | undefined,
  make: (pool: Pool | undefined) => Promise<Program>,
): Promise<Program[]> {
  const alone = await make(undefined);
  return pool === undefined ? [alone] : [alone, await make(pool), await sideBySide(pool, make)];
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
