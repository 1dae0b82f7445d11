import { expect, it } from "vitest";
import type { LayerInfo } from "./layerInfo.js";
import { summarize } from "./summary.js";

const layer = (info: Partial<LayerInfo>): LayerInfo => ({
  index: 0,
  name: "dense_1",
  kind: "dense",
  sources: ["input"],
  outputShape: [10],
  parameters: 0,
  gates: 0,
  ...info,
});

it("summarize() lines up the columns and counts the subnetworks", () => {
  const layers = [
    layer({ name: "dropout_1", kind: "dropout", outputShape: [784], gates: 40 }),
    layer({ name: "h1", outputShape: [1200], parameters: 942_000 }),
  ];
  expect(summarize(layers)).toBe(
    [
      "layer                output shape   parameters  gates",
      "─────────────────────────────────────────────────────",
      "dropout_1 (dropout)  [batch, 784]            0     40",
      "h1 (dense)           [batch, 1200]     942,000      0",
      "─────────────────────────────────────────────────────",
      "parameters: 942,000",
      "gates: 40",
      "subnetworks: 2^40 = 1,099,511,627,776",
    ].join("\n"),
  );
});

it("summarize() leaves 2^n as it is when nobody could read the number", () => {
  expect(summarize([layer({ gates: 4004 })])).toContain("subnetworks: 2^4004");
  expect(summarize([layer({ gates: 4004 })])).not.toContain("=");
});
