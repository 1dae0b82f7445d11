import { expect, test } from "vitest";
import { softmaxByRotation } from "./node.js";
import { outline } from "./testing/outline.js";

// 2 angles, 2 samples, 4 classes: class 0 at the first angle, class 2 at the second.
const shape = [2, 2, 4];
const samples = {
  angles: [0, 90],
  input: { shape, data: [3, 0, 1, -9, 4, 0, 1, -9, 0, 1, 3, -9, 0, 1, 4, -9] },
  output: { shape, data: [0.8, 0.05, 0.1, 0, 0.9, 0, 0.1, 0, 0, 0.1, 0.8, 0, 0, 0.1, 0.9, 0] },
};
const images = { shape: [2, 2, 2], data: [0, 1, 1, 0, 1, 0, 0, 1] };

test("softmaxByRotation() draws input above output, and the rotated digit below", () => {
  expect(outline(softmaxByRotation({ ...samples, images }).toElement())).toMatchInlineSnapshot(`
    [
      "title: Softmax input and output of sampled subnetworks",
      "desc: One short rule per sample, 2 at each angle. Class 0: mean output 0.850 at 0 degrees, 0.00 at 90 degrees. Class 1: mean output 0.0250 at 0 degrees, 0.100 at 90 degrees. Class 2: mean output 0.100 at 0 degrees, 0.850 at 90 degrees.",
      "text: Softmax input and output of sampled subnetworks",
      "panel",
      "  line × 1",
      "  text: class 0",
      "  line × 1",
      "  text: class 1",
      "  line × 1",
      "  text: class 2",
      "panel",
      "  y-axis tick label: 0 | 1 | 2 | 3 | 4",
      "  y-axis label: softmax input",
      "  x-axis tick × 2",
      "  x-axis tick label: 0 | 90",
      "  y-grid × 5",
      "  rule × 4",
      "  rule × 4",
      "  rule × 4",
      "panel",
      "  y-axis tick label: 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0",
      "  y-axis label: softmax output",
      "  x-axis tick × 2",
      "  x-axis tick label: 0 | 90",
      "  y-grid × 6",
      "  rule × 4",
      "  rule × 4",
      "  rule × 4",
      "panel",
      "  text: rotation (degrees)",
      "  text: the input at each angle",
      "  g × 1",
      "  g × 1",
    ]
  `);
});

test("softmaxByRotation() draws the three likeliest classes unless told which", () => {
  const drawn = (options?: object) => [
    ...new Set(softmaxByRotation(samples, options).rows.map((row) => row.class)),
  ];
  expect(drawn()).toEqual(["0", "1", "2"]);
  expect(drawn({ classes: [3], names: ["a", "b", "c", "d"] })).toEqual(["d"]);
});

test("softmaxByRotation() keeps each sample in its rows and describes mean outputs", () => {
  const figure = softmaxByRotation(samples, { classes: [2] });
  expect(figure.rows[3]).toEqual({ angle: 90, sample: 1, class: "2", input: 4, output: 0.9 });
  expect(figure.description).toContain("Class 2: mean output 0.100 at 0 degrees, 0.850 at 90 degrees.");
});

const refused: [string, () => unknown, string][] = [
  [
    "a tensor of another shape",
    () => softmaxByRotation({ ...samples, input: { shape: [4, 4], data: samples.input.data } }),
    "input has shape [4,4], wanted [2, samples, classes]",
  ],
  [
    "an output above 1",
    () => softmaxByRotation({ ...samples, output: samples.input }),
    "output[0] is 3, wanted a value in [0, 1]",
  ],
  [
    "a class that there is not",
    () => softmaxByRotation(samples, { classes: [4] }),
    "classes has 4, wanted integers in [0, 3]",
  ],
  [
    "too few names",
    () => softmaxByRotation(samples, { names: ["a"] }),
    "names is an array of 1, wanted an array of 4: one name per class",
  ],
];

test.each(refused)("softmaxByRotation() throws RangeError for %s", (_, call, message) => {
  expect(call).toThrow(new RangeError(`Cannot draw softmax by rotation: ${message}`));
});

test("softmaxByRotation() of samples that are all the same has axes", () => {
  const all = (value: number) => ({ shape, data: new Array(16).fill(value) });
  const figure = softmaxByRotation({ angles: [0, 90], input: all(2), output: all(0.25) });
  const ticks = outline(figure.toElement()).filter((line) => line.includes("y-axis tick label"));
  expect(ticks[0]).toMatch(/: 1\.8\d* \|.*\| 2\.2\d*$/);
  expect(ticks[1]).toBe("  y-axis tick label: 0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0");
});
