import { init, type VariantName } from "thinned";
import { UsageError } from "./study.ts";

const variants: readonly VariantName[] = ["simd128", "relaxed", "wide"];

/** Returns the variant that the option names. */
export function readVariant(name: string): VariantName {
  const variant = variants.find((known) => known === name);
  if (variant !== undefined) return variant;
  throw new UsageError(
    `Cannot run on ${JSON.stringify(name)}: there is no such variant; wanted: ${variants.join(", ")}`,
  );
}

/** Makes models run on a variant, or on the next fastest, and then says why; returns which it is. */
export async function useVariant(study: string, wanted: VariantName): Promise<VariantName> {
  const { variant, fallback } = await init({ variant: wanted });
  if (fallback !== undefined) console.error(`${study}: running on ${variant}: ${fallback}`);
  return variant;
}
