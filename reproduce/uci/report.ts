import { table } from "../../examples/mnist/table.ts";
import { type Published, published } from "./published.ts";
import type { Scores } from "./score.ts";

/** Mean and standard error of every score over the splits. */
export type Summary = Readonly<Record<keyof Scores, Published>>;

const names = ["rmse", "logLikelihood", "scaledRmse", "coverage", "crps"] as const satisfies (keyof Scores)[];

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
    names.map((name) => {
      const values = results.map((result) => result[name]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return [name, { mean, error: Math.sqrt(squares / values.length / values.length) }];
    }),
  ) as unknown as Summary;
}

/** Whether a score is within two standard errors of the published one, or better. */
function reaches(name: "rmse" | "logLikelihood", ours: Published, theirs: Published): boolean {
  const better = name === "rmse" ? theirs.mean - ours.mean : ours.mean - theirs.mean;
  return better > -2 * Math.hypot(ours.error, theirs.error);
}

/** Returns the table of a set, beside the published numbers where there are any. */
export function reportOf(
  set: string,
  summary: Summary,
  {
    epochs,
    seconds,
    threads,
  }: { readonly epochs: number; readonly seconds: number; readonly threads: number },
): string {
  const known = published[set];
  const rows = names.map((name) => {
    const theirs = name === "rmse" || name === "logLikelihood" ? known?.[name] : undefined;
    const verdict =
      theirs === undefined ? "" : reaches(name as "rmse", summary[name], theirs) ? "reached" : "NOT reached";
    return [titles[name], shown(summary[name]), theirs === undefined ? "" : shown(theirs), verdict];
  });
  const title = `${set}: mean ± standard error over the splits, ${epochs} epochs, ${seconds.toFixed(0)} s on ${threads} threads`;
  return `\n${title}\n${table(["score", "here", "published", ""], rows)}`;
}

function shown({ mean, error }: Published): string {
  return `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
}
