import { expect, test } from "vitest";
import {
  activationHistogram,
  consistencyByLayer,
  consistencyOverTime,
  convergence,
  entropyByRotation,
  exactAgainstSampled,
  meanMinusDeterministic,
  meanMinusNwgm,
  predictiveBand,
  reliabilityDiagram,
  riskCoverage,
  trainingCurve,
} from "./node.js";

const empty: readonly (readonly [string, (input: never, options?: never) => unknown, string])[] = [
  ["predictiveBand", predictiveBand, "models"],
  ["reliabilityDiagram", reliabilityDiagram, "models"],
  ["riskCoverage", riskCoverage, "models"],
  ["convergence", convergence, "estimates"],
  ["consistencyOverTime", consistencyOverTime, "units"],
  ["consistencyByLayer", consistencyByLayer, "layers"],
  ["activationHistogram", activationHistogram, "layers"],
];

test.each(empty)(
  "%s() refuses what is no record, and a record without or with too many entries",
  (_, draw, kind) => {
    for (const input of [undefined, null, 7, "abc", []]) {
      expect(() => draw(input as never)).toThrow(TypeError);
      expect(() => draw(input as never)).toThrow(/^Cannot draw [^:]+: .+, wanted an object$/);
    }
    expect(() => draw({} as never)).toThrow(RangeError);
    expect(() => draw({} as never)).toThrow(new RegExp(`there are 0 ${kind}, wanted 1 to [78]$`));
    const nine = Object.fromEntries(Array.from({ length: 9 }, (_value, index) => [`m${index}`, {}]));
    expect(() => draw(nine as never)).toThrow(new RegExp(`there are 9 ${kind}`));
    expect(() => draw({ a: 7 } as never)).toThrow(TypeError);
    expect(() => draw({ a: {} } as never)).toThrow(/ is (undefined|an object), wanted numbers or a tensor$/);
  },
);

const figures: readonly (readonly [string, (input: never, options?: never) => unknown])[] = [
  ["trainingCurve", trainingCurve],
  ["entropyByRotation", entropyByRotation],
  ["exactAgainstSampled", exactAgainstSampled],
  ["meanMinusNwgm", meanMinusNwgm],
  ["meanMinusDeterministic", meanMinusDeterministic],
];

test.each(figures)("%s() throws TypeError that says what it was given", (_, draw) => {
  for (const input of [undefined, null, 7, "abc", []]) {
    expect(() => draw(input as never)).toThrow(TypeError);
    expect(() => draw(input as never)).toThrow(/^Cannot draw [^:]+: .+, wanted an object$/);
  }
  expect(() => draw({} as never)).toThrow(
    /^Cannot draw [^:]+: \w+ is undefined, wanted numbers or a tensor$/,
  );
});

test.each(figures)("%s() throws TypeError for an option that it does not have", (_, draw) => {
  const input = {
    loss: [1],
    angles: [0],
    predictiveEntropy: [1],
    mutualInformation: [1],
    exact: [1],
    sampled: [1],
    standardError: [1],
    mean: [1],
    nwgm: [1],
    deterministic: [1],
  };
  expect(() => draw(input as never)).not.toThrow();
  expect(() => draw(input as never, { titel: "x" } as never)).toThrow(TypeError);
  expect(() => draw(input as never, { titel: "x" } as never)).toThrow(/there is no option "titel"/);
});
