import { expect, test } from "vitest";
import { entropyByRotation } from "./node.js";
import { outline } from "./testing/outline.js";

const two = { angles: [0, 90], predictiveEntropy: [0.1, 1.2], mutualInformation: [0.02, 0.4] };

test("entropyByRotation() draws both measures, the reference, the largest entropy, and the images with captions", () => {
  const images = { data: [0, 0.5, 0.5, 1, 1, 0.5, 0.5, 0], shape: [2, 2, 2] };
  const reference = { name: "noise", predictiveEntropy: 1, mutualInformation: 0.3 };
  const figure = entropyByRotation(
    { ...two, images, captions: ["7", "4"], reference },
    { classes: 10, note: "T = 5" },
  );
  expect(outline(figure.toElement())).toMatchInlineSnapshot(`
    [
      "title: Uncertainty under rotation",
      "desc: Two lines over the angle of rotation, in nats. Predictive entropy: 0.100 at 0 degrees, at most 1.200 at 90 degrees. Mutual information: 0.020 at 0 degrees, at most 0.400 at 90 degrees.",
      "text: Uncertainty under rotation",
      "text: T = 5",
      "panel",
      "  line × 1",
      "  dot × 1",
      "  text: predictive entropy H[E p]",
      "  line × 1",
      "  dot × 1",
      "  text: mutual information H[E p] − E[H p]",
      "panel",
      "  y-axis tick label: 0.0 | 0.5 | 1.0 | 1.5 | 2.0",
      "  y-axis label: entropy, information (nats)",
      "  x-axis tick × 2",
      "  x-axis tick label: 0 | 90",
      "  y-grid × 5",
      "  rule × 1",
      "  rule × 1",
      "  rule × 1",
      "  line × 1",
      "  dot × 2",
      "  line × 1",
      "  dot × 2",
      "  text: noise: entropy",
      "  text: noise: information",
      "  text: maximum, ln 10",
      "panel",
      "  text: 7 | 4",
      "  text: rotation (degrees)",
      "  text: one of the rotated inputs",
      "  g × 1",
      "  g × 1",
    ]
  `);
});

test("entropyByRotation() sets the names of levels that almost coincide apart, whatever the scale of the axis", () => {
  type Places = [number, number, number];
  const placesOf = (reference: { predictiveEntropy: number; mutualInformation: number }) => {
    const figure = entropyByRotation({ ...two, reference: { name: "noise", ...reference } }, { classes: 10 });
    const texts = Array.from(figure.toElement().querySelectorAll("text"));
    return ["noise: entropy", "noise: information", "maximum, ln 10"].map((name) => {
      const group = texts.find((text) => text.textContent === name)?.parentElement;
      const shift = (of: Element | null | undefined) =>
        of?.getAttribute("transform")?.match(/,(-?[\d.]+)\)/)?.[1];
      const text = texts.find((each) => each.textContent === name);
      return Number(shift(group) ?? 0) + Number(shift(text) ?? text?.getAttribute("y") ?? Number.NaN);
    });
  };
  for (const reference of [
    { predictiveEntropy: 0.03, mutualInformation: 0.005 },
    { predictiveEntropy: 2.29, mutualInformation: 2.25 },
  ]) {
    const [top, middle, bottom] = placesOf(reference).sort((a, b) => a - b) as Places;
    expect(middle - top).toBeGreaterThan(13);
    expect(bottom - middle).toBeGreaterThan(13);
  }
  // The control: names of levels that are far apart stand at their levels.
  const [entropy, information, maximum] = placesOf({
    predictiveEntropy: 1,
    mutualInformation: 0.3,
  }) as Places;
  expect((information - entropy) / (entropy - maximum)).toBeCloseTo(0.7 / (Math.log(10) - 1), 6);
});

test("entropyByRotation() draws the mean and the middle half of several inputs", () => {
  const several = (data: number[]) => ({ data, shape: [3, 2] });
  const figure = entropyByRotation({
    angles: [0, 90],
    predictiveEntropy: several([0, 1, 1, 1, 5, 1]),
    mutualInformation: several([0, 0, 0, 0, 0, 0.3]),
  });
  expect(figure.rows[0]).toEqual({ measure: "predictiveEntropy", angle: 0, mean: 2, low: 0.5, high: 3 });
  expect(outline(figure.toElement())).toContain("  area × 1");
});

