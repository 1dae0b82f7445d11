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
 * Returns what a fit gives that goes on from a checkpoint. Throws UsageError when the checkpoint is damaged, or of another fit: that
 * is in the user's hands, not an error of the study.
 */
export async function resuming<Result>(checkpoint: string, fit: Promise<Result>): Promise<Result> {
  const isThere = existsSync(checkpoint);
  try {
    return await fit;
  } catch (error) {
    const { message, syscall, path } = error as NodeJS.ErrnoException;
    // In a fit the only file that is read is the checkpoint.
    const isUnreadable = syscall === "read" || (syscall === "open" && path === checkpoint);
    const isOfCheckpoint =
      isUnreadable || error instanceof FormatError || message.startsWith("Cannot resume: ");
    if (!isThere || !isOfCheckpoint) throw error;
    const [line] = message.split("\n");
    throw new UsageError(
      `${isUnreadable ? "Cannot resume: " : ""}${line}; the checkpoint is ${relative(process.cwd(), checkpoint)}: --restart begins without it`,
      { cause: error },
    );
  }
}
