import { finite, integer, onlyOptions, printed } from "./argument.js";
import { isRecord } from "./json.js";

/** The same number at every step. */
export interface ConstantSchedule {
  readonly schedule: "constant";
  readonly value: number;
}

/** `start · factor^⌊epoch / every⌋`. */
export interface StepSchedule {
  readonly schedule: "step";
  readonly start: number;
  readonly factor: number;
  readonly every: number;
}

/** `start · factor^epoch`. */
export interface ExponentialSchedule {
  readonly schedule: "exponential";
  readonly start: number;
  readonly factor: number;
}

/** A linear warm-up, then half a cosine from `start` to `end`; counted in steps. */
export interface CosineSchedule {
  readonly schedule: "cosine";
  readonly start: number;
  readonly end: number;
  readonly steps: number;
  readonly warmupSteps: number;
}

/** A straight line from `start` to `end` over the first epochs. */
export interface LinearSchedule {
  readonly schedule: "linear";
  readonly start: number;
  readonly end: number;
  readonly epochs: number;
}

/**
 * A learning rate or momentum that changes while training: plain data, which survives JSON. Epochs and steps count from
 * 0, over the whole fit.
 */
export type Schedule =
  | ConstantSchedule
  | StepSchedule
  | ExponentialSchedule
  | CosineSchedule
  | LinearSchedule;

const make = "make a schedule";

/**
 * Returns the schedule that never changes: the same as the number itself.
 *
 * @throws RangeError when the number is below 0
 */
export function constantSchedule(value: number): ConstantSchedule {
  return checkSchedule(make, "constantSchedule", { schedule: "constant", value }, either);
}

/**
 * Returns a learning rate that falls by a factor every few epochs: `start · factor^⌊epoch / every⌋` (PyTorch's `StepLR`).
 *
 * @throws RangeError when a number is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { sgd, stepDecay } from "thinned";
 *
 * const optimizer = sgd({ learningRate: stepDecay({ start: 0.1, factor: 0.5, every: 10 }), momentum: 0.9 });
 * assert.equal(JSON.stringify(optimizer.learningRate), '{"schedule":"step","start":0.1,"factor":0.5,"every":10}');
 * ```
 */
export function stepDecay(options: { start: number; factor: number; every: number }): StepSchedule {
  onlyOptions(`${make}: stepDecay`, options, shapes.step);
  return checkSchedule(make, "stepDecay", { schedule: "step", ...options }, learningRates);
}

/**
 * Returns a learning rate that falls by a factor each epoch: `start · factor^epoch` (PyTorch's `ExponentialLR`).
 *
 * @throws RangeError when a number is out of range
 */
export function exponentialDecay(options: { start: number; factor: number }): ExponentialSchedule {
  onlyOptions(`${make}: exponentialDecay`, options, shapes.exponential);
  return checkSchedule(make, "exponentialDecay", { schedule: "exponential", ...options }, learningRates);
}

/**
 * Returns a learning rate that rises from 0 over `warmupSteps` steps (default 0), then falls along half a cosine from
 * `start` to `end` (default 0), which it reaches at step `steps` and keeps (Loshchilov & Hutter 2017).
 *
 * @throws RangeError when a number is out of range
 */
export function cosineDecay(options: {
  start: number;
  end?: number;
  steps: number;
  warmupSteps?: number;
}): CosineSchedule {
  onlyOptions(`${make}: cosineDecay`, options, shapes.cosine);
  const { start, end = 0, steps, warmupSteps = 0 } = options;
  const schedule = { schedule: "cosine", start, end, steps, warmupSteps } as const;
  return checkSchedule(make, "cosineDecay", schedule, learningRates);
}

/**
 * Returns a number that goes from `start` to `end` in a straight line over `epochs` epochs: the momentum of Hinton et al.
 * 2012, appendix A.1, is `linearRamp({ start: 0.5, end: 0.99, epochs: 500 })`.
 *
 * That paper also multiplies the gradient by `1 − momentum`, as {@link sgd} does not.
 *
 * @throws RangeError when a number is out of range
 */
