import fc from "fast-check";
import { dense, FormatError, load, sequential } from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { propertyRuns } from "../agreement/runs.ts";
import { expectError } from "./expectError.ts";
import { newModel, x } from "./model.ts";

const model = newModel();
const bytes = await model.save();
afterAll(() => model.dispose());

// A safetensors file: 8 bytes header length (little-endian), the header in JSON, the tensors' bytes.
interface TensorEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
type Header = Record<string, TensorEntry> & { __metadata__?: Record<string, string> };

function readHeader(): Header {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
}

const header = readHeader();
const body = bytes.slice(
  bytes.length - Math.max(...tensorNames(header).map((name) => entry(header, name).data_offsets[1])),
);

function tensorNames(of: Header): string[] {
  return Object.keys(of).filter((name) => name !== "__metadata__");
}

function entry(of: Header, name: string | undefined): TensorEntry {
  return of[name ?? ""] ?? expect.fail(`no tensor ${name}`);
}

function fileOf(
  text: string,
  tensors: Uint8Array = body,
  length = BigInt(new TextEncoder().encode(text).length),
): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + encoded.length + tensors.length);
  new DataView(file.buffer).setBigUint64(0, length, true);
  file.set(encoded, 8);
  file.set(tensors, 8 + encoded.length);
  return file;
}

// The saved file with its header changed.
function changed(change: (copy: Header, first: TensorEntry, names: string[]) => void): Uint8Array {
  const copy = structuredClone(header);
  const names = tensorNames(copy);
  change(copy, entry(copy, names[0]), names);
  return fileOf(JSON.stringify(copy));
}

const refuses = (file: unknown, ...pieces: (string | RegExp)[]) =>
  expectError(() => load(file as never), FormatError, ...pieces);

test("the file is plain safetensors, and made anew from its parts it loads", async () => {
  const copy = await load(changed(() => undefined));
  expect(copy.predict(x)).toEqual(model.predict(x));
  expect(tensorNames(header)).toHaveLength(4);
  copy.dispose();
});

describe("load() throws FormatError when", () => {
  test("the file is cut short at any byte", async () => {
    for (let length = 0; length < bytes.length; length++) await refuses(bytes.subarray(0, length));
  });

  test("the file goes on after its end", async () => {
    await refuses(Uint8Array.of(...bytes, 0));
  });

  test.each([2n ** 64n - 1n, 2n ** 63n, 2n ** 53n, 2n ** 40n, 2n ** 32n, 0n, 1n])(
    "the header is said to be %d bytes long",
    async (length) => {
      await refuses(fileOf(JSON.stringify(header), body, length));
    },
  );

  test("the file is noise", async () => {
    for (const fill of [0, 1, 127, 255]) await refuses(new Uint8Array(64).fill(fill));
  });

  test.each(["", "{", "null", "[]", "7", '"x"', "{}", '{"a":1}', '{"a":null}', '{"a":[]}', "\u0000", "{]"])(
    "the header is %j",
    async (text) => {
      await refuses(fileOf(text));
    },
  );

  test("the header is no UTF-8", async () => {
    const file = fileOf(JSON.stringify(header));
    file.fill(0xff, 12, 16);
    await refuses(file);
  });

  test.each([
    ["negative", [-4, 76]],
    ["reversed", [80, 0]],
    ["past the end", [0, 2 ** 40]],
    ["fractional", [0.5, 80.5]],
    ["beyond exact integers", [2 ** 60, 2 ** 60 + 80]],
    ["strings", ["0", "80"]],
    ["one number", [0]],
    ["of a length other than the shape's", [0, 40]],
  ])("offsets are %s", async (_, offsets) => {
    await refuses(changed((_copy, first) => Object.assign(first, { data_offsets: offsets })));
  });

  test("tensors overlap", async () => {
    await refuses(
      changed((copy, first, names) => {
        const bias = names
          .map((name) => entry(copy, name))
          .find(({ shape }) => shape.length === 1 && shape[0] === 3);
        Object.assign(bias ?? expect.fail("a bias"), {
          data_offsets: [first.data_offsets[0], first.data_offsets[0] + 12],
        });
      }),
    );
  });

  test.each([
    ["huge", [2 ** 31, 2 ** 31]],
    ["overflowing to the right size", [2 ** 32, 2 ** 32, 20]],
    ["negative", [-4, -5]],
    ["fractional", [4.5, 5]],
    ["empty", [0, 5]],
    ["not the layer's", [5, 4]],
    ["no list", 20],
    ["NaN written as null", [null, 5]],
  ])("a shape is %s", async (_, shape) => {
    await refuses(changed((_copy, first) => Object.assign(first, { shape })));
  });

  test.each(["F64", "F16", "I32", "f32", "", "X"])("a dtype is %j", async (dtype) => {
    await refuses(changed((_copy, first) => Object.assign(first, { dtype })));
  });

  test("a tensor is missing, or one too many", async () => {
    await refuses(changed((copy, _first, names) => delete copy[names[0] ?? ""]));
    await refuses(
      changed((copy, first) => {
        copy.stowaway = { ...first };
      }),
    );
  });

  test("a weight is NaN or infinite", async () => {
    for (const value of [Number.NaN, Infinity]) {
      const file = bytes.slice();
      new DataView(file.buffer).setFloat32(file.length - 4, value, true);
      await refuses(file, String(value));
    }
  });

  test("the architecture is missing, or no JSON, or of another kind", async () => {
    await refuses(changed((copy) => delete copy.__metadata__));
    const keys = Object.keys(header.__metadata__ ?? {});
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      const value = header.__metadata__?.[key] ?? "";
      if (!value.startsWith("{") && !value.startsWith("[")) continue;
      for (const text of ["", "{", "null", "[]", "{}", "7", value.slice(0, value.length >> 1)]) {
        await refuses(changed((copy) => Object.assign(copy.__metadata__ ?? {}, { [key]: text })));
      }
    }
  });

  test("the architecture asks for a layer of enormous width", async () => {
    await refuses(
      changed((copy) => {
        const metadata = copy.__metadata__ ?? {};
        for (const [key, value] of Object.entries(metadata))
          metadata[key] = value.replace(/"units":5\b/g, '"units":4294967295');
        expect(JSON.stringify(metadata)).toContain("4294967295");
      }),
    );
  });
});

