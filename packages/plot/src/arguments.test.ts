import { expect, test } from "vitest";
import { entropyByRotation, exactAgainstSampled, meanMinusNwgm, trainingCurve } from "./node.js";

const figures: readonly (readonly [string, (input: never, options?: never) => unknown])[] = [
  ["trainingCurve", trainingCurve],
  ["entropyByRotation", entropyByRotation],
  ["exactAgainstSampled", exactAgainstSampled],
  ["meanMinusNwgm", meanMinusNwgm],
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
  };
  expect(() => draw(input as never)).not.toThrow();
  expect(() => draw(input as never, { titel: "x" } as never)).toThrow(TypeError);
  expect(() => draw(input as never, { titel: "x" } as never)).toThrow(/there is no option "titel"/);
});
