import type { Course } from "./probe.ts";

/** An activity above this is an active unit's, as in figure 2b of the paper: "0.1 < O after training". */
export const ACTIVE = 0.1;

/** Which units are active after training, and which are not, by their last means `[epochs, units]`. */
export function partedByActivity(means: readonly ArrayLike<number>[]): {
  readonly active: readonly number[];
  readonly inactive: readonly number[];
} {
  const last = Array.from(means.at(-1) ?? []);
  const units = [...last.keys()];
  const isActive = (unit: number) => (last[unit] as number) > ACTIVE;
  return { active: units.filter(isActive), inactive: units.filter((unit) => !isActive(unit)) };
}

/** The hidden layer that figure 2a is of. */
export const typicalLayer = (names: readonly string[]): string => names[1] ?? "";

/** Which units of the layer of figure 2a are active after training, and which are not. */
export function typicalUnits(
  course: Course,
  names: readonly string[],
): { readonly active: readonly number[]; readonly inactive: readonly number[] } {
  return partedByActivity(course.mean[typicalLayer(names)] ?? []);
}
