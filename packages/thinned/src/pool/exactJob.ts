import { type ExactPart, finishPart, startPart, type Values, valuesOf } from "../exactPart.js";
import type { Delivery, Workplace } from "./jobs.js";

const ACTION = "compute exact statistics";

/** Computes some parts of exact statistics. */
export async function runExactJob(
  { instance, network, schedule }: Workplace,
  part: ExactPart,
): Promise<Delivery<Values>> {
  const run = startPart(instance, network, part);
  try {
    await finishPart(ACTION, run, schedule);
    return delivered(valuesOf(ACTION, run, part));
  } finally {
    run.dispose();
  }
}

/** Some blocks of one enumeration: of a single part, or a detail, of a single row. */
export interface BlocksInput {
  readonly part: ExactPart;
  /** Names the enumeration, whose tables serve for all its blocks. */
  readonly key: string;
  readonly first: number;
  readonly end: number;
}

/** Computes some blocks of an enumeration: `sums` has as many numbers for each. */
export async function runBlocksJob(
  { instance, network, schedule, prepared }: Workplace,
  { part, key, first, end }: BlocksInput,
): Promise<Delivery<Values>> {
  const run = prepared.get(key, () => startPart(instance, network, part));
  const work = run.get(ACTION);
  instance.run(() => work.restrict(first, end));
  await schedule.run({
    remaining: () => instance.run(() => work.remainingInBlocks()),
    step: (evaluations) => instance.run(() => work.stepBlocks(evaluations)),
  });
  // Bindings declare any buffer; what they return is a copy of its own.
  return delivered({ sums: instance.run(() => work.blockSums(first, end)) as Float64Array<ArrayBuffer> });
}

function delivered(values: Values): Delivery<Values> {
  return { output: values, transfer: Object.values(values).map(({ buffer }) => buffer) };
}