export function linearRamp(options: { start: number; end: number; epochs: number }): LinearSchedule {
  onlyOptions(`${make}: linearRamp`, options, shapes.linear);
  return checkSchedule(make, "linearRamp", { schedule: "linear", ...options }, either);
}

/** Numbers, in words and as a test. */
interface Range {
  readonly wanted: string;
  readonly has: (value: number) => boolean;
}

/** What the values of a schedule may be. */
export interface Values {
  /** A number by itself, or where a schedule begins. */
  readonly first: Range;
  /** Where it ends. */
  readonly later: Range;
  /** What it is multiplied by again and again. */
  readonly factor: Range;
}

const isFloat = (value: number) => Number.isFinite(Math.fround(value));
const atLeast0: Range = { wanted: "of at least 0", has: (value) => value >= 0 && isFloat(value) };
const above0: Range = { wanted: "above 0", has: (value) => Math.fround(value) > 0 && isFloat(value) };
const fraction: Range = { wanted: "in [0, 1)", has: (value) => value >= 0 && Math.fround(value) < 1 };

export const learningRates: Values = { first: above0, later: atLeast0, factor: above0 };

/** A momentum that grows by a factor is refused: however small, it passes 1 at last. */
export const momenta: Values = {
  first: fraction,
  later: fraction,
  factor: { wanted: "in (0, 1]", has: (value) => value > 0 && value <= 1 },
};

/** What serves as a learning rate or as a momentum, which begins at 0 in some fits. */
const either: Values = { first: atLeast0, later: atLeast0, factor: above0 };

const shapes = {
  constant: ["value"],
  step: ["start", "factor", "every"],
  exponential: ["start", "factor"],
  cosine: ["start", "end", "steps", "warmupSteps"],
  linear: ["start", "end", "epochs"],
} as const;

/** Returns a number or schedule, checked, as a schedule. */
export function checkSchedule<Given>(
  action: string,
  name: string,
  value: Given,
  { first, later, factor }: Values,
): Given extends number ? ConstantSchedule : Given extends Schedule ? Given : Schedule {
  const checked: Record<string, unknown> = isRecord(value) ? value : { schedule: "constant", value };
  if (!isRecord(value)) {
    finite(action, name, value, first.wanted, first.has);
    return checked as never;
  }
  const { schedule } = value;
  const keys = Object.hasOwn(shapes, String(schedule)) ? shapes[schedule as keyof typeof shapes] : undefined;
  if (keys === undefined) {
    throw new TypeError(
      `Cannot ${action}: ${name}.schedule is ${printed(schedule)}, one of ${printed(Object.keys(shapes))} is wanted`,
    );
  }
  onlyOptions(`${action}: ${name}`, value, ["schedule", ...keys]);
  for (const key of keys) checkNumber(action, `${name}.${key}`, key, value[key]);
  const { steps, warmupSteps } = value as unknown as CosineSchedule;
  if (schedule === "cosine" && steps <= warmupSteps) {
    throw new RangeError(
      `Cannot ${action}: ${name}.steps is ${steps}, more than the ${warmupSteps} of warmupSteps is wanted`,
    );
  }
  return value as never;

  function checkNumber(act: string, label: string, key: string, number: unknown): void {
    const range = key === "end" ? later : key === "factor" ? factor : first;
    if (["start", "value", "end", "factor"].includes(key))
      finite(act, label, number, range.wanted, range.has);
    else integer(act, label, number, key === "warmupSteps" ? 0 : 1, 2 ** 32 - 1);
  }
}

/** Returns a schedule as the boundary takes it: its name, and its numbers in their order. */
export function scheduleNumbers(schedule: Schedule): [name: string, settings: Float64Array] {
  const keys: readonly string[] = shapes[schedule.schedule];
  const numbers = schedule as unknown as Record<string, number>;
  return [schedule.schedule, Float64Array.from(keys, (key) => numbers[key] as number)];
}
