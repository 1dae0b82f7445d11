// Gal & Ghahramani (2016), "Dropout as a Bayesian Approximation", table 1: regression on the sets of the UCI repository.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ProgressBar } from "../../examples/mnist/progress.ts";
import { announce, commandOf, outputFolder, writeRecord } from "../output.ts";
import { type Study, UsageError } from "../study.ts";
import { type Run, readRun, usage } from "./options.ts";
import { type RegressionSet, readRegressionSet } from "./regressionSet.ts";
import { type Circumstances, reportOf, type Summary, summaryOf } from "./report.ts";
import type { SplitResult } from "./split.ts";
import { runSplits } from "./splits.ts";
import { readUnfinished, writeUnfinished } from "./unfinished.ts";

async function run(args: readonly string[]): Promise<void> {
  const plan = readRun(args);
  const set = readRegressionSet(plan.folder);
  const wanted = plan.splits ?? set.splits.length;
  if (wanted > set.splits.length) {
    throw new UsageError(`Cannot run ${wanted} splits: the set has ${set.splits.length}`);
  }
  const epochs = plan.epochs ?? set.epochs;
  if (plan.keep && (wanted < set.splits.length || epochs !== set.epochs)) {
    throw new UsageError(
      `Cannot keep ${wanted} splits of ${epochs} epochs: the record is of all ${set.splits.length} of ${set.epochs}; run without --keep`,
    );
  }
  const study = `uci-${plan.name}`;
  const file = join(outputFolder(study), "splits.json");
  if (plan.restart) rmSync(file, { force: true, recursive: true });
  // What results and their time are of: the same set, protocol, splits, epochs and threads.
  const key = `${set.fingerprint}, ${wanted} splits, ${epochs} epochs, ${plan.threads} threads`;
  const before = readUnfinished(file, key);
  const results = [...before.results];
  if (results.length > 0) {
    console.error(
      `uci: goes on after ${results.length} splits of a run that was interrupted (--restart begins anew)`,
    );
  } else if (existsSync(file)) {
    console.error(
      "uci: begins anew: the run that was interrupted was of other data, splits, epochs or threads",
    );
  }
  const missing = [...Array(wanted).keys()].filter(
    (split) => !results.some((result) => result.split === split),
  );
  const started = performance.now();
  const seconds = () => before.seconds + (performance.now() - started) / 1000;
  await work(missing, plan, set, (result) => {
    results.push(result);
    writeUnfinished(file, key, { results, seconds: seconds() });
  });
  const chosen = results.filter(({ split }) => split < wanted).sort((a, b) => a.split - b.split);
  const summary = summaryOf(chosen);
  const circumstances = { epochs, splits: wanted, seconds: seconds(), threads: plan.threads };
  console.log(reportOf(plan.known, summary, { ...circumstances, name: plan.name }));
  const record = {
    command: commandOf("uci", args),
    set: plan.known,
    name: plan.name,
    ...circumstances,
    // Of the first network of split k; see split.ts.
    seed: "1000 · (k + 1)",
    summary,
    results: chosen,
  };
  const paths = await writeRecord(study, record, plan.keep);
  // A run that is asked for again is computed again.
  rmSync(file, { force: true });
  announce(paths);
}

async function work(
  splits: readonly number[],
  { folder, epochs, threads }: Run,
  set: RegressionSet,
  onResult: (result: SplitResult) => void,
): Promise<void> {
  const bar = new ProgressBar("splits");
  const total = splits.length * (set.rates.length * set.taus.length + 1);
  let trained = 0;
  await runSplits(
    splits,
    threads,
    { folder, epochs },
    {
      onTrained: () => bar.update(++trained / total, `${trained} of ${total} networks`),
      onResult: (result) => {
        const { split, rate, tau, rmse, logLikelihood, seconds } = result;
        const scores = `RMSE ${rmse.toFixed(3)}, log-likelihood ${logLikelihood.toFixed(3)}`;
        bar.step(`split ${split}: rate ${rate}, tau ${tau}, ${scores}, ${seconds.toFixed(1)} s`);
        onResult(result);
      },
    },
  );
  bar.end();
}

/** The record of a run, as far as the page of results reads it. */
interface Kept extends Circumstances {
  /** Of a set with published results. */
  readonly set?: string;
  readonly summary: Summary;
}

export const study: Study = {
  about: "Gal & Ghahramani 2016, table 1: RMSE and test log-likelihood on regression sets, 20 splits",
  usage,
  run,
  section: (kept: Kept) => `\`\`\`\n${reportOf(kept.set, kept.summary, kept).trim()}\n\`\`\``,
};
