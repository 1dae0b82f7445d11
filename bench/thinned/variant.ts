import { init, type Pool, type VariantName } from "thinned";

/** The builds of the SDK that a bench can choose. */
export const variants = ["simd128", "relaxed", "wide"] as const satisfies readonly VariantName[];

/** Those that it takes unless told otherwise: the flag of `"wide"` would hold for the peers in WebAssembly too. */
export const usualVariants: readonly BenchVariant[] = ["simd128", "relaxed"];

export type BenchVariant = (typeof variants)[number];

/** Returns whether this host can run the variant. */
export async function isAvailable(variant: BenchVariant): Promise<boolean> {
  return init({ variant }).then(
    (result) => result.variant === variant,
    () => false,
  );
}

/** Returns what the report calls the SDK on this variant. */
export function programName(variant: string): string {
  return `thinned, ${variant}`;
}

/** Returns the name of so many calls at once, and of one. */
export function besideName(alone: string, calls: number): { name: string; alone: string } {
  return { name: `${alone}, ${calls} calls at once`, alone };
}

/** Returns the name of a program when workers share its work, and of the one without them. */
export function pooledName(alone: string, pool: Pool | undefined): { name: string; alone?: string } {
  return pool === undefined ? { name: alone } : { name: `${alone}, ${pool.threads} threads`, alone };
}
