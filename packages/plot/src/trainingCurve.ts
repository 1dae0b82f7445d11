import type * as Plot from "@observablehq/plot";
import { extremes } from "./extremes.js";
import { Figure } from "./figure.js";
import { frame } from "./frame.js";
import { Arguments, type Numbers } from "./numbers.js";
import type { Palette } from "./palette.js";
import { panel } from "./panel.js";
import { axisFromZero } from "./scales.js";
import { line, points, type Series } from "./series.js";

/** Numbers per epoch, under the names of `History.history`. */
export interface TrainingHistory {
  /** Mean loss per epoch over the training rows, measured with gates. */
  readonly loss: Numbers;
  /** Loss on rows that were not trained on, without gates. */
  readonly valLoss?: Numbers;
  /** Share of right answers in [0, 1], with gates. */
  readonly accuracy?: Numbers;
  /** Share of right answers in [0, 1], without gates. */
  readonly valAccuracy?: Numbers;
}

export interface TrainingCurveOptions {
  /** Default `"Training"`. */
  readonly title?: string;
  /** Unit of the loss; default `"nats"`, that of a cross-entropy. */
  readonly lossUnit?: string;
  /** What the `val…` rows are; default `"validation"`. */
  readonly heldOut?: string;
  /** Pixels; default 720. */
  readonly width?: number;
}

interface Point {
  readonly epoch: number;
  readonly measure: "loss" | "accuracy";
  readonly rows: "training" | "held out";
  readonly value: number;
}

function seriesOf({ paper, blue, vermillion }: Palette, heldOut: string): Record<Point["rows"], Series> {
  return {
    training: { name: "training rows, with gates", colour: blue, paper, symbol: "circle", line: "solid" },
    "held out": {
      name: `${heldOut} rows, weight-scaled`,
      colour: vermillion,
      paper,
      symbol: "diamond2",
      line: "6 3",
    },
  };
}

/**
 * Figure of loss and accuracy by epoch, one panel each; epochs are counted from 1.
 *
 * With dropout the training numbers come from thinned subnetworks and the held-out ones from the
 * weight-scaled network, so the training loss may well be the larger one: the legend says which is which.
 *
 * @throws TypeError, RangeError when a list is empty, differs in length from `loss`, or holds a value that is
 *   not finite.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { trainingCurve } from "@thinned/plot";
 *
 * const figure = trainingCurve({ loss: [0.9, 0.4], valLoss: [0.5, 0.3] });
 * assert.deepEqual(figure.rows[0], { epoch: 1, measure: "loss", rows: "training", value: 0.9 });
 * ```
 */
export function trainingCurve(history: TrainingHistory, options: TrainingCurveOptions = {}): Figure {
  const check = new Arguments("a training curve");
  check.input("history", history);
  check.options(options, ["title", "lossUnit", "heldOut"]);
  const { title = "Training", lossUnit = "nats", heldOut = "validation", width = 720 } = options;
  const loss = check.values("loss", history.loss);
  const epochs = loss.length;
  const partner = { name: "loss", length: epochs };
  const share = (name: string, numbers: Numbers | undefined) => {
    const values = check.optional(name, numbers, partner);
    return values && check.within(name, values, [0, 1]);
  };
  const lists = [
    ["loss", "training", loss],
    ["loss", "held out", check.optional("valLoss", history.valLoss, partner)],
    ["accuracy", "training", share("accuracy", history.accuracy)],
    ["accuracy", "held out", share("valAccuracy", history.valAccuracy)],
  ] as const;
  const rows: Point[] = lists.flatMap(([measure, kind, values]) => {
    return (values ?? []).map((value, index) => ({ epoch: index + 1, measure, rows: kind, value }));
  });
  const measures = (["loss", "accuracy"] as const).filter((measure) =>
    rows.some((row) => row.measure === measure),
  );
  const kinds = (["training", "held out"] as const).filter((kind) => rows.some((row) => row.rows === kind));

  const draw = (palette: Palette) => {
    const looks = seriesOf(palette, heldOut);
    const panelWidth = width / measures.length;
    const parts = measures.map((measure, index) => {
      const scale = measure === "loss" ? 1 : 100;
      const shown = rows
        .filter((row) => row.measure === measure)
        .map((row) => ({ ...row, value: row.value * scale }));
      const values = shown.map(({ value }) => value);
      const marks = kinds.flatMap((kind) => {
        const data = shown.filter((row) => row.rows === kind);
        return [
          line(data, { x: "epoch", y: "value" }, looks[kind]),
          points(data, { x: "epoch", y: "value" }, looks[kind]),
        ];
      });
      const svg = panel(
        {
          width: panelWidth,
          height: 300,
          x: { label: "epoch", ...epochTicks(epochs) },
          y:
            measure === "loss"
              ? { label: `loss (${lossUnit})`, ...axisFromZero(values) }
              : { label: "accuracy (%)", domain: percentages(values) },
          marks,
        },
        palette,
      );
      return { svg, x: index * panelWidth, y: 0 };
    });
    const subtitle = `${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;
    return frame({ title, subtitle, series: kinds.map((kind) => looks[kind]), width, parts }, palette);
  };

  const last = measures.flatMap((measure) => {
    return lists
      .filter((list) => list[0] === measure && list[2])
      .map((list) => `${list[1]} ${measure} ${list[2]?.at(-1)}`);
  });
  const description =
    `Lines of ${measures.join(" and ")} by epoch, ${epochs} in all. ` +
    `In the last epoch: ${last.join(", ")}.`;
  return new Figure({ title, description, rows: rows.map((row) => ({ ...row })), draw });
}

/** What an axis of percentages spans: all of them where there is a single value. */
function percentages(values: readonly number[]): [number, number] {
  const [low, high] = extremes(values);
  return low < high ? [low, high] : [0, 100];
}

function epochTicks(epochs: number): Plot.ScaleOptions {
  const domain: [number, number] = epochs === 1 ? [0, 2] : [1, epochs];
  const ticks = epochs <= 12 ? Array.from({ length: epochs }, (_, index) => index + 1) : 8;
  return { domain, ticks, tickFormat: "d", inset: 10 };
}
