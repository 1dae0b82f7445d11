import { expect, test } from "vitest";
import { normalDistribution } from "./normal.ts";

// By 50 digits (mpmath 1.3, ncdf).
test.each([
  [-37, 5.725571222524577e-300],
  [-8, 6.220960574271784e-16],
  [-4, 3.1671241833119924e-5],
  [-1, 0.15865525393145705],
  [-0.25, 0.4012936743170763],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [3.9375, 0.9999588325340284],
  [6, 0.9999999990134123],
  [1e6, 1],
])("normalDistribution() of %d is %d", (x, wanted) => {
  // Below -4 the tail is relatively accurate, but for the rounding of its exponent.
  const tolerance = x < -4 ? 1e-12 * wanted : 4e-16;
  expect(Math.abs(normalDistribution(x) - wanted)).toBeLessThanOrEqual(tolerance);
});
