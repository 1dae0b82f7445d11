// Random networks with many gates in the last layer of gates: where the methods that do not walk through masks come into their own.
import fc from "fast-check";
import { at } from "../oracle/at.ts";
import {
  type Activation,
  type Description,
  denseLayer,
  dropoutLayer,
  type Scaling,
} from "../oracle/description.ts";
import { normals } from "../oracle/values.ts";

export interface LastGatesOptions {
  readonly activations: readonly Activation[];
  /** Of the hidden layer that the last gates are over, where there are gates below it. */
  readonly hidden: readonly Activation[];
  /** Gates of the inputs, when there is a hidden layer; 0 for gates over the inputs alone. */
  readonly outer: readonly number[];
  /** All gates. */
  readonly gates: { readonly min: number; readonly max: number };
}

/** Returns an arbitrary of networks with one or two layers of gates, of ordinary and of extreme rates and weights. */
export function randomLastGates(options: LastGatesOptions): fc.Arbitrary<Description> {
  return fc
    .record({
      outer: fc.constantFrom(...options.outer),
      gates: fc.integer(options.gates),
      units: fc.integer({ min: 1, max: 2 }),
      hidden: fc.constantFrom(...options.hidden),
      activation: fc.constantFrom(...options.activations),
      scaling: fc.constantFrom<Scaling>("inverted", "standard"),
      rates: fc.array(fc.constantFrom(0.5, 0.5, 0.2, 0.9, 0, 1e-6, 1 - 1e-6), { minLength: 1, maxLength: 4 }),
      size: fc.constantFrom(1, 1, 10, 100),
      hasBias: fc.boolean(),
      values: fc.nat(2 ** 31),
    })
    .map(({ outer, gates, units, hidden, activation, scaling, rates, size, hasBias, values }) => {
      const draw = normals(values);
      const numbers = (count: number, size: number): Float32Array =>
        Float32Array.from({ length: count }, () => size * draw());
      const last = gates - outer;
      // Divided by a keep probability of 1e-6, pre-activations would reach beyond what an integral is for.
      const most = scaling === "standard" ? 1 : 0.9;
      const ratesOf = (count: number) =>
        Array.from({ length: count }, (_, unit) => Math.min(most, at(rates, unit % rates.length)));
      const gated = (source: number) => [
        dropoutLayer(source, ratesOf(last), scaling),
        denseLayer(source + 1, units, numbers(last * units, size / Math.sqrt(last)), {
          activation,
          ...(hasBias && { bias: numbers(units, size) }),
        }),
      ];
      if (outer === 0) return { inputs: last, nodes: gated(0), output: 2 };
      const below = denseLayer(1, last, numbers(outer * last, 1), { activation: hidden });
      return {
        inputs: outer,
        nodes: [dropoutLayer(0, ratesOf(outer), scaling), below, ...gated(2)],
        output: 4,
      };
    });
}
