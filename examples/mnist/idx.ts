/** An array of bytes with its shape, as IDX files hold it. */
export interface Idx {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

// Third byte of the magic number: the type of the elements.
const unsignedByte = 0x08;

/**
 * The contents of an IDX file of unsigned bytes: two zero bytes, the element type, the rank, the sizes as
 * big-endian 32-bit integers, and the elements row by row.
 *
 * @throws RangeError when the header is not of this form or the file is not exactly as long as its shape
 *   says.
 */
export function parseIdx(bytes: Uint8Array, name: string): Idx {
  const refuse = (problem: string) => new RangeError(`Cannot read ${name}: ${problem}`);
  const [zero, alsoZero, type, rank] = bytes;
  if (rank === undefined) throw refuse(`it has ${bytes.length} bytes, wanted a header of at least 4`);
  if (zero !== 0 || alsoZero !== 0 || type !== unsignedByte || rank === 0) {
    const magic = Buffer.from(bytes.subarray(0, 4)).toString("hex");
    throw refuse(`its magic number is ${magic}, wanted 000008 and a rank: an IDX file of unsigned bytes`);
  }
  const header = 4 + 4 * rank;
  if (bytes.length < header) throw refuse(`it has ${bytes.length} bytes, wanted a header of ${header}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== header + size) {
    throw refuse(`it has ${bytes.length} bytes, wanted ${header + size} for its shape [${shape}]`);
  }
  return { shape, data: bytes.subarray(header) };
}
