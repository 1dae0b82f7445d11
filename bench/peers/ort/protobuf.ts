/** A field of a protocol buffer message, encoded. */
export type Field = Uint8Array<ArrayBuffer>;

const VARINT = 0;
const LENGTH = 2;

const encoder = new TextEncoder();

/** Encodes a non-negative integer. */
export function integer(field: number, value: number): Field {
  return bytes([...varint(field * 8 + VARINT), ...varint(value)]);
}

/** Encodes text. */
export function text(field: number, value: string): Field {
  return block(field, encoder.encode(value));
}

/** Encodes bytes, or a message that is encoded already. */
export function block(field: number, value: Uint8Array): Field {
  return join([bytes([...varint(field * 8 + LENGTH), ...varint(value.length)]), value]);
}

/** Encodes a message of the given fields. */
export function message(field: number, fields: readonly Uint8Array[]): Field {
  return block(field, join(fields));
}

/** Joins encoded fields. */
export function join(parts: readonly Uint8Array[]): Field {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}

function bytes(values: readonly number[]): Field {
  return Uint8Array.from(values);
}

// Seven bits a byte, the lowest first; a set top bit says that more follow.
function varint(value: number): number[] {
  const digits: number[] = [];
  let rest = value;
  while (rest >= 128) {
    digits.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...digits, rest];
}
