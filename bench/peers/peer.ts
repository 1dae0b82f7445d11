import type { Programs } from "../work/program.ts";

/** A library that people might use instead. */
export interface Peer {
  /** What it is, with versions. */
  readonly version: string;
  readonly programs: Programs;
  close(): Promise<void> | void;
}

/** Why there is no comparison; it is reported, and neither a pass nor a failure. */
export class NotCompared extends Error {
  override readonly name = "NotCompared";
}

/** Returns what `load` imports; a package that is not there is one that is not compared with. */
export async function importPeer<Module>(packageName: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ERR_MODULE_NOT_FOUND" ? "is not installed" : `does not load: ${message}`;
    throw new NotCompared(`${packageName} ${reason}`, { cause: error });
  }
}
