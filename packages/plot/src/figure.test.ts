import { expect, test } from "vitest";
import { trainingCurve } from "./node.js";
import { dark, light } from "./palette.js";
import { paints } from "./testing/pixels.js";

const figure = trainingCurve({ loss: [0.9, 0.4], valLoss: [0.5, 0.3] }, { title: "Digits & <noise>" });

test("toSvg() is a standalone file whose first children name and describe it", () => {
  const svg = figure.toSvg();
  expect(svg).toMatch(
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /,
  );
  expect(svg).toMatch(
    /<svg [^>]*role="img"[^>]*><title>Digits &amp; &lt;noise&gt;<\/title><desc>Lines of loss by epoch/,
  );
  expect(svg).toContain('font-family="system-ui, sans-serif"');
});

test("toSvg() refers to nothing outside itself and to no id", () => {
  expect(figure.toSvg().replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
    /https?:|url\(|href|\bid=/,
  );
});

test("toSvg() has a dark variant only in theme auto", () => {
  expect(figure.toSvg()).toContain("@media (prefers-color-scheme:dark)");
  expect(figure.toSvg("light")).not.toContain("<style>");
  expect(figure.toSvg("dark")).not.toContain("<style>");
});

test("toSvg() draws in the colours of its theme and in no others", () => {
  for (const [theme, own, other] of [
    ["auto", light, dark],
    ["light", light, dark],
    ["dark", dark, light],
  ] as const) {
    const svg = figure.toSvg(theme);
    for (const role of ["paper", "blue", "vermillion"] as const) {
      expect(paints(svg, own[role]), `${theme} ${role}`).toBe(true);
      expect(paints(svg, other[role]), `${theme} ${role} of the other theme`).toBe(false);
    }
  }
});

test("toSvg() uses only colours that the dark rules know", () => {
  const colours = new Set(figure.toSvg("light").match(/(?<=(?:fill|stroke)=")[^"]*/g));
  colours.delete("none");
  expect(Object.values(light)).toEqual(expect.arrayContaining([...colours]));
  expect(colours.size).toBeGreaterThan(3);
});

test("toSvg() gives the same text each time", () => {
  expect(figure.toSvg()).toBe(figure.toSvg());
});

test("toElement() throws RangeError on an unknown theme", () => {
  expect(() => figure.toElement("sepia" as "auto")).toThrow(
    new RangeError('Cannot draw "Digits & <noise>": theme is "sepia", wanted "auto", "light" or "dark"'),
  );
});

test("toCsv() holds the rows that are drawn", () => {
  expect(figure.toCsv()).toBe(
    "epoch,measure,rows,value\r\n1,loss,training,0.9\r\n2,loss,training,0.4\r\n1,loss,held out,0.5\r\n2,loss,held out,0.3\r\n",
  );
});
