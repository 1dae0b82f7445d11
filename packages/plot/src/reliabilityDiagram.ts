import * as Plot from "@observablehq/plot";
import { facets } from "./facets.js";
import { Figure } from "./figure.js";
import { frame, type Placed } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import type { Series } from "./series.js";
import { line } from "./series.js";

/** What became of the predictions of one classifier, bin by bin of their confidence. */
export interface ReliabilityBins {
  /** Mean confidence in each bin, in [0, 1]; not read where the bin is empty. */
  readonly confidence: Numbers;
  /** Share of right answers in each bin, in [0, 1]; not read where the bin is empty. */
  readonly accuracy: Numbers;
  /** Predictions in each bin. */
  readonly count: Numbers;
  /** Borders of the bins, one more than bins, ascending within [0, 1]; default bins of equal width. */
  readonly edges?: Numbers;
}

export interface ReliabilityDiagramOptions {
  /** Default `"Reliability"`. */
  readonly title?: string;
  /** How the numbers were made, for the line under the title. */
  readonly note?: string;
  /** Pixels; default 720. */
  readonly width?: number;
}

const [mostModels, chartHeight, countHeight] = [8, 320, 150];

type Row = {
  readonly model: string;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Absent from an empty bin, as is the accuracy. */
  readonly confidence?: number;
  readonly accuracy?: number;
};

function rowsOf(check: Arguments, [model, bins]: [string, ReliabilityBins]): Row[] {
  check.input(model, bins);
  const counts = check.values(`${model}.count`, bins.count);
  check.within(`${model}.count`, counts, [0, Number.POSITIVE_INFINITY]);
  const partner = { name: `${model}.count`, length: counts.length };
  const share = (name: string, numbers: Numbers) => {
    const values = check.paired(name, numbers, partner, (index) => counts[index] === 0);
    return check.within(name, values, [0, 1]);
  };
  const confidence = share(`${model}.confidence`, bins.confidence);
  const accuracy = share(`${model}.accuracy`, bins.accuracy);
  const edges =
    bins.edges === undefined
      ? Array.from({ length: counts.length + 1 }, (_, index) => index / counts.length)
      : check.within(`${model}.edges`, check.values(`${model}.edges`, bins.edges), [0, 1]);
  check.ascending(`${model}.edges`, edges);
  if (edges.length !== counts.length + 1) {
    throw check.refuse(
      `${model}.edges has ${edges.length} values, wanted ${counts.length + 1}: one more than bins`,
    );
  }
  if (counts.every((count) => count === 0))
    throw check.refuse(`${model}.count is 0 in every bin, wanted predictions`);
  return counts.map((count, index) => ({
    model,
    low: edges[index] as number,
    high: edges[index + 1] as number,
    count,
    ...(count > 0 && { confidence: confidence[index] as number, accuracy: accuracy[index] as number }),
  }));
}

function total(rows: readonly Row[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0);
}

/** Mean of |accuracy − confidence| over the predictions: the expected calibration error of these bins. */
function meanGap(rows: readonly Row[]): number {
  const gap = ({ count, accuracy = 0, confidence = 0 }: Row) => count * Math.abs(accuracy - confidence);
  return rows.reduce((sum, row) => sum + gap(row), 0) / total(rows);
}

function looks({ paper, blue, vermillion, muted }: Palette): Record<"accuracy" | "gap" | "diagonal", Series> {
  return {
    accuracy: { name: "accuracy in the bin", colour: blue, paper, band: true, line: "solid" },
    gap: {
      name: "gap to the mean confidence",
      colour: vermillion,
      paper,
      bars: true,
      symbol: "diamond2",
      hollow: true,
    },
    diagonal: { name: "perfect calibration", colour: muted, paper, line: "4 3" },
  };
}

/**
 * Figure of accuracy against confidence, bin by bin, with the gap between both and, below, how many predictions the bins hold.
 * Bars below the diagonal are overconfident.
 *
 * @param models Bins by the name of their classifier, eight at most; each has a diagram of its own.
 * @throws TypeError, RangeError when lists do not go together, are empty, or hold a value that is not finite in a bin that is not
 *   empty; when a share leaves [0, 1], borders do not ascend, or there is no prediction at all.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { reliabilityDiagram } from "@thinned/plot";
 *
 * const bins = { confidence: [0.3, 0.9], accuracy: [0.25, 0.8], count: [20, 80] };
 * const figure = reliabilityDiagram({ dropout: bins });
 * assert.match(figure.description, /mean gap 0.0900/); // 0.2 · 0.05 + 0.8 · 0.1
 * ```
 */
