import { table } from "../../examples/mnist/table.ts";
import { type Published, published } from "./published.ts";
import { type Scores, scoreNames } from "./score.ts";

/** Mean and standard error of every score over the splits. */
export type Summary = Readonly<Record<keyof Scores, Published>>;

const titles: Readonly<Record<keyof Scores, string>> = {
  rmse: "RMSE, mean of the samples",
  logLikelihood: "test log-likelihood",
  scaledRmse: "RMSE, weight-scaled network",
  coverage: "coverage of 95 % intervals",
  crps: "CRPS",
};

/** Summarises the splits. */
export function summaryOf(results: readonly Scores[]): Summary {
  return Object.fromEntries(
    scoreNames.map((name) => {
      const values = results.map((result) => result[name]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return [name, { mean, error: Math.sqrt(squares / values.length / values.length) }];
    }),
  ) as unknown as Summary;
}

/** Whether a score is within two of the published standard errors of the published mean, or better. */
export function reaches(name: "rmse" | "logLikelihood", ours: Published, theirs: Published): boolean {
  const better = name === "rmse" ? theirs.mean - ours.mean : ours.mean - theirs.mean;
  return better >= -2 * theirs.error;
}

/** How the numbers were made. */
export interface Circumstances {
  readonly name: string;
  readonly epochs: number;
  readonly splits: number;
  readonly seconds: number;
  readonly threads: number;
}

/** Returns the table of a set, beside the published numbers if it is `set`, one that has them. */
export function reportOf(
  set: string | undefined,
  summary: Summary,
  { name, epochs, splits, seconds, threads }: Circumstances,
): string {
  const known = set === undefined ? undefined : published[set];
  const rows = scoreNames.map((score) => {
    const theirs = score === "rmse" || score === "logLikelihood" ? known?.[score] : undefined;
    // Of one split no error is known, which would print as none.
    const ours = splits > 1 ? shown(summary[score]) : summary[score].mean.toFixed(3);
    if (theirs === undefined) return [titles[score], ours, "", ""];
    const verdict = reaches(score as "rmse", summary[score], theirs) ? "reached" : "NOT reached";
    return [titles[score], ours, shown(theirs), verdict];
  });
  const over = splits > 1 ? `mean ± standard error over ${splits} splits` : "one split";
  const title = `${name}: ${over}, ${epochs} epochs, ${seconds.toFixed(0)} s on ${threads} threads`;
  const rule =
    known === undefined
      ? ""
      : "\n  reached: within two published standard errors of the published mean, or better";
  return `\n${title}\n${table(["score", "here", "published", ""], rows)}${rule}`;
}

function shown({ mean, error }: Published): string {
  return `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
}