test("entropyByRotation() describes where each measure is highest", () => {
  expect(entropyByRotation(two).description).toContain(
    "Predictive entropy: 0.100 at 0 degrees, at most 1.200 at 90 degrees.",
  );
});

const refused: [string, object, string][] = [
  ["angles that descend", { angles: [90, 0] }, "angles[1] is 0 after 90, wanted ascending angles"],
  [
    "a missing value",
    { mutualInformation: [0.1] },
    "mutualInformation has 1 values and angles has 2, wanted as many of each",
  ],
  [
    "an infinite value",
    { predictiveEntropy: [0, Infinity] },
    "predictiveEntropy[1] is Infinity, wanted a finite number",
  ],
  [
    "captions for other angles",
    { captions: ["7"] },
    "captions has 1 entries and angles has 2, wanted as many of each",
  ],
  [
    "images of another count",
    { images: { data: [0, 0, 0], shape: [3, 1, 1] } },
    "images has shape [3,1,1], wanted [2, height, width]: one image per angle",
  ],
  [
    "grey values above 1",
    { images: { data: [0, 255], shape: [2, 1, 1] } },
    "images[1] is 255, wanted a value in [0, 1]",
  ],
  [
    "a reference that is NaN",
    { reference: { name: "noise", predictiveEntropy: Number.NaN, mutualInformation: 0 } },
    "reference.predictiveEntropy[0] is NaN, wanted a finite number",
  ],
];

test.each<[string, object, string]>([
  ["captions that are no words", { captions: [7, 4] }, "captions is an array of 2, wanted an array of words"],
  [
    "images without a shape",
    { images: [0, 1] },
    "images is an array of 2, wanted a tensor [2, height, width]",
  ],
  ["images that are null", { images: null }, "images is null, wanted numbers or a tensor"],
  ["a reference that is no object", { reference: 7 }, "reference is 7, wanted an object"],
  [
    "a reference without a name",
    { reference: { predictiveEntropy: 1, mutualInformation: 0 } },
    "reference.name is undefined, wanted a text",
  ],
])("entropyByRotation() throws TypeError for %s", (_, change, problem) => {
  expect(() => entropyByRotation({ ...two, ...change } as never)).toThrow(
    new TypeError(`Cannot draw entropy by rotation: ${problem}`),
  );
});

test("entropyByRotation() throws RangeError when there is one class", () => {
  expect(() => entropyByRotation(two, { classes: 1 })).toThrow(
    new RangeError("Cannot draw entropy by rotation: classes is 1, wanted an integer >= 2"),
  );
});

test.each(refused)("entropyByRotation() throws RangeError for %s", (_, change, message) => {
  expect(() => entropyByRotation({ ...two, ...change })).toThrow(
    new RangeError(`Cannot draw entropy by rotation: ${message}`),
  );
});

test("entropyByRotation() throws RangeError for entropies below 0, and takes an information that is rounded to below 0", () => {
  const good = { angles: [0, 90], predictiveEntropy: [0.1, 1.2], mutualInformation: [-1e-17, 0.4] };
  expect(() => entropyByRotation(good)).not.toThrow();
  expect(() => entropyByRotation({ ...good, predictiveEntropy: [0.1, -0.2] })).toThrow(
    /^Cannot draw entropy by rotation: predictiveEntropy\[1\] is -0.2, wanted a value in/,
  );
  expect(() => entropyByRotation({ ...good, mutualInformation: [-0.1, 0.4] })).toThrow(
    /mutualInformation\[0\] is -0.1/,
  );
  const reference = { name: "noise", predictiveEntropy: 1, mutualInformation: -1 };
  expect(() => entropyByRotation({ ...good, reference })).toThrow(/reference.mutualInformation\[0\] is -1/);
});

test("entropyByRotation() of no uncertainty at all has an axis", () => {
  const none = { angles: [0, 90], predictiveEntropy: [0, 0], mutualInformation: [0, 0] };
  const lines = outline(entropyByRotation(none).toElement());
  expect(lines.find((line) => line.includes("y-axis tick label"))).toMatch(/: 0\.0 \| .* 1\.0$/);
});
