import { printed } from "./argument.js";
import type { Callback, CallbackState } from "./callback.js";
import { FormatError } from "./errors.js";
import { isRecord } from "./json.js";

/** The key of what a callback of this library is: its kind, with the options that a resumed fit has to share. */
export const description: unique symbol = /* @__PURE__ */ Symbol("description");

/** A callback that says what it is. */
export interface DescribedCallback extends Callback {
  readonly [description]: { readonly kind: string; readonly [option: string]: unknown };
}

/** A callback of which a checkpoint has to keep something. */
export type StatefulCallback = Callback & { getState: () => CallbackState };

/** Returns whether a checkpoint has to keep something of a callback. */
export const hasState = (callback: Callback): callback is StatefulCallback => callback.getState !== undefined;

/** Returns what has to be the same of a callback in a fit that goes on; of one that is the caller's own, only that it is there. */
export function describeCallback(callback: Callback): unknown {
  return (callback as Partial<DescribedCallback>)[description] ?? { kind: "own" };
}

/**
 * Returns the values of a state that a callback of this kind gave; `isRight` looks at their types.
 *
 * @throws FormatError when the state is of another kind of callback, or is damaged
 */
export function stateValues<Values>(
  kind: string,
  { values }: CallbackState,
  isRight: (values: Record<string, unknown>) => boolean,
): Values {
  if (isRecord(values) && values.kind === kind && isRight(values)) return values as Values;
  const found = !isRecord(values)
    ? printed(values)
    : values.kind === kind
      ? "damaged"
      : `that of ${printed(values.kind)}`;
  throw new FormatError(
    `Cannot resume: the state for a callback of kind ${printed(kind)} is ${found}, what its getState() returned is wanted`,
  );
}

/** Returns whether `value` is the text of a number that a monitor keeps, Infinity being none to JSON. */
export const isNumberText = (value: unknown): boolean =>
  typeof value === "string" && value !== "" && !Number.isNaN(Number(value));
