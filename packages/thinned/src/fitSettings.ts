import { describeCallback, hasState } from "./callbackState.js";
import type { Checkpoint } from "./checkpoint.js";
import type { Examples } from "./examples.js";
import { Fingerprint } from "./fingerprint.js";
import type { Schedule } from "./schedule.js";
import type { FitRequest } from "./training.js";

/** Numbers that are mixed into a fingerprint between two looks at the clock. */
const CHUNK = 2 ** 16;

/** Returns what has to be the same in a fit that goes on with the checkpoint of another. */
export function fitSettings(
  request: FitRequest,
  variant: string,
  data: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const { source, validation, loss, prior, optimizer, metrics, seed, callbacks, maskSharing } = request;
  return {
    variant,
    seed,
    loss: loss.name,
    delta: loss.delta,
    ...(prior !== undefined && { prior }),
    optimizer: JSON.parse(JSON.stringify(optimizer)),
    maskSharing,
    metrics: metrics.map(({ name, k }) => `${name} ${k}`),
    ...source.description,
    validationRows: validation?.batch.rows ?? 0,
    callbacks: callbacks.filter(hasState).map(describeCallback),
    ...data,
  };
}

/**
 * Returns fingerprints of all numbers that a fit has in memory: of the rows to train on, those to validate on, and what they
 * count. Batches as they come have none.
 */
export async function dataFingerprints(
  { source, validation }: FitRequest,
  schedule: Schedule,
): Promise<Record<string, string>> {
  const prints: Record<string, string> = {};
  for (const [part, examples] of [
    ["to train on", source.examples],
    ["to validate on", validation],
  ] as const) {
    for (const [name, numbers] of Object.entries(numbersOf(examples))) {
      prints[`${name} ${part}`] = await fingerprintOf(numbers, schedule);
    }
  }
  return prints;
}

function numbersOf(examples: Examples | undefined): Record<string, Float32Array> {
  if (examples === undefined) return {};
  const { batch, targets, weights } = examples;
  return { x: batch.data, y: targets.data, sampleWeight: weights };
}

async function fingerprintOf(numbers: Float32Array, schedule: Schedule): Promise<string> {
  const print = new Fingerprint();
  for (let first = 0; first < numbers.length; first += CHUNK) {
    print.add(numbers.subarray(first, first + CHUNK));
    if (schedule.over) await schedule.next();
  }
  return `of fingerprint ${print}`;
}

/** Throws RangeError, with what differs, unless a checkpoint is of a fit with these settings. */
export function refuseOtherSettings(settings: Record<string, unknown>, found: Checkpoint["settings"]): void {
  for (const key of new Set([...Object.keys(settings), ...Object.keys(found)])) {
    const [theirs, ours] = [found[key], settings[key]].map((value) => JSON.stringify(value));
    if (theirs === ours) continue;
    const wanted = / to (train|validate) on$/.test(key) ? "data" : "options";
    throw new RangeError(
      `Cannot resume: the checkpoint was written with ${key} ${theirs ?? "none"}, this fit has ${ours ?? "none"}; the same ${wanted} are wanted`,
    );
  }
}
