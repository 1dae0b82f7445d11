import { printed, printedShape } from "./argument.js";
import { FormatError } from "./errors.js";
import { isCounts, isRecord } from "./json.js";
import { sizeOf, type Tensor } from "./tensor.js";

/** A header longer than this is refused, as by the reference implementation of the format. */
const MOST_HEADER_BYTES = 100_000_000;

const LENGTH_BYTES = 8;

/** The key of the header that is no tensor. */
const METADATA = "__metadata__";

/** Tensors with names, and a text of free use: the content of a safetensors file. */
export interface SafetensorsFile {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Returns the bytes of a file: 8 bytes of header length, the JSON header, then the data in the order of the tensors. */
export function writeSafetensors({ metadata, tensors }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries: [string, unknown][] = [[METADATA, Object.fromEntries(metadata)]];
  for (const [name, { data, shape }] of tensors) {
    const start = end;
    end += data.byteLength;
    entries.push([name, { dtype: "F32", shape, data_offsets: [start, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Spaces after the header keep the data aligned, for readers that map the file.
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes + end).fill(0x20, 0, LENGTH_BYTES + headerBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Returns the content of a file from a stranger. Every count and offset is checked against the bytes that are there
 * before anything is allocated for it; afterwards the tensors are copies. `accept` may throw on the metadata, which are
 * read first; `action` is what messages say cannot be done.
 *
 * @throws FormatError when the file is truncated, malformed, or holds tensors that are not float32
 */
export function parseSafetensors(
  bytes: Uint8Array,
  accept: (metadata: ReadonlyMap<string, string>) => void = () => undefined,
  action = "load",
): SafetensorsFile {
  const { json, data } = splitFile(bytes, action);
  const header = parseHeader(json, action);
  const description = Object.hasOwn(header, METADATA) ? header[METADATA] : {};
  const metadata = readMetadata(description, action);
  accept(metadata);
  const entries = Object.entries(header).filter(([name]) => name !== METADATA);
  const places = entries.map(([name, entry]) => readPlace(name, entry, data.length, action));
  checkCover(places, data.length, action);
  const tensors = new Map(
    places.map(({ name, shape, start, end }): [string, Tensor] => {
      // A copy, because the data of the file may not be aligned to 4 bytes.
      const values = new Float32Array(data.slice(start, end).buffer);
      return [name, { data: values, shape }];
    }),
  );
  return { metadata, tensors };
}

interface Place {
  readonly name: string;
  readonly shape: number[];
  /** Byte range within the data. */
  readonly start: number;
  readonly end: number;
}

function splitFile(bytes: Uint8Array, action: string): { json: Uint8Array; data: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) {
    throw new FormatError(
      `Cannot ${action}: the file has ${bytes.length} bytes, ${LENGTH_BYTES} of header length are wanted`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  const most = Math.min(bytes.length - LENGTH_BYTES, MOST_HEADER_BYTES);
  if (length > BigInt(most)) {
    throw new FormatError(
      `Cannot ${action}: the file claims a header of ${length} bytes, at most ${most} are possible`,
    );
  }
  const end = LENGTH_BYTES + Number(length);
  return { json: bytes.subarray(LENGTH_BYTES, end), data: bytes.subarray(end) };
}

function parseHeader(json: Uint8Array, action: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json));
  } catch (cause) {
    throw new FormatError(`Cannot ${action}: the header of the file is no JSON in UTF-8`, { cause });
  }
  if (!isRecord(header)) throw new FormatError(`Cannot ${action}: the header of the file is no JSON object`);
  return header;
}

function readMetadata(entry: unknown, action: string): Map<string, string> {
  const metadata = new Map<string, string>();
  if (!isRecord(entry))
    throw new FormatError(`Cannot ${action}: __metadata__ is ${printed(entry)}, an object is wanted`);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== "string") {
      throw new FormatError(
        `Cannot ${action}: __metadata__ has ${printed(value)} at ${printed(key)}, a string is wanted`,
      );
    }
    metadata.set(key, value);
  }
  return metadata;
}

function readPlace(name: string, entry: unknown, dataBytes: number, action: string): Place {
  const tensor = `tensor ${printed(name)}`;
  if (!isRecord(entry))
    throw new FormatError(`Cannot ${action}: ${tensor} is ${printed(entry)}, an object is wanted`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32")
    throw new FormatError(`Cannot ${action}: ${tensor} has dtype ${printed(dtype)}, "F32" is wanted`);
  if (!isCounts(shape) || shape.length > 8) {
    throw new FormatError(
      `Cannot ${action}: ${tensor} has shape ${printed(shape)}, at most 8 sizes are wanted`,
    );
  }
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw new FormatError(
      `Cannot ${action}: ${tensor} has offsets ${printed(offsets)}, [start, end] is wanted`,
    );
  }
  const [start, end] = offsets as [number, number];
  if (start > end || end > dataBytes) {
    throw new FormatError(
      `Cannot ${action}: ${tensor} has offsets [${start}, ${end}], the file has ${dataBytes} bytes of data`,
    );
  }
  const sizeBytes = sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT;
  if (end - start !== sizeBytes) {
    throw new FormatError(
      `Cannot ${action}: ${tensor} has ${end - start} bytes, its shape ${printedShape(shape)} wants ${sizeBytes}`,
    );
  }
  return { name, shape, start, end };
}

/** Throws unless the tensors fill the data, without a gap or an overlap: nothing may hide in a file. */
function checkCover(places: readonly Place[], dataBytes: number, action: string): void {
  let covered = 0;
  for (const { name, start, end } of [...places].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) {
      throw new FormatError(
        `Cannot ${action}: tensor ${printed(name)} starts at byte ${start} of the data, ${covered}, the end of the one before, is wanted`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new FormatError(
      `Cannot ${action}: the tensors cover ${covered} bytes of data, the file has ${dataBytes}`,
    );
  }
}
