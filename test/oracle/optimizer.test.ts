import { expect, test } from "vitest";
import { adamRule, sgdRule } from "./optimizer.ts";

test("sgdRule() accumulates its velocity", () => {
  const rule = sgdRule({ learningRate: 0.1, momentum: 0.5 });
  const once = rule(Float64Array.of(1), Float64Array.of(2));
  expect(once[0]).toBeCloseTo(1 - 0.1 * 2, 15);
  expect(rule(once, Float64Array.of(4))[0]).toBeCloseTo(0.8 - 0.1 * (0.5 * 2 + 4), 15);
});

test("adamRule() takes a first step of the learning rate whatever the size of the gradient", () => {
  const rule = adamRule({ learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 0 });
  const [down, up] = rule(Float64Array.of(1, 1), Float64Array.of(1e-3, -1e3));
  expect(down).toBeCloseTo(0.99, 14);
  expect(up).toBeCloseTo(1.01, 14);
});

test("adamRule() corrects its moments for their start at 0", () => {
  const rule = adamRule({ learningRate: 1, beta1: 0.9, beta2: 0.99, epsilon: 0 });
  rule(Float64Array.of(0), Float64Array.of(3));
  const m = (0.9 * 0.1 * 3 + 0.1 * 1) / (1 - 0.9 ** 2);
  const v = (0.99 * 0.01 * 9 + 0.01 * 1) / (1 - 0.99 ** 2);
  expect(rule(Float64Array.of(0), Float64Array.of(1))[0]).toBeCloseTo(-m / Math.sqrt(v), 14);
});
