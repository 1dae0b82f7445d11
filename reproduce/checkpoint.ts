import { existsSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { FormatError } from "thinned";
import { UsageError } from "./study.ts";

/** Where a study keeps the state of its training; with `restart` what is there is taken away. */
export function checkpointIn(folder: string, restart: boolean): string {
  const checkpoint = join(folder, "checkpoint.safetensors");
  if (restart) rmSync(checkpoint, { force: true, recursive: true });
  return checkpoint;
}

/**
 * Returns what a fit gives that goes on from a checkpoint. Throws UsageError when the checkpoint is damaged, of another fit, or cannot be
 * read or written: that is in the user's hands, not an error of the study.
 */
export async function resuming<Result>(checkpoint: string, fit: Promise<Result>): Promise<Result> {
  const isThere = existsSync(checkpoint);
  try {
    return await fit;
  } catch (error) {
    const [line = ""] = (error as Error).message.split("\n");
    // In a fit the only file is the checkpoint. What it cannot be written for, such as a full disk, is the user's to change.
    if (line.startsWith('Cannot write "')) throw new UsageError(line, { cause: error });
    const isOfCheckpoint = error instanceof FormatError || /^Cannot (resume: |read ")/.test(line);
    if (!isThere || !isOfCheckpoint) throw error;
    throw new UsageError(
      `${line}; the checkpoint is ${relative(process.cwd(), checkpoint)}: --restart begins without it`,
      { cause: error },
    );
  }
}
