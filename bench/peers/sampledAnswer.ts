import { type Answer, meanOf, varianceOf } from "../work/answer.ts";
import { reportedLayers, type Sampling } from "../work/work.ts";
import { GroupedMoments } from "./moments.ts";

/** Returns empty moments for each reported layer, `[rows, units]`. */
export function emptyMoments(work: Sampling): GroupedMoments[] {
  return reportedLayers(work).map(
    (layer) => new GroupedMoments(work.rows * (work.network[layer]?.units ?? 0)),
  );
}

/** Returns the moments of the reported layers as the answer. */
export function sampledAnswer(work: Sampling, moments: readonly GroupedMoments[]): Answer {
  const named = reportedLayers(work).flatMap((layer, i) => {
    const { mean, variance } = moments[i] as GroupedMoments;
    return [
      [meanOf(layer), mean],
      [varianceOf(layer), variance],
    ] as const;
  });
  return Object.fromEntries(named);
}

/**
 * Numbers of the widest layer of a group. With fewer, peers lose time between their calls, with more, out of the caches: between
 * 2^17 and 2^21 this is the best, or within a few percent of it, for every peer on W2 and W8.
 */
const NUMBERS_PER_GROUP = 2 ** 20;

/** Returns how many samples a peer takes at a time; it divides the number of samples. */
export function groupSize({ network, samples, rows }: Sampling): number {
  const widest = Math.max(...network.map(({ units }) => units));
  const most = Math.max(1, Math.floor(NUMBERS_PER_GROUP / (rows * widest)));
  for (let size = Math.min(samples, most); ; size--) {
    if (samples % size === 0) return size;
  }
}
