import { printed } from "./argument.js";
import { FormatError } from "./errors.js";
import type { Values } from "./exactPart.js";
import { fingerprint } from "./fingerprint.js";
import { isRecord } from "./json.js";

/**
 * To be raised with every change of what is written, and of where `exactTasks.ts` cuts work: results go by the numbers of their
 * tasks.
 */
const FORMAT = "thinned checkpoint 2";

/** What tells one request from another, in the words of an error message. */
export type Identity = Readonly<Record<string, string>>;

/** What a checkpoint of `exact()` holds. */
interface Recorded {
  readonly identity: Identity;
  /** Results by the number of their task. */
  readonly done: Map<number, Values>;
}

/** The same as JSON has it. */
interface Contents {
  readonly identity: Identity;
  readonly done: readonly (readonly [number, Record<string, string>])[];
}

/** Returns a checkpoint as JSON, with a checksum of what it holds. */
export function encodeCheckpoint({ identity, done }: Recorded): Uint8Array<ArrayBuffer> {
  const contents: Contents = {
    identity,
    done: [...done].map(([index, values]) => [index, encodeValues(values)]),
  };
  const text = JSON.stringify({ format: FORMAT, checksum: checksumOf(contents), ...contents });
  return new TextEncoder().encode(text);
}

/**
 * Returns what a checkpoint holds.
 *
 * @throws TypeError when `bytes` are none
 * @throws FormatError when they are no checkpoint, one of another format, or not as they were written
 */
export function decodeCheckpoint(action: string, bytes: unknown): Recorded {
  const wanted = "the bytes that exact() wrote are wanted";
  if (!ArrayBuffer.isView(bytes)) {
    throw new TypeError(`Cannot ${action}: checkpoint.read() gave ${printed(bytes)}, ${wanted}`);
  }
  const refuse = (what: string, cause?: unknown): never => {
    const message = `Cannot ${action}: checkpoint.read() gave ${bytes.byteLength} bytes that are ${what}; ${wanted}`;
    throw new FormatError(message, { cause });
  };
  const { format, checksum, identity, done } = parse(bytes, refuse);
  if (format !== FORMAT) {
    refuse(
      `no checkpoint of this version (their format is ${printed(format)}, here it is ${printed(FORMAT)})`,
    );
  }
  const contents = { identity, done } as Contents;
  const found = checksumOf(contents);
  // Before anything in it is looked at: what passes is what was written, names, lengths and NaN included.
  if (checksum !== found) {
    refuse(
      `a damaged checkpoint (their checksum is ${printed(checksum)}, that of their contents ${printed(found)})`,
    );
  }
  return {
    identity: contents.identity,
    done: new Map(contents.done.map(([index, values]) => [index, decodeValues(values)])),
  };
}

function parse(
  bytes: ArrayBufferView,
  refuse: (what: string, cause: unknown) => never,
): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(json) ? json : {};
  } catch (cause) {
    return refuse(`no checkpoint (${String(cause)})`, cause);
  }
}

/** Returns a checksum that does not depend on how JSON is laid out. */
function checksumOf({ identity, done }: Contents): string {
  return fingerprint([new TextEncoder().encode(JSON.stringify([identity, done]))]);
}

function encodeValues(values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, numbers]) => {
      // Base64 of the bytes: JSON would lose the sign of a zero, and NaN.
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      return [name, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))];
    }),
  );
}

function decodeValues(values: Record<string, string>): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      return [name, new Float64Array(bytes.buffer)];
    }),
  );
}
