import { printed } from "./argument.js";

/**
 * A place for one file, in the words of the caller: a database, the origin private file system, a server. `write()` has
 * to leave the old content or the new one, never a mixture.
 */
export interface CheckpointStore {
  /** Returns what was written last, or undefined when nothing was. */
  read(): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  write(bytes: Uint8Array): Promise<void> | void;
}

/** Returns the store that was given, or that of a file in Node. */
export function checkStore(action: string, name: string, value: unknown): CheckpointStore {
  if (typeof value === "string" && value !== "") return fileStore(value);
  const { read, write } = (typeof value === "object" && value !== null ? value : {}) as CheckpointStore;
  if (typeof read === "function" && typeof write === "function") return value as CheckpointStore;
  throw new TypeError(
    `Cannot ${action}: ${name} is ${printed(value)}, a path or an object with read() and write() is wanted`,
  );
}

/** The functions of `node:fs/promises` that are used, which have no types where there is no Node. */
interface NodeFiles {
  readFile(path: string): Promise<Uint8Array>;
  appendFile(path: string, text: string): Promise<void>;
  writeFile(path: string, text: string): Promise<void>;
  truncate(path: string, sizeBytes: number): Promise<void>;
  access(path: string, mode: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: boolean }): Promise<void>;
  open(path: string, flags: string): Promise<NodeFile>;
}

interface NodeFile {
  writeFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Returns the files of Node; throws where there are none. An import would send bundlers for browsers looking for them. */
export function nodeFiles(action: string): NodeFiles {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => NodeFiles | undefined };
  };
  const files = process?.getBuiltinModule?.("node:fs/promises");
  if (files !== undefined) return files;
  throw new TypeError(
    `Cannot ${action}: a path is for Node 20.16 or newer; here an object with read() and write() is wanted`,
  );
}

/**
 * Returns the store of a file: what is written goes to a temporary file beside it, to the disk, and then takes its name,
 * so that whenever the process dies the old content or the new one is there.
 */
function fileStore(path: string): CheckpointStore {
  return {
    async read() {
      const { readFile } = nodeFiles(`read ${printed(path)}`);
      try {
        return await readFile(path);
      } catch (error) {
        if ((error as { code?: string }).code === "ENOENT") return undefined;
        throw failure(`read ${printed(path)}`, error, "a file that can be read is wanted");
      }
    },
    async write(bytes) {
      const files = nodeFiles(`write ${printed(path)}`);
      // One name, so that a process that is killed leaves no more than one behind; a path is for one writer at a time.
      const temporary = `${path}.tmp`;
      try {
        await writeThrough(files, temporary, bytes);
        await files.rename(temporary, path);
      } catch (cause) {
        await files.rm(temporary, { force: true }).catch(() => undefined);
        const wanted = "the file is as it was before, room on the disk and the right to write are wanted";
        throw failure(`write ${printed(path)}`, cause, wanted);
      }
      await syncFolder(files, path);
    },
  };
}

/** Returns the error of an action that the file system has refused. */
export function failure(action: string, cause: unknown, wanted: string): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`Cannot ${action}: ${reason}; ${wanted}`, { cause });
}

/** `W_OK | X_OK`: what it takes to make a file in a folder. */
const MAY_ENTER_AND_WRITE = 3;

/** Throws when the folder of a path is not there or may not be written to: found before a long call, and not at its end. */
export async function refuseMissingFolder(action: string, path: string): Promise<void> {
  try {
    await nodeFiles(action).access(folderOf(path), MAY_ENTER_AND_WRITE);
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
    throw failure(action, cause, "a folder that is there, and the right to write into it, are wanted");
  }
}

/** Returns the folder of a path, with the separator at its end, so that a file is told from it. */
const folderOf = (path: string): string => path.replace(/[^/\\]*$/, "") || ".";

async function writeThrough(files: NodeFiles, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.open(path, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the new name last through a loss of power, on systems that let a folder be opened. */
async function syncFolder(files: NodeFiles, path: string): Promise<void> {
  const handle = await files.open(folderOf(path), "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch (error) {
    // Windows and some network disks have no such thing; the file itself is on the disk by then.
    if (!["EPERM", "EINVAL", "EISDIR", "ENOTSUP"].includes(String((error as { code?: string }).code)))
      throw error;
  } finally {
    await handle.close();
  }
}
