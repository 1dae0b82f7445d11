// Every figure as an element of a page, laid out by a browser: nothing stands on anything else, and dark follows the reader.
import { afterEach, describe, expect, test } from "vitest";
import {
  activationHistogram,
  consistencyByLayer,
  consistencyOverTime,
  convergence,
  costByGates,
  entropyByRotation,
  exactAgainstSampled,
  type Figure,
  learningCurve,
  meanMinusDeterministic,
  meanMinusNwgm,
  predictiveBand,
  reliabilityDiagram,
  riskCoverage,
  softmaxByRotation,
  trainingCurve,
} from "./index.js";
import { dark, light } from "./palette.js";

const many = (length: number, of: (at: number) => number) =>
  Array.from({ length }, (_, i) => of(i / (length - 1)));
const note =
  "one test digit, 10,000 sampled subnetworks of a network of four hidden layers; 45 epochs of training";
const mean = many(50, (at) => 0.002 + 0.996 * at);
const epochs = many(46, (at) => 45 * at);
const spread = { epochs, mean: many(46, (at) => 0.9 * at), deviation: many(46, () => 0.1) };
const inLayers = <Value>(value: Value) => {
  const names = ["hidden 1, all subnetworks", "hidden 2, 40 input masks, corrected", "hidden 3", "hidden 4"];
  return Object.fromEntries(names.map((name) => [name, value]));
};
const angles = many(13, (at) => 180 * at);
const images = { shape: [13, 4, 4], data: many(13 * 16, (at) => at) };
const bins = {
  confidence: many(10, (at) => 0.05 + 0.9 * at),
  accuracy: many(10, (at) => at),
  count: many(10, () => 990),
};
const curve = { coverage: many(100, (at) => 0.01 + 0.99 * at), risk: many(100, (at) => 0.3 * at) };
const band = {
  x: many(60, (at) => 1955 + 345 * at),
  mean: many(60, (at) => 1e3 * at),
  deviation: many(60, (at) => 50 * at),
};

const figures: Record<string, () => Figure> = {
  activationHistogram: () => activationHistogram(inLayers(mean), { note, scale: "log" }),
  consistencyByLayer: () => consistencyByLayer(inLayers(spread), { note }),
  consistencyOverTime: () =>
    consistencyOverTime({ "an active unit": spread, "an inactive unit": spread }, { note, phases: [5, 20] }),
  convergence: () =>
    convergence({
      "ReLU: arc-cosine kernel": { size: [10, 1000, 30_000], error: [0.3, 0.03, 0.005] },
      "erf: arc-sine kernel": { size: [10, 1000, 30_000], error: [0.1, 0.01, 0.002] },
    }),
  costByGates: () =>
    costByGates(
      Object.fromEntries(
        ["reference", "nested", "split", "halves", "characteristic", "closedForm", "conditioned"].map(
          (name) => [name, { gates: [2, 20, 10_000], seconds: [1e-5, 1e-3, 0.2] }],
        ),
      ),
      { note },
    ),
  entropyByRotation: () =>
    entropyByRotation(
      {
        angles,
        predictiveEntropy: many(13, (at) => 2 * at),
        mutualInformation: many(13, (at) => at / 2),
        images,
        captions: angles.map((_, i) => `${i % 10}`),
        // Levels that almost coincide, as of a network that takes noise for digits.
        reference: { name: "noise", predictiveEntropy: 0.03, mutualInformation: 0.005 },
      },
      { note, classes: 10 },
    ),
  exactAgainstSampled: () =>
    exactAgainstSampled(
      {
        exact: mean,
        sampled: mean.map((value) => value + 0.004),
        standardError: mean.map(() => 0.003),
        deterministic: mean.map((value) => 0.98 * value),
      },
      { note, quantity: "class probability" },
    ),
  learningCurve: () =>
    learningCurve(
      {
        BALD: { rows: [200, 400, 10_000], accuracies: [[0.8, 0.9, 0.96]] },
        "at random": { rows: [200, 400, 10_000], accuracies: [[0.8, 0.88, 0.95]] },
      },
      { note, target: 0.95 },
    ),
  meanMinusDeterministic: () =>
    meanMinusDeterministic(
      inLayers({
        mean,
        deterministic: mean.map((value) => value ** 1.1),
        standardError: mean.map(() => 0.004),
      }),
      { note },
    ),
  meanMinusNwgm: () =>
    meanMinusNwgm(
      inLayers({
        mean,
        nwgm: mean.map((value) => value + 0.02 * Math.sin(6.28 * value)),
        variance: mean.map((value) => 0.05 * value * (1 - value)),
        standardError: mean.map(() => 0.001),
      }),
      { note, vertical: "own" },
    ),
  predictiveBand: () =>
    predictiveBand(
      {
        "Gaussian process, squared exponential": band,
        "MC dropout, ReLU": band,
        "weight-scaled": { x: band.x, mean: band.mean },
      },
      { note },
    ),
  reliabilityDiagram: () => reliabilityDiagram({ "weight-scaled": bins, "MC dropout": bins }, { note }),
  riskCoverage: () =>
    riskCoverage(
      { "largest probability": curve, "predictive entropy": curve, "mutual information": curve },
      { note },
    ),
  softmaxByRotation: () =>
    softmaxByRotation({
      angles,
      input: { shape: [13, 2, 3], data: many(78, (at) => 8 * Math.sin(9 * at)) },
      output: { shape: [13, 2, 3], data: many(78, () => 1 / 3) },
      images,
    }),
  trainingCurve: () =>
    trainingCurve(
      { loss: spread.mean, valLoss: spread.mean, accuracy: spread.mean, valAccuracy: spread.mean },
      { title: "Training on MNIST", heldOut: "test" },
    ),
};

