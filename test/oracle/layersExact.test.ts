// The oracle's layers of images against TensorFlow.js, and its statistics of graphs of layers against those of plain networks.
import { describe, expect, test } from "vitest";
import images from "../vectors/images.json" with { type: "json" };
import { at } from "./at.ts";
import { type Description, denseLayer, dropoutLayer } from "./description.ts";
import { exactStatistics } from "./exact.ts";
import type { LayerDescription, Sides } from "./layers.ts";
import { layersStatistics } from "./layersExact.ts";
import { arrange } from "./network.ts";
import { normalRows } from "./values.ts";

type Options = Record<string, unknown>;

const windowOf = ({ kernelSize, poolSize, dilationRate = [1, 1], ...options }: Options) => ({
  ...(options as { strides: Sides; padding: "valid" | "same" }),
  kernelSize: (kernelSize ?? poolSize) as Sides,
  dilationRate: dilationRate as Sides,
});

/** Returns the description of a layer of the vectors. */
function described(name: string, options: Options): LayerDescription {
  const all = { kind: name, ...options, ...("strides" in options && windowOf(options)) };
  if (name === "conv2d") return { ...all, useBias: true } as LayerDescription;
  return { ...all, ...(/Normalization/.test(name) && { center: true, scale: true }) } as LayerDescription;
}

/** Sums of a few dozen float32 products of numbers below 2. */
const FLOAT32 = 2e-6;

describe("layersStatistics()", () => {
  test.each(images.cases)("has the activities that TensorFlow.js has of $name $options", (one) => {
    const layer = described(one.name, one.options);
    const graph = { inputShape: one.inputShape, nodes: [{ layer, sources: [0] }] };
    const parameters = one.weights.map(({ data }) => Float64Array.from(data));
    const width = one.x.length / 2;
    const wanted = one.y.data;
    for (const row of [0, 1]) {
      const [node] = layersStatistics(graph, one.x.slice(row * width, (row + 1) * width), parameters);
      expect(node?.shape).toEqual(one.y.shape.slice(1));
      expect(node?.units.length).toBe(wanted.length / 2);
      node?.units.forEach(({ mean, variance, deterministic, gates }, unit) => {
        expect([variance, gates]).toEqual([0, 0]);
        expect(mean).toBe(deterministic);
        expect(Math.abs(mean - at(wanted, (row * wanted.length) / 2 + unit))).toBeLessThan(FLOAT32);
      });
    }
  });

  test("has the statistics of exactStatistics() where both describe the same network", () => {
    const [first, second, x] = normalRows(7, 3, 6) as [Float32Array, Float32Array, Float32Array];
    const [rates, connectionRate] = [[0.5, 0.2, 0], 0.25];
    const plain: Description = {
      inputs: 3,
      nodes: [
        dropoutLayer(0, rates, "standard"),
        denseLayer(1, 2, first, { activation: "sigmoid" }),
        denseLayer(2, 3, second, { activation: "softmax", connectionRate }),
      ],
      output: 3,
    };
    const dense = { kind: "dense", useBias: false, l2: 0, scaling: "inverted" } as const;
    const nodes = [
      { layer: { kind: "dropout", rates, scaling: "standard" }, sources: [0] },
      { layer: { ...dense, units: 2, activation: "sigmoid", connectionRate: 0 }, sources: [1] },
      { layer: { ...dense, units: 3, activation: "softmax", connectionRate }, sources: [2] },
    ] as const;
    const parameters = [first, second].map((kernel) => Float64Array.from(kernel));
    const found = layersStatistics({ inputShape: [3], nodes }, x.subarray(0, 3), parameters);
    found.forEach(({ units }, node) => {
      const wanted = exactStatistics(arrange(plain), node + 1, x.subarray(0, 3));
      expect(units.length).toBe(wanted.length);
      units.forEach((unit, index) => {
        for (const [name, value] of Object.entries(at(wanted, index))) {
          const own = unit[name as keyof typeof unit];
          if (value === undefined || Number.isNaN(value)) expect(own, name).toBe(value);
          else expect(own, name).toBeCloseTo(value, 13);
        }
      });
    });
  });
});
