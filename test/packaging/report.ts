import { expect } from "vitest";

/** What `fixture/report.mjs` reports. */
export interface Report {
  variant: string;
  fastestMean: number[];
  portable: Record<string, number[] | number | string>;
}

/** Expects that a host computes on `variant` by default, and everywhere else the bits that every host computes. */
export function expectReport(found: Report, variant: string, reference: Report): void {
  expect(found.portable).toEqual(reference.portable);
  expect(found.variant).toBe(variant);
  // Relaxed SIMD may round once where the portable build rounds twice, over a handful of terms below 2.
  found.fastestMean.forEach((mean, i) => {
    expect(mean).toBeCloseTo(reference.fastestMean[i] ?? Number.NaN, 6);
  });
}