afterEach(() => document.body.replaceChildren());

/** Rounding of a layout, in pixels. */
const SLACK = 1;

interface Box {
  readonly text: string;
  readonly box: DOMRect;
}

/** Lines of text that are drawn, with where they are; one of several lines is a box of all. */
function texts(element: Element): Box[] {
  return Array.from(element.querySelectorAll("text"), (text) => {
    return { text: text.textContent ?? "", box: text.getBoundingClientRect() };
  }).filter(({ text, box }) => text !== "" && box.width > 0);
}

function overlap(a: DOMRect, b: DOMRect): boolean {
  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return wide > SLACK && high > SLACK;
}

describe.each(Object.entries(figures))("%s() in a page", (_, made) => {
  test("makes an element of the page, with a title, a description and all of its text inside", () => {
    const element = made().toElement();
    expect(element).toBeInstanceOf(SVGSVGElement);
    expect(element.ownerDocument).toBe(document);
    document.body.append(element);
    const [title, description] = Array.from(element.children);
    expect([title?.localName, description?.localName]).toEqual(["title", "desc"]);
    expect(element.getAttribute("role")).toBe("img");
    const frame = element.getBoundingClientRect();
    const found = texts(element);
    expect(found.length).toBeGreaterThan(8);
    const outside = found.filter(({ box }) => {
      return (
        box.left < frame.left - SLACK ||
        box.right > frame.right + SLACK ||
        box.top < frame.top - SLACK ||
        box.bottom > frame.bottom + SLACK
      );
    });
    expect(outside.map(({ text }) => text)).toEqual([]);
  });

  test("puts no text on another", () => {
    const element = made().toElement();
    document.body.append(element);
    const found = texts(element);
    const pairs = found.flatMap((a, i) =>
      found.slice(i + 1).flatMap((b) => (overlap(a.box, b.box) ? [`${a.text} / ${b.text}`] : [])),
    );
    expect(pairs).toEqual([]);
  });
});

test("overlap() finds texts that stand on each other", () => {
  const at = (x: number) => new DOMRect(x, 0, 20, 10);
  expect(overlap(at(0), at(15))).toBe(true);
  expect(overlap(at(0), at(20))).toBe(false);
});

test("a figure follows the reader's preference for dark, and one with a theme of its own beside it does not", () => {
  const figure = figures.trainingCurve?.() as Figure;
  const [auto, fixed] = [figure.toElement(), figure.toElement("light")];
  document.body.append(auto, fixed);
  const paper = (element: Element) => getComputedStyle(element.querySelector("rect") as Element).fill;
  const rgb = (hex: string) =>
    `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(", ")})`;
  expect([paper(auto), paper(fixed)]).toEqual([rgb(light.paper), rgb(light.paper)]);
  const sheet = auto.querySelector("style")?.sheet;
  const media = sheet?.cssRules[0] as CSSMediaRule;
  expect(media.conditionText).toBe("(prefers-color-scheme: dark)");
  // The same rules without their condition: what a reader has who prefers dark.
  const preferred = document.createElement("style");
  preferred.textContent = Array.from(media.cssRules, (rule) => rule.cssText).join("");
  document.body.append(preferred);
  expect([paper(auto), paper(fixed)]).toEqual([rgb(dark.paper), rgb(light.paper)]);
});
