// The course of the units that a checkpoint of the simulation keeps.
import { expect, test } from "vitest";
import { readRun } from "../../reproduce/understanding-dropout/options.ts";
import { Probe } from "../../reproduce/understanding-dropout/probe.ts";

const config = { ...readRun(["--quick"]).config, hidden: [2, 1] };
const x = { data: new Float32Array(784), shape: [1, 784] };
const look = (first: number) => ({
  data: Float32Array.from({ length: 6 }, (_, index) => first + index),
  shape: [6],
});

test("Probe takes its state back, with looks between epochs and with their number alone", () => {
  using probe = new Probe(config, x);
  probe.setState({ values: [0, 0.25, 1], tensors: [look(0), look(10), look(20)] });
  const { epochs, mean, deviation } = probe.course();
  expect(epochs).toEqual([0, 0.25, 1]);
  expect(mean["hidden 1"]?.[1]).toEqual(Float64Array.of(10, 11));
  expect(deviation["hidden 2"]?.[2]).toEqual(Float64Array.of(25));
  expect([probe.looks, probe.epochs]).toEqual([3, 1]);
  const { values, tensors } = probe.getState();
  using other = new Probe(config, x);
  other.setState({ values, tensors });
  expect(other.course()).toEqual(probe.course());
  other.setState({ values: 2, tensors: [look(0), look(1)] });
  expect(other.course().epochs).toEqual([0, 1]);
});

test.each<[unknown, ReturnType<typeof look>[]]>([
  [3, [look(0)]],
  [[0, 1], [look(0)]],
  [[0], [{ data: new Float32Array(5), shape: [5] }]],
  [undefined, [look(0)]],
])("Probe refuses the state %j", (values, tensors) => {
  using probe = new Probe(config, x);
  expect(() => probe.setState({ values, tensors })).toThrow(/^Cannot resume: /);
});
