/**
 * The colours of one theme, by the role they play. Every role is a different colour, which `darkRules`
 * depends on.
 */
export interface Palette {
  /** Background. */
  readonly paper: string;
  /** Title, axis lines, data that is not a series. */
  readonly ink: string;
  /** Subtitle, captions, reference lines. */
  readonly muted: string;
  /** Grid lines: visible, never louder than the data. */
  readonly grid: string;
  readonly blue: string;
  readonly vermillion: string;
  readonly green: string;
  readonly purple: string;
}

/** `"auto"` is light paper with a dark variant in a `prefers-color-scheme` block; the others are fixed. */
export type Theme = "auto" | "light" | "dark";

// Okabe & Ito, "Color Universal Design" (2008). On white paper only four of their hues reach a contrast of 3;
// dark paper
// has their light blue and orange in place of the dark ones.
export const light: Palette = {
  paper: "#ffffff",
  ink: "#1b1b1b",
  muted: "#5a5f66",
  grid: "#dfe1e4",
  blue: "#0072b2",
  vermillion: "#d55e00",
  green: "#009e73",
  purple: "#cc79a7",
};

export const dark: Palette = {
  paper: "#14171a",
  ink: "#ececec",
  muted: "#a9b0b8",
  grid: "#343a41",
  blue: "#56b4e9",
  vermillion: "#e69f00",
  green: "#009e73",
  purple: "#cc79a7",
};

/** Class of the root element of every figure. */
export const rootClass = "thinned-figure";

/** Class of those that follow the reader: the dark rules, which hold for the whole page, reach no other. */
export const autoClass = "thinned-auto";

/**
 * Style sheet that recolours a figure drawn with the light palette when the reader prefers dark.
 *
 * The colours stay plain presentation attributes, which a style rule overrides: viewers without style sheets
 * (rasterisers, word processors) show the light figure instead of black shapes.
 */
export function darkRules(): string {
  const roles = Object.keys(light) as (keyof Palette)[];
  const rules = roles.flatMap((role) =>
    ["fill", "stroke"].map((property) => {
      return `.${autoClass} [${property}="${light[role]}"]{${property}:${dark[role]}}`;
    }),
  );
  return `@media (prefers-color-scheme:dark){${rules.join("")}}`;
}
