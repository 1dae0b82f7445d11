import { describe, expect, it } from "vitest";
import { dense } from "./dense.js";
import { History } from "./history.js";
import type { Metric, MetricFunction } from "./metric.js";
import { sequential } from "./sequential.js";

const x = [[3], [1], [2]];
const y = [5, 1, 2];
const newModel = () => sequential([dense(1)], { inputShape: [1], seed: 1 });
const loss = "meanSquaredError";
const options = { loss, epochs: 3, variant: "simd128", shuffle: false } as const;

/** Returns a metric of this name. */
function named(name: string, metric: MetricFunction = () => 0): MetricFunction {
  return Object.defineProperty((...given: Parameters<MetricFunction>) => metric(...given), "name", {
    value: name,
  });
}

const sorting = named("sorting", (yTrue, yPred) => {
  yTrue.data.sort();
  yPred.data.fill(7);
  (yTrue.shape as number[]).push(1);
  return 0;
});

describe("a metric function", () => {
  it("may change what it is given, and nothing else changes", async () => {
    const first: number[][] = [];
    const watching = named("watching", (yTrue, yPred) => {
      first.push([...yTrue.data, ...yTrue.shape]);
      return yPred.data[0] as number;
    });
    const plain = await newModel().fit(x, y, {
      ...options,
      metrics: ["meanAbsoluteError"],
      validationData: [x, y],
    });
    const metrics = [sorting, "meanAbsoluteError", watching] as const;
    const { history } = await newModel().fit(x, y, { ...options, metrics, validationData: [x, y] });
    expect(history.valLoss).toEqual(plain.history.valLoss);
    expect(history.valMeanAbsoluteError).toEqual(plain.history.valMeanAbsoluteError);
    expect(history.meanAbsoluteError).toEqual(plain.history.meanAbsoluteError);
    expect(first).toEqual(Array(6).fill([...y, 3, 1]));
    expect(history.watching).not.toContain(7);
  });

  it("may have the name of what every object inherits", async () => {
    for (const name of ["constructor", "toString", "hasOwnProperty"]) {
      const history = await newModel().fit(x, y, { ...options, metrics: [named(name, () => 4)] });
      expect(Object.entries(history.history)).toContainEqual([name, [4, 4, 4]]);
      expect(History.fromJSON(JSON.parse(JSON.stringify(history)))).toEqual(history);
    }
  });

  it.each<[readonly Metric[], string]>([
    [[named("__proto__")], 'metrics[0] is named "__proto__"'],
    [[named("loss")], 'metrics[0] is named "loss"'],
    [[named("valLoss")], 'metrics[0] is named "valLoss"'],
    [[named("accuracy")], 'metrics[0] is named "accuracy"'],
    [[named("valAuc")], 'metrics[0] is named "valAuc"'],
    [[named("epoch")], 'metrics[0] is named "epoch"'],
    [[named("f"), named("valF")], 'metrics[1] is named "valF"'],
    [[named("f"), named("f")], 'metrics[1] is named "f"'],
  ])("has a name of its own", async (metrics, message) => {
    const wanted = `${message}, a name of its own is wanted`;
    await expect(newModel().fit(x, y, { ...options, metrics })).rejects.toThrow(`Cannot fit: ${wanted}`);
    await expect(newModel().evaluate(x, y, { loss, metrics })).rejects.toThrow(`Cannot evaluate: ${wanted}`);
  });

  it("is not the prototype of a history that is read", () => {
    const text = '{"history":{"__proto__":[1]},"epoch":[0],"info":{}}';
    expect(() => History.fromJSON(JSON.parse(text))).toThrow(TypeError);
  });
});
