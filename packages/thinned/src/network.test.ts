import { afterEach, describe, expect, it } from "vitest";
import { arrange } from "./arrange.js";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { DisposedError } from "./errors.js";
import { input } from "./input.js";
import { Network } from "./network.js";
import { sizeOf } from "./tensor.js";
import { baseInstance, type Instance, relaxedInstance, simd128Instance } from "./wasm/instance.js";
import { hasRelaxedSimd } from "./wasm/relaxedSupport.js";

const x = input([3]);
const architecture = arrange("make a model", x, dense(2, { name: "out" }).apply(dropout(0.5).apply(x)), 7);

let network: Network | undefined;
function newNetwork(home: Instance = baseInstance()): Network {
  network = new Network(architecture, home);
  return network;
}
afterEach(() => network?.dispose());

/** The instance in which a copy lives. */
const away = await (hasRelaxedSimd() ? relaxedInstance() : simd128Instance());

const ones = [new Float32Array(6).fill(1), new Float32Array(2).fill(1)];

describe("Network", () => {
  it("agrees with the boundary on the order and shapes of the parameters", () => {
    const { parameters, atHome } = newNetwork();
    const inside = atHome.call(network, "test");
    for (const [index, { shape }] of parameters.entries()) {
      expect(inside.parameter(index)).toHaveLength(sizeOf(shape));
    }
    expect(() => inside.parameter(parameters.length)).toThrow(`the network has ${parameters.length}`);
  });

  it("hands out copies of its weights", () => {
    const { weights } = newNetwork();
    weights.call(network, "test")[0]?.fill(9);
    expect(weights.call(network, "test")[0]).not.toContain(9);
  });

  it("starts a copy with the current weights, and brings it up to date", () => {
    const made = newNetwork();
    made.setWeights("test", ones);
    expect([...made.inside(away, "test").parameter(0)]).toEqual([1, 1, 1, 1, 1, 1]);
    made.setWeights("test", [new Float32Array(6).fill(2), new Float32Array(2)]);
    expect([...made.inside(away, "test").parameter(0)]).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it("takes the weights of a copy that was trained for the current ones", () => {
    const made = newNetwork();
    made.inside(away, "test").setParameter(1, Float32Array.of(3, 4));
    made.changed(away);
    expect([...(made.weights("test")[1] ?? [])]).toEqual([3, 4]);
    expect([...made.atHome("test").parameter(1)]).toEqual([3, 4]);
  });

  it("throws DisposedError after dispose(), also for an instance that had no copy", () => {
    const made = newNetwork();
    made.dispose();
    expect(() => made.inside(away, "predict")).toThrow(DisposedError);
    expect(() => made.weights("get weights")).toThrow(DisposedError);
    expect(() => made.setWeights("set weights", ones)).toThrow(DisposedError);
  });
});