export function reliabilityDiagram(
  models: Readonly<Record<string, ReliabilityBins>>,
  options: ReliabilityDiagramOptions = {},
): Figure {
  const check = new Arguments("a reliability diagram");
  const entries = check.named("models", models, mostModels);
  check.options(options, ["title", "note"]);
  const { title = "Reliability", note = "", width = 720 } = options;
  const byModel = entries.map((entry) => rowsOf(check, entry));

  const draw = (palette: Palette) => {
    const { accuracy, gap, diagonal } = looks(palette);
    const percent = { domain: [0, 100], ticks: 5, nice: false } as const;
    const size = { width, height: chartHeight + countHeight };
    const upper = (index: number, each: number) => {
      const filled = (byModel[index] as Row[])
        .filter(({ count }) => count > 0)
        .map((row) => ({
          low: 100 * row.low,
          high: 100 * row.high,
          accuracy: 100 * (row.accuracy as number),
          confidence: 100 * (row.confidence as number),
        }));
      const ends = [0, 100].map((end) => ({ x: end, y: end }));
      const bar = { x1: "low", x2: "high", y2: "accuracy", insetLeft: 0.5, insetRight: 0.5 } as const;
      const between = { x: "confidence", y1: "accuracy", y2: "confidence" } as const;
      return panel(
        {
          width: each,
          height: chartHeight,
          ...(entries.length > 1 && { title: entries[index]?.[0] as string }),
          x: { label: "confidence (%)", ...percent },
          y: { label: "accuracy (%)", ...percent },
          marks: [
            Plot.rect(filled, { ...bar, y1: () => 0, fill: accuracy.colour, fillOpacity: 0.25 }),
            Plot.ruleY(filled, {
              x1: "low",
              x2: "high",
              y: "accuracy",
              stroke: accuracy.colour,
              strokeWidth: 2,
            }),
            line(ends, { x: "x", y: "y" }, diagonal),
            Plot.ruleX(filled, { ...between, stroke: gap.colour, strokeWidth: 2 }),
            Plot.dot(filled, {
              x: "confidence",
              y: "accuracy",
              symbol: "diamond2",
              r: 3.5,
              fill: gap.paper,
              stroke: gap.colour,
            }),
          ],
        },
        palette,
      );
    };
    const lower = (index: number, each: number) => {
      const rows = byModel[index] as Row[];
      const shares = rows.map(({ low, high, count }) => ({
        low: 100 * low,
        high: 100 * high,
        share: (100 * count) / total(rows),
      }));
      return panel(
        {
          width: each,
          height: countHeight,
          x: { label: "confidence (%)", ...percent },
          y: { label: `share of ${total(rows).toLocaleString("en")} predictions (%)`, zero: true, ticks: 4 },
          marks: [
            Plot.rect(shares, {
              x1: "low",
              x2: "high",
              y1: () => 0,
              y2: "share",
              insetLeft: 0.5,
              insetRight: 0.5,
              fill: palette.muted,
            }),
          ],
        },
        palette,
      );
    };
    const below = (part: Placed): Placed => ({ ...part, y: part.y + chartHeight });
    const parts = [...facets(entries.length, size, upper), ...facets(entries.length, size, lower).map(below)];
    return frame({ title, subtitle: note, series: [accuracy, gap, diagonal], width, parts }, palette);
  };

  const sentences = byModel.map(
    (rows) =>
      `${rows[0]?.model}: mean gap ${meanGap(rows).toPrecision(3)} over ${total(rows).toLocaleString("en")} predictions in ${rows.length} bins.`,
  );
  const description = `Bars of accuracy by confidence beside the diagonal, and how many predictions the bins hold. ${sentences.join(" ")}`;
  return new Figure({ title, description, rows: byModel.flat(), draw });
}
