import { describe, expect, it } from "vitest";
import { FormatError } from "./errors.js";
import { parseSafetensors, writeSafetensors } from "./safetensors.js";

const content = {
  metadata: new Map([["format", "thinned"]]),
  tensors: new Map([
    ["a.kernel", { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] }],
    ["a.bias", { data: Float32Array.of(-1, 0.5, -0), shape: [3] }],
  ]),
};

/** Returns the bytes of a file with this header text, or one made from an object, and this many bytes of data. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (start: number, end: number, shape: unknown = [(end - start) / 4], dtype: unknown = "F32") => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe("writeSafetensors()", () => {
  it("is read back bit for bit", () => {
    const read = parseSafetensors(writeSafetensors(content));
    expect(read.metadata).toEqual(content.metadata);
    expect([...read.tensors.keys()]).toEqual(["a.kernel", "a.bias"]);
    expect(read.tensors.get("a.kernel")).toEqual(content.tensors.get("a.kernel"));
    expect(Object.is(read.tensors.get("a.bias")?.data[2], -0)).toBe(true);
  });

  it("aligns the data to 8 bytes", () => {
    const bytes = writeSafetensors(content);
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
  });

  it("writes what a view shows, not its whole buffer", () => {
    const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const read = parseSafetensors(
      writeSafetensors({ metadata: new Map(), tensors: new Map([["t", { data, shape: [2] }]]) }),
    );
    expect([...(read.tensors.get("t")?.data ?? [])]).toEqual([1, 2]);
  });
});

describe("parseSafetensors()", () => {
  it("reads a file at an odd offset of its buffer", () => {
    const bytes = writeSafetensors(content);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(parseSafetensors(shifted.subarray(3)).tensors).toEqual(parseSafetensors(bytes).tensors);
  });

  it("throws FormatError for a file cut anywhere", () => {
    const bytes = writeSafetensors(content);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseSafetensors(bytes.subarray(0, length))).toThrow(FormatError);
    }
  });

  it("throws FormatError for a file with a byte too many", () => {
    const bytes = writeSafetensors(content);
    expect(() => parseSafetensors(Uint8Array.of(...bytes, 0))).toThrow(
      "the tensors cover 36 bytes of data, the file has 37",
    );
  });

  it("throws nothing but FormatError when any byte of the header is any other", () => {
    const bytes = writeSafetensors(content);
    const headerEnd = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    for (let at = 0; at < headerEnd; at++) {
      for (const flip of [0x01, 0x02, 0x10, 0x20, 0x80, 0xff]) {
        const mutated = bytes.slice();
        mutated[at] = (mutated[at] as number) ^ flip;
        try {
          parseSafetensors(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }
    }
  });

  it.each<[string, Uint8Array, string]>([
    ["noise", new Uint8Array(64).fill(255), "claims a header of 18446744073709551615 bytes, at most 56"],
    ["an endless header", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128, 0), "at most 1 are possible"],
    ["no JSON", file("{", 0), "no JSON in UTF-8"],
    ["bad UTF-8", Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x22, 0xff, 0xfe, 0x22), "no JSON in UTF-8"],
    ["deep JSON", file("[".repeat(200_000), 0), "the header of the file is no JSON"],
    ["an array", file([], 0), "no JSON object"],
    ["null", file("null", 0), "no JSON object"],
    ["metadata that is a list", file({ __metadata__: [] }, 0), "__metadata__ is [], an object is wanted"],
    ["metadata that is no text", file({ __metadata__: { a: 1 } }, 0), 'has 1 at "a", a string is wanted'],
    ["a tensor that is null", file({ t: null }, 0), 'tensor "t" is null'],
    ["another dtype", file({ t: entry(0, 4, [2], "F16") }, 4), 'has dtype "F16", "F32" is wanted'],
    ["no dtype", file({ t: { shape: [1], data_offsets: [0, 4] } }, 4), "has dtype undefined"],
    ["a negative size", file({ t: entry(0, 4, [-1]) }, 4), "has shape [-1]"],
    ["a fractional size", file({ t: entry(0, 4, [0.5, 2]) }, 4), "has shape [0.5, 2]"],
    ["a size beyond 2^53", file({ t: entry(0, 4, [2 ** 60]) }, 4), "has shape"],
    ["a shape of text", file({ t: entry(0, 4, "1") }, 4), 'has shape "1"'],
    ["too many axes", file({ t: entry(0, 4, Array(9).fill(1)) }, 4), "at most 8 sizes"],
    ["a product that overflows", file({ t: entry(0, 4, [2 ** 40, 2 ** 40]) }, 4), "has 4 bytes, its shape"],
    [
      "a product that overflows to infinity",
      file({ t: entry(0, 4, Array(8).fill(2 ** 52)) }, 4),
      "has 4 bytes, its shape",
    ],
    ["offsets beyond the data", file({ t: entry(0, 8) }, 4), "has offsets [0, 8], the file has 4"],
    ["offsets in the wrong order", file({ t: entry(4, 0, [1]) }, 4), "has offsets [4, 0]"],
    ["offsets that are text", file({ t: { ...entry(0, 4), data_offsets: "04" } }, 4), 'has offsets "04"'],
    ["three offsets", file({ t: { ...entry(0, 4), data_offsets: [0, 4, 4] } }, 4), "[start, end] is wanted"],
    ["a shape that is too small", file({ t: entry(0, 8, [1]) }, 8), "has 8 bytes, its shape [1] wants 4"],
    ["overlapping tensors", file({ a: entry(0, 8), b: entry(4, 8) }, 8), 'tensor "b" starts at byte 4'],
    ["a gap", file({ a: entry(0, 4), b: entry(8, 12) }, 12), 'tensor "b" starts at byte 8'],
    ["data before the first tensor", file({ a: entry(4, 8) }, 8), 'tensor "a" starts at byte 4'],
    ["data of no tensor", file({ __metadata__: {} }, 4), "the tensors cover 0 bytes"],
  ])("throws FormatError for %s", (_, bytes, message) => {
    const attempt = () => parseSafetensors(bytes);
    expect(attempt).toThrow(FormatError);
    expect(attempt).toThrow(message);
  });

  it("takes a tensor named __proto__ for a tensor", () => {
    const read = parseSafetensors(file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4));
    expect([...read.tensors.keys()]).toEqual(["__proto__"]);
  });
});
