import { type ChunkToScore, scoreChunk, startScores } from "../bayes/scoredChunk.js";
import type { Delivery, Workplace } from "./jobs.js";

const ACTION = "score samples";

/** Scores all samples of some rows: the log-likelihood of each row. */
export async function runScoreJob(
  { instance, network, schedule }: Workplace,
  input: ChunkToScore,
): Promise<Delivery<Float64Array<ArrayBuffer>>> {
  const scores = startScores(instance, network, input);
  try {
    const output = await scoreChunk(ACTION, instance, network, scores, input, schedule);
    return { output, transfer: [output.buffer] };
  } finally {
    scores.dispose();
  }
}
