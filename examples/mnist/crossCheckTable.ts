import type { CrossCheck } from "thinned";
import { table } from "./table.ts";

/** Classes shown of each digit: the likeliest ones, where there is something to see. */
const shownClasses = 3;

/** Exact, sampled and deterministic values of the likeliest classes of each row, with z-scores. */
export function crossCheckTable(check: CrossCheck, labels: readonly number[]): string {
  const { exact, sampled, zMean, zVariance } = check;
  const nwgm = exact.nwgm;
  if (!nwgm) throw new TypeError("Cannot print the cross-check: its output has no geometric means");
  const width = exact.mean.shape[1] as number;
  const rows = labels.flatMap((label, row) => {
    const at = (cls: number) => row * width + cls;
    const probability = (cls: number) => exact.mean.data[at(cls)] as number;
    const classes = [...Array(width).keys()].sort(
      (first, second) => probability(second) - probability(first),
    );
    return classes.slice(0, shownClasses).map((cls, place) => {
      const value = (tensor: { data: Float64Array }, digits: number) =>
        (tensor.data[at(cls)] as number).toFixed(digits);
      return [
        place === 0 ? `a ${label}` : "",
        String(cls),
        value(exact.mean, 5),
        value(sampled.mean, 5),
        value(zMean, 1),
        value(exact.variance, 5),
        value(sampled.variance, 5),
        value(zVariance, 1),
        value(nwgm, 5),
        value(exact.deterministic, 5),
      ];
    });
  });
  const header = ["digit", "class", "E", "sampled", "z", "V", "sampled", "z", "NWGM", "O*"];
  return table(header, rows);
}

/** One sentence on whether the sampler agrees with the enumeration. */
export function verdict({ agrees, worst, zMean }: CrossCheck): string {
  const comparisons = 2 * zMean.data.length;
  const [first] = worst;
  const words = agrees ? "agree" : "DISAGREE";
  return (
    `Sampled and exact ${words}: of ${comparisons} comparisons the worst has a |z| of ` +
    `${Math.abs(first?.z ?? 0).toFixed(2)}, and may have ${first?.limit.toFixed(2)}.`
  );
}
