import { extremes } from "./extremes.js";

/** 1, 2 and 5 times the powers of ten, from the least of the values to the greatest: ticks of a logarithmic axis. */
export function preferred(values: readonly number[]): number[] {
  const [least, most] = extremes(values);
  return decadesOf(values)
    .flatMap((power) => [power, 2 * power, 5 * power])
    .filter((tick) => tick >= least && tick <= most);
}

/** The powers of ten from the decade of the least of the values to that of the greatest. */
export function decadesOf(values: readonly number[]): number[] {
  const exponents = values.map((value) => Math.floor(Math.log10(value)));
  const [first, last] = extremes(exponents);
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}
