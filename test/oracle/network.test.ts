import { describe, expect, test } from "vitest";
import { type Description, denseLayer, dropoutLayer } from "./description.ts";
import { siteOf } from "./forward.ts";
import { arrange, observed } from "./network.ts";
import { upstreamGates } from "./upstream.ts";

// The output joins two branches and names the later one first; node 3 is needed by nobody.
const branches: Description = {
  inputs: 2,
  nodes: [
    dropoutLayer(0, 0.5),
    denseLayer(1, 2, [1, 2, 3, 4], { bias: [0, 0] }),
    denseLayer(0, 1, [1, 1]),
    dropoutLayer(2, [0.25, 0]),
    denseLayer(0, 2, [1, 2, 3, 4], { connectionRate: 0.3 }),
    { kind: "again", of: 2, source: 5 },
    { kind: "concat", sources: [6, 4] },
  ],
  output: 7,
};

describe("arrange()", () => {
  test("numbers nodes depth first from the output and leaves out what it does not need", () => {
    const { nodes } = arrange(branches);
    expect(nodes.map(({ kind }) => kind)).toEqual([
      "input",
      "dense",
      "dense",
      "dropout",
      "dense",
      "dropout",
      "concat",
    ]);
    expect(nodes.map(({ sources }) => sources)).toEqual([[], [0], [1], [0], [3], [4], [2, 5]]);
  });

  test("numbers gate sites in the order of their nodes", () => {
    expect(arrange(branches).nodes.map((node) => siteOf(node)?.number)).toEqual([
      undefined,
      0,
      undefined,
      1,
      undefined,
      2,
      undefined,
    ]);
  });

  test("lists shared parameters once, where their layer stands first", () => {
    expect(arrange(branches).parameters.map(({ length }) => length)).toEqual([4, 4, 2]);
  });
});

describe("upstreamGates()", () => {
  const network = arrange(branches);

  test("counts the connection gates of a linear unit's own column", () => {
    expect(upstreamGates(network, 1, 1)).toEqual([
      { node: 1, index: 1 },
      { node: 1, index: 3 },
    ]);
  });

  test("stops before the observed layer's own unit gates and passes over gates of rate 0", () => {
    expect(upstreamGates(network, 5, 0)).toHaveLength(2);
    expect(upstreamGates(network, 6, 2)).toHaveLength(3);
    expect(upstreamGates(network, 6, 3)).toHaveLength(2);
    expect(observed(network, 5)).toBe(4);
  });

  test("takes the gates of the whole group for a softmax unit", () => {
    const softmax = arrange({
      inputs: 2,
      nodes: [denseLayer(0, 3, [1, 2, 3, 4, 5, 6], { activation: "softmax", connectionRate: 0.5 })],
      output: 1,
    });
    expect(upstreamGates(softmax, 1, 0)).toHaveLength(6);
  });
});

test("observed() looks past a dropout layer's own gates and no further", () => {
  const stacked = arrange({
    inputs: 2,
    nodes: [dropoutLayer(0, 0.5), dropoutLayer(1, 0.5), denseLayer(2, 1, [1, 1])],
    output: 3,
  });
  expect([1, 2, 3].map((node) => observed(stacked, node))).toEqual([0, 1, 3]);
  expect(upstreamGates(stacked, 2, 0)).toEqual([{ node: 1, index: 0 }]);
});
