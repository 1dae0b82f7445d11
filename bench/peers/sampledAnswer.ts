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
