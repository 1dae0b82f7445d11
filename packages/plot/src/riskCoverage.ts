import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { axisFromZero } from "./scales.js";
import { distinct, line, mostSeries } from "./series.js";

/** How often a model that answers only where it is surest is wrong; the lists go together value by value. */
export interface RiskByCoverage {
  /** Share of the inputs that are answered, ascending in (0, 1]. */
  readonly coverage: Numbers;
  /** Mean loss over these, such as the share of wrong answers; at least 0. */
  readonly risk: Numbers;
}

export interface RiskCoverageOptions {
  /** Default `"Risk by coverage"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title. */
  readonly note?: string;
  /** What the risk is, with its unit; default `"wrong answers (%)"`, of risks that are shares. */
  readonly riskLabel?: string;
  /** Pixels; default 720. */
  readonly width?: number;
}

// A curve over a test set has as many points as inputs; more of them than pixels cannot be seen.
const mostPoints = 500;

type Row = { readonly model: string; readonly coverage: number; readonly risk: number };

/** At most `mostPoints` of the rows, evenly by their index, with the first and the last. */
function thinned(rows: readonly Row[]): Row[] {
  const step = Math.max(1, Math.ceil((rows.length - 1) / (mostPoints - 1)));
  return rows.filter((_, index) => index % step === 0 || index === rows.length - 1);
}

/** Area under the curve by the trapezoid rule, over the coverage it spans. */
function area(rows: readonly Row[]): number {
  return rows.slice(1).reduce((sum, { coverage, risk }, index) => {
    const before = rows[index] as Row;
    return sum + ((coverage - before.coverage) * (risk + before.risk)) / 2;
  }, 0);
}

/**
 * Figure of the risk against the share of inputs that are answered, those first of which a model is surest.
 *
 * The lower a curve, the better its uncertainty tells wrong answers from right ones.
 *
 * @param models Curves by the name of their model or measure of uncertainty, eight at most.
 * @throws TypeError, RangeError when lists differ in length, are empty or hold a value that is not finite; when coverage does
 *   not ascend or leaves [0, 1], or a risk is negative.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { riskCoverage } from "@thinned/plot";
 *
 * const figure = riskCoverage({ entropy: { coverage: [0.5, 1], risk: [0, 0.1] } });
 * assert.match(figure.description, /entropy: 0.100 at full coverage/);
 * ```
 */
export function riskCoverage(
  models: Readonly<Record<string, RiskByCoverage>>,
  options: RiskCoverageOptions = {},
): Figure {
  const check = new Arguments("risk by coverage");
  const entries = check.named("models", models, mostSeries);
  check.options(options, ["title", "note", "riskLabel"]);
  const { title = "Risk by coverage", note = "", width = 720 } = options;
  const isShare = options.riskLabel === undefined;
  const byModel = entries.map(([model, curve]): Row[] => {
    check.input(model, curve);
    const name = `${model}.coverage`;
    const coverage = check.within(name, check.ascending(name, check.values(name, curve.coverage)), [0, 1]);
    const risk = check.paired(`${model}.risk`, curve.risk, { name, length: coverage.length });
    check.within(`${model}.risk`, risk, [0, isShare ? 1 : Number.POSITIVE_INFINITY]);
    return coverage.map((value, index) => ({ model, coverage: value, risk: risk[index] as number }));
  });

  const draw = (palette: Palette) => {
    const series = distinct(
      entries.map(([name]) => name),
      palette,
      { line: true },
    );
    const risks = byModel.flat().map(({ risk }) => (isShare ? 100 * risk : risk));
    const marks = series.map((each, index) => {
      const shown = thinned(byModel[index] as Row[]).map(({ coverage, risk }) => ({
        coverage: 100 * coverage,
        risk: isShare ? 100 * risk : risk,
      }));
      return line(shown, { x: "coverage", y: "risk" }, each);
    });
    const svg = panel(
      {
        width,
        height: 360,
        x: { label: "coverage: inputs answered, the surest first (%)", domain: [0, 100] },
        y: { label: options.riskLabel ?? "wrong answers (%)", ...axisFromZero(risks) },
        marks,
      },
      palette,
    );
    return frame({ title, subtitle: note, series, width, parts: [{ svg, x: 0, y: 0 }] }, palette);
  };

  const sentences = byModel.map((rows) => {
    const last = rows.at(-1) as Row;
    const where = last.coverage === 1 ? "full coverage" : `coverage ${last.coverage.toPrecision(3)}`;
    return `${last.model}: ${last.risk.toPrecision(3)} at ${where}, area ${area(rows).toPrecision(3)}.`;
  });
  const description = `Lines of risk over coverage. ${sentences.join(" ")}`;
  return new Figure({ title, description, rows: byModel.flat(), draw });
}