describe("load() throws FormatError for nesting too deep to follow", () => {
  // JSON.parse() takes it; whatever walks it or prints it by recursion runs out of stack.
  const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
  const deepObject = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;
  const first = tensorNames(header)[0] ?? "";
  const { dtype, shape, data_offsets: offsets } = entry(header, first);
  const withEntry = (fields: string) => {
    const others = Object.entries(header).filter(([name]) => name !== first);
    return fileOf(
      `{${JSON.stringify(first)}:{${fields}},${JSON.stringify(Object.fromEntries(others)).slice(1)}`,
    );
  };
  const part = (name: string, value: unknown) => `"${name}":${JSON.stringify(value)}`;
  const withMetadata = (text: string) =>
    fileOf(JSON.stringify(header).replace(/"__metadata__":\{/, `$&${text},`));
  const withArchitecture = (change: (architecture: string) => string) =>
    changed(({ __metadata__: metadata }) => {
      if (metadata) metadata.architecture = change(metadata.architecture ?? "");
    });

  test.each<[string, (nested: string) => Uint8Array]>([
    ["header", (nested) => fileOf(nested)],
    ["tensor", (nested) => fileOf(`{"a":${nested}}`)],
    [
      "shape",
      (nested) => withEntry(`${part("dtype", dtype)},"shape":${nested},${part("data_offsets", offsets)}`),
    ],
    [
      "one size",
      (nested) => withEntry(`${part("dtype", dtype)},"shape":[${nested}],${part("data_offsets", offsets)}`),
    ],
    [
      "offsets",
      (nested) => withEntry(`${part("dtype", dtype)},${part("shape", shape)},"data_offsets":${nested}`),
    ],
    [
      "one offset",
      (nested) => withEntry(`${part("dtype", dtype)},${part("shape", shape)},"data_offsets":[0,${nested}]`),
    ],
    [
      "dtype",
      (nested) => withEntry(`"dtype":${nested},${part("shape", shape)},${part("data_offsets", offsets)}`),
    ],
    ["value of __metadata__", (nested) => withMetadata(`"a":${nested}`)],
    ["architecture", (nested) => withArchitecture(() => nested)],
    [
      "input shape",
      (nested) => withArchitecture((text) => text.replace(/"inputShape":\[4\]/, `"inputShape":[${nested}]`)),
    ],
    ["units", (nested) => withArchitecture((text) => text.replace('"units":5', `"units":${nested}`))],
    [
      "activation",
      (nested) => withArchitecture((text) => text.replace('"activation":', `"activation":${nested},"a":`)),
    ],
    ["kind", (nested) => withArchitecture((text) => text.replace('"kind":"dropout"', `"kind":${nested}`))],
    ["name", (nested) => withArchitecture((text) => text.replace('"name":"h1"', `"name":${nested}`))],
    [
      "source",
      (nested) => withArchitecture((text) => text.replace('"sources":[0]', `"sources":[${nested}]`)),
    ],
    ["rate", (nested) => withArchitecture((text) => text.replace('"rates":[0.2]', `"rates":[${nested}]`))],
    [
      "class name",
      (nested) =>
        withArchitecture((text) => text.replace('"units":5', `"units":{"constructor":{"name":${nested}}}`)),
    ],
  ])("in the %s", async (_, file) => {
    for (const nested of [deep, deepObject]) {
      const { message } = await refuses(file(nested));
      expect(message.length).toBeLessThan(500);
    }
  });

  test("as __metadata__ itself", async () => {
    await refuses(fileOf(`{"__metadata__":${deep}}`));
  });
});

describe("load() bounds what a file asks for before it allocates", () => {
  const written = (layers: object[], inputShape = [4]) => {
    const architecture = JSON.stringify({ inputShape, seed: 1, layers });
    const metadata = { format: "thinned", version: "1", architecture };
    return fileOf(JSON.stringify({ __metadata__: metadata }), new Uint8Array(0));
  };
  const gated = (units: number) => ({
    name: "a",
    kind: "dense",
    sources: [0],
    config: { units, activation: "relu", useBias: false, connectionRate: 0.5, scaling: "inverted" },
  });

  test("gates of connections", async () => {
    const { message } = await refuses(written([gated(2 ** 14)], [2 ** 13]), "gates", "67108864");
    expect(message.match(/Cannot load/g)).toHaveLength(1);
  });

  test("nodes that are read", async () => {
    const layer = { name: "a", kind: "add", sources: new Array(2 ** 20 + 1).fill(0), config: {} };
    await refuses(written([layer]), "sources", "1048576");
  });

  test("layers", async () => {
    const layers = new Array(10_001).fill(gated(1));
    await refuses(written(layers), "10001 layers");
  });

  test("and judges the format before it looks at the tensors", async () => {
    const other = changed(({ __metadata__: metadata }, first) => {
      if (metadata) metadata.format = "pt";
      first.dtype = "F64";
    });
    await refuses(other, 'the format in the metadata is "pt"');
  });
});

test("load() lists ten thousand layers in a moment", () => {
  const layer = dense(1);
  const chain = sequential(new Array(5000).fill(layer), { inputShape: [1], seed: 1 });
  const file = chain.save();
  const start = performance.now();
  const copy = load(file);
  // Quadratic in the layers it took seconds.
  expect(performance.now() - start).toBeLessThan(1500);
  expect(copy.layers).toHaveLength(5000);
  copy.dispose();
  chain.dispose();
});

describe("load()", () => {
  test("throws TypeError when it is given no bytes", async () => {
    for (const file of [undefined, null, "model", 5, {}])
      await expectError(() => load(file as never), TypeError);
  });

  test("throws TypeError when the buffer was transferred elsewhere", async () => {
    const file = bytes.slice();
    structuredClone(file, { transfer: [file.buffer] });
    await expectError(() => load(file), TypeError, "detached");
  });

  test("takes bytes that begin inside a larger buffer", async () => {
    const outer = new Uint8Array(bytes.length + 13).fill(7);
    outer.set(bytes, 5);
    const copy = await load(outer.subarray(5, 5 + bytes.length));
    expect(copy.predict(x)).toEqual(model.predict(x));
    copy.dispose();
  });

  test("meets any change of any bytes with FormatError or with a model that works", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async (changes) => {
          const file = bytes.slice();
          for (const [index, value] of changes) file[index] = value;
          try {
            const copy = await load(file);
            expect(copy.getWeights().every(({ data }) => data.every(Number.isFinite))).toBe(true);
            copy.dispose();
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      propertyRuns(400, 20_000),
    );
  });
});
