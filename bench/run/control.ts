import type { LoadedCase } from "../cases/case.ts";
import { convolveRow } from "../reference/convolve.ts";
import { forwardRow } from "../reference/forward.ts";
import { type Answer, meanOf, varianceOf, WrongAnswer } from "../work/answer.ts";
import { reportedLayers, type Sampling } from "../work/work.ts";

/**
 * Returns whether the check of sampling work takes the answer of the network without gates: what a program computes whose gates an
 * optimiser has removed.
 */
export function takesWithoutGates({ work, check }: LoadedCase): boolean {
  if (work.kind !== "sampling") return false;
  try {
    check(answerWithoutGates(work));
    return true;
  } catch (error) {
    if (error instanceof WrongAnswer) return false;
    throw error;
  }
}

/** Every sample is the same. */
function answerWithoutGates(work: Sampling): Answer {
  const { convolutions, network, x, rows } = work;
  const inputs = x.length / rows;
  const images = Array.from({ length: rows }, (_, row) =>
    convolveRow(convolutions, x.subarray(row * inputs, (row + 1) * inputs)),
  );
  const named = reportedLayers(work).flatMap((layer) => {
    const layers = network.slice(0, layer + 1);
    const mean = Float64Array.from(images.flatMap((image) => [...forwardRow(layers, image)]));
    return [
      [meanOf(layer), mean],
      [varianceOf(layer), new Float64Array(mean.length)],
    ] as const;
  });
  return Object.fromEntries(named);
}
