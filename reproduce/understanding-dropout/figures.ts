import {
  activationHistogram,
  consistencyByLayer,
  consistencyOverTime,
  type Figure,
  meanMinusDeterministic,
  meanMinusNwgm,
} from "@thinned/plot";
import type { Tensor } from "thinned";
import { count } from "../../examples/mnist/table.ts";
import { partedByActivity, typicalLayer, typicalUnits } from "./activeUnits.ts";
import { average } from "./layerNumbers.ts";
import { hiddenNames } from "./network.ts";
import type { Config } from "./options.ts";
import type { Course } from "./probe.ts";
import type { LayerStatistics, Statistics } from "./statistics.ts";

/** What the figures are drawn from. */
export interface Results {
  readonly config: Config;
  readonly statistics: Statistics;
  readonly course: Course;
  /** Activities of the weight-scaled network for `histogramRows` digits. */
  readonly activities: Readonly<Record<string, Tensor>>;
  /** Whether training came to the end of one epoch. */
  readonly isTrained: boolean;
  /** Goes under every title: how far training came. */
  readonly state: string;
}

/** Returns the figures that were asked for, by the names of their files. */
export function figuresOf(results: Results, wanted: readonly string[]): Record<string, Figure> {
  const made: Record<string, () => Record<string, Figure>> = {
    "1": () => figure1(results),
    "2a": () => ({ "figure-2a": figure2a(results) }),
    "2b": () => ({ "figure-2b": figure2b(results) }),
    "3": () => ({ "figure-3": figure3(results) }),
  };
  return Object.assign({}, ...wanted.map((name) => made[name]?.()));
}

function figure1({ config, statistics, state }: Results): Record<string, Figure> {
  const { sampled, exactFirst, integratedSecond, exactSecond } = statistics;
  const [first = "", second = "", ...higher] = hiddenNames(config);
  const of = (name: string) => sampled[name] as LayerStatistics;
  const points = ({ mean, nwgm, variance, gapError }: LayerStatistics) => {
    const isExact = gapError.every((error) => error === 0);
    return { mean, nwgm, variance, ...(!isExact && { standardError: gapError }) };
  };
  const left = {
    [`${first}, all subnetworks`]: points(exactFirst),
    [`${first}, sampled`]: points(of(first)),
    [`${second}, ${integratedSecond.subnetworks} input masks, corrected`]: points(integratedSecond),
    [`${second}, sampled`]: points(of(second)),
    ...Object.fromEntries(higher.map((name) => [`${name}, sampled`, points(of(name))])),
    [`${second}, no input gates, all`]: points(exactSecond),
  };
  const offset = ({ mean, deterministic, meanError }: LayerStatistics) => {
    return { mean, deterministic: Float64Array.from(deterministic), standardError: meanError };
  };
  const right = {
    [`${first}, all subnetworks`]: {
      mean: exactFirst.mean,
      deterministic: Float64Array.from(exactFirst.deterministic),
    },
    ...Object.fromEntries([second, ...higher].map((name) => [`${name}, sampled`, offset(of(name))])),
  };
  const note = `one test digit, ${count(config.samples)} sampled subnetworks; ${state}`;
  return {
    "figure-1-left": meanMinusNwgm(left, { title: "E − NWGM in the hidden layers", note, vertical: "own" }),
    "figure-1-right": meanMinusDeterministic(right, { title: "E − O* in the hidden layers", note }),
  };
}

/** The middle one of the units that end active, by their last means, and of the others. */
function figure2a({ config, course, state }: Results): Figure {
  const names = hiddenNames(config);
  const name = typicalLayer(names);
  const means = course.mean[name] as readonly Float64Array[];
  const deviations = course.deviation[name] as readonly Float64Array[];
  const last = means.at(-1) as Float64Array;
  const middle = (units: readonly number[]) => {
    const order = [...units].sort((a, b) => (last[a] as number) - (last[b] as number));
    return order[Math.floor(order.length / 2)];
  };
  const { active, inactive } = typicalUnits(course, names);
  const chosen = { "an active unit": middle(active), "an inactive unit": middle(inactive) };
  const units = Object.entries(chosen).flatMap(([kind, unit]) => {
    if (unit === undefined) return [];
    const of = (looks: readonly Float64Array[]) => looks.map((look) => look[unit] as number);
    return [[kind, { epochs: course.epochs, mean: of(means), deviation: of(deviations) }] as const];
  });
  return consistencyOverTime(Object.fromEntries(units), {
    title: `Typical units of ${name} during training`,
    note: `one test digit, the middle unit of those that end above 0.1 and of the others; mean ± standard deviation over ${config.probeSamples} subnetworks; ${state}`,
  });
}

/** Of the active units, as in the paper; where a layer has none, of all. */
function figure2b({ config, course, state }: Results): Figure {
  const quantile = (values: readonly number[], share: number) =>
    [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] as number;
  const without: string[] = [];
  const layers = hiddenNames(config).map((name) => {
    const { active, inactive } = partedByActivity(course.mean[name] as readonly Float64Array[]);
    if (active.length === 0) without.push(name);
    const units = active.length > 0 ? active : inactive;
    const deviations = (course.deviation[name] as readonly Float64Array[]).map((look) =>
      units.map((unit) => look[unit] as number),
    );
    const spread = {
      epochs: course.epochs,
      mean: deviations.map(average),
      low: deviations.map((look) => quantile(look, 0.05)),
      high: deviations.map((look) => quantile(look, 0.95)),
    };
    return [name, spread] as const;
  });
  const exception = without.length > 0 ? `, all units of ${without.join(", ")}, which has none` : "";
  return consistencyByLayer(Object.fromEntries(layers), {
    note: `one test digit, active units (mean above 0.1 after training)${exception}; line: their mean, band: 5 % to 95 % of them; ${state}`,
  });
}

function figure3({ config, activities, state }: Results): Figure {
  const layers = hiddenNames(config).map((name) => [name, (activities[name] as Tensor).data] as const);
  return activationHistogram(Object.fromEntries(layers), {
    title: "Activities of the weight-scaled network",
    note: `${config.histogramRows} test digits; ${state}`,
    scale: "log",
  });
}
