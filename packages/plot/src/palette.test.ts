import { expect, test } from "vitest";
import { dark, darkRules, light, type Palette } from "./palette.js";

/** Relative luminance of `#rrggbb` by WCAG 2.2. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(first: string, second: string): number {
  const [low, high] = [luminance(first), luminance(second)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const themes: [string, Palette][] = [
  ["light", light],
  ["dark", dark],
];

test("contrast() is 21 between black and white", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 10);
});

// WCAG 2.2 success criteria 1.4.3 (text, 4.5) and 1.4.11 (graphics, 3).
test.each(themes)("%s text reaches a contrast of 4.5 on its paper", (_, palette) => {
  for (const role of ["ink", "muted"] as const) {
    expect(contrast(palette[role], palette.paper), role).toBeGreaterThanOrEqual(4.5);
  }
});

test.each(themes)("%s series reach a contrast of 3 on their paper", (_, palette) => {
  for (const role of ["blue", "vermillion", "green", "purple"] as const) {
    expect(contrast(palette[role], palette.paper), role).toBeGreaterThanOrEqual(3);
  }
});

test("no two roles share a colour, so that each light colour has one dark counterpart", () => {
  for (const [, palette] of themes) expect(new Set(Object.values(palette)).size).toBe(8);
});

test("darkRules() maps fill and stroke of every light colour", () => {
  for (const role of Object.keys(light) as (keyof Palette)[]) {
    expect(darkRules()).toContain(`[fill="${light[role]}"]{fill:${dark[role]}}`);
    expect(darkRules()).toContain(`[stroke="${light[role]}"]{stroke:${dark[role]}}`);
  }
});
