import { describe, expect, it } from "vitest";
import { add } from "./add.js";
import { type Architecture, parametersOf } from "./architecture.js";
import { architectureFromJson, architectureToJson } from "./architectureJson.js";
import { arrange } from "./arrange.js";
import { concat } from "./concat.js";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { FormatError } from "./errors.js";
import { input } from "./input.js";
import { parseModel } from "./persist.js";
import { parseSafetensors, writeSafetensors } from "./safetensors.js";
import { sizeOf } from "./tensor.js";

function example(): Architecture {
  const x = input([4]);
  const shared = dense(4, { activation: { type: "sigmoid", c: 2 }, name: "h" });
  const h = shared.apply(dropout([0.1, 0.2, 0.3, 0], { scaling: "standard" }).apply(x));
  const y = add().apply([shared.apply(h), x]);
  const out = dense(2, { activation: "softmax", useBias: false, connectionRate: 0.5 }).apply(
    concat().apply([x, y]),
  );
  return arrange("make a model", x, out, 2 ** 53 - 1);
}

function saved(architecture: Architecture, metadata: Record<string, string> = {}): Uint8Array {
  return writeSafetensors({
    metadata: new Map(
      Object.entries({
        format: "thinned",
        version: "1",
        architecture: architectureToJson(architecture),
        ...metadata,
      }),
    ),
    tensors: new Map(
      parametersOf(architecture).map(({ layer, part, shape }) => {
        return [`${layer}.${part}`, { data: new Float32Array(sizeOf(shape)).fill(0.5), shape: [...shape] }];
      }),
    ),
  });
}

/** Every value inside a JSON value, as a function that puts another in its place. */
function places(value: unknown, replace: (other: unknown) => unknown): ((other: unknown) => unknown)[] {
  if (typeof value !== "object" || value === null) return [replace];
  const inner = Object.entries(value).flatMap(([key, child]) =>
    places(child, (other) =>
      replace(Object.assign(Array.isArray(value) ? [...value] : { ...value }, { [key]: other })),
    ),
  );
  return [replace, ...inner];
}

describe("architectureFromJson()", () => {
  it("is the inverse of architectureToJson()", () => {
    const json = architectureToJson(example());
    expect(architectureToJson(architectureFromJson(json))).toBe(json);
  });

  it("throws nothing but FormatError whatever stands in the place of any value", () => {
    const json: unknown = JSON.parse(architectureToJson(example()));
    const others = [
      null,
      true,
      "",
      "all",
      "h",
      -1,
      0,
      0.5,
      1,
      3,
      2 ** 24 + 1,
      1e300,
      [],
      [0],
      [1, 2],
      {},
      { units: 1 },
    ];
    let refused = 0;
    for (const place of places(json, (other) => other)) {
      for (const other of others) {
        try {
          architectureFromJson(JSON.stringify(place(other)));
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(FormatError);
        }
      }
    }
    expect(refused).toBeGreaterThan(500);
  });

  const layer = (fields: object) => ({ name: "a", kind: "add", sources: [0, 0], config: {}, ...fields });
  const denseLayer = (fields: object) => ({
    ...layer({ kind: "dense", sources: [0] }),
    config: { units: 4, activation: "relu", useBias: true, connectionRate: 0, scaling: "inverted" },
    ...fields,
  });
  const text = (...layers: object[]) => JSON.stringify({ inputShape: [4], seed: 0, layers });

  it.each<[string, string, string]>([
    ["text that is no JSON", "{", "describes no network"],
    ["no layers", text(), "it has 0 layers"],
    ["an unknown kind", text(layer({ kind: "__proto__" })), 'is of kind "__proto__"'],
    ["a layer that reads itself", text(layer({ sources: [0, 1] })), "reads nodes [0, 1]"],
    ["a source that is missing", text(denseLayer({ sources: [] })), "reads nodes []"],
    ["a layer that nobody reads", text(layer({}), layer({ name: "b" })), 'no layer reads the output of "a"'],
    ["two layers of one name", text(layer({}), layer({ sources: [1, 0] })), "two layers are named"],
    ["an unknown field", text(layer({ extra: 1 })), 'has an unknown field "extra"'],
    ["an unknown setting", text(denseLayer({ config: { units: 4, evil: 1 } })), "there is no option"],
    ["a missing setting", text(denseLayer({ config: { units: 4 } })), "has no activation"],
    ["sharing with itself", text(denseLayer({ sharedWith: 1 })), "cannot share the weights of node 1"],
    [
      "sharing with a sum",
      text(layer({}), denseLayer({ name: "b", sources: [1], sharedWith: 1 })),
      "cannot share",
    ],
    ["units beyond all memory", text(...widening(40)), "at most 2^24 units are wanted"],
  ])("throws FormatError for %s", (_, json, message) => {
    expect(() => architectureFromJson(json)).toThrow(FormatError);
    expect(() => architectureFromJson(json)).toThrow(message);
  });

  /** Each layer sets two copies of the one before side by side. */
  function widening(depth: number): object[] {
    return Array.from({ length: depth }, (_, i) => layer({ name: `c${i}`, kind: "concat", sources: [i, i] }));
  }
});

describe("parseModel()", () => {
  it("reads architecture and weights", () => {
    const { architecture, weights } = parseModel(saved(example()));
    expect(architecture.seed).toBe(2 ** 53 - 1);
    expect(weights.map((data) => data.length)).toEqual([16, 4, 16]);
  });

  it.each<[string, Record<string, string>, string]>([
    ["another format", { format: "pt" }, 'the format in the metadata is "pt"'],
    ["another version", { version: "2" }, 'the file has version "2", this library reads "1"'],
    ["no architecture", { architecture: "" }, "describes no network"],
  ])("throws FormatError for %s", (_, metadata, message) => {
    expect(() => parseModel(saved(example(), metadata))).toThrow(FormatError);
    expect(() => parseModel(saved(example(), metadata))).toThrow(message);
  });

  it.each<[string, (tensors: Map<string, { data: Float32Array; shape: number[] }>) => void, string]>([
    ["a missing tensor", (tensors) => tensors.delete("h.bias"), 'the file has no tensor "h.bias"'],
    [
      "a tensor too many",
      (tensors) => tensors.set("x", { data: new Float32Array(1), shape: [1] }),
      "has 4 tensors",
    ],
    [
      "another shape",
      (tensors) => tensors.set("h.kernel", { data: new Float32Array(16), shape: [2, 8] }),
      "has shape [2, 8]",
    ],
    ["a NaN", (tensors) => tensors.get("h.kernel")?.data.fill(Number.NaN, 5, 6), "h.kernel[1, 1] is NaN"],
    ["an infinity", (tensors) => tensors.get("h.bias")?.data.fill(-1 / 0, 2), "h.bias[2] is -Infinity"],
  ])("throws FormatError for %s", (_, change, message) => {
    const { metadata, tensors } = parseSafetensors(saved(example()));
    const changed = new Map(tensors);
    change(changed);
    const bytes = writeSafetensors({ metadata, tensors: changed });
    expect(() => parseModel(bytes)).toThrow(FormatError);
    expect(() => parseModel(bytes)).toThrow(message);
  });
});
