import { init, type VariantName } from "thinned";

/** The builds of the SDK that a bench can choose. */
export const variants = ["simd128", "relaxed"] as const satisfies readonly VariantName[];

export type BenchVariant = (typeof variants)[number];

/** Returns whether this host can run the variant. */
export async function isAvailable(variant: BenchVariant): Promise<boolean> {
  return init({ variant }).then(
    () => true,
    () => false,
  );
}

/** Returns what the report calls the SDK on this variant. */
export function programName(variant: string): string {
  return `thinned, ${variant}`;
}
