import { expect, test } from "vitest";
import { at } from "./at.ts";
import { type Description, denseLayer, dropoutLayer } from "./description.ts";
import { boundedForward } from "./float32Error.ts";
import { deterministicFactors, forward } from "./forward.ts";
import { arrange } from "./network.ts";
import { normals } from "./values.ts";

const units = 40;
const draw = normals(8);
const kernels = [0, 1, 2].map(() =>
  Float32Array.from({ length: units * units }, () => draw() / Math.sqrt(units)),
);
const x = Float32Array.from({ length: units }, () => draw());

const description: Description = {
  inputs: units,
  nodes: kernels.flatMap((kernel, depth) => [
    dropoutLayer(2 * depth, 0.5, "standard"),
    denseLayer(2 * depth + 1, units, kernel, { activation: "tanh" }),
  ]),
  output: 6,
};

// The same network with every operation rounded to float32.
function float32Pass(): Float32Array {
  let activity = x;
  for (const kernel of kernels) {
    const below = activity.map((value) => Math.fround(value * 0.5));
    activity = Float32Array.from({ length: units }, (_, j) => {
      let sum = 0;
      for (let i = 0; i < units; i++)
        sum = Math.fround(sum + Math.fround(at(below, i) * at(kernel, i * units + j)));
      return Math.tanh(sum);
    });
  }
  return activity;
}

test("boundedForward() allows what float32 rounding does, and little more", () => {
  const network = arrange(description);
  const { activities, tolerances } = boundedForward(network, x, deterministicFactors(network));
  expect(activities).toEqual(forward(network, x, deterministicFactors(network)).activities);
  const errors = float32Pass().map((value, unit) => Math.abs(value - at(at(activities, 6), unit)));
  const allowed = at(tolerances, 6);
  errors.forEach((error, unit) => {
    expect(error).toBeLessThanOrEqual(at(allowed, unit));
  });
  expect(Math.max(...errors)).toBeGreaterThan(0);
  expect(Math.max(...allowed)).toBeLessThan(1e-4);
});
