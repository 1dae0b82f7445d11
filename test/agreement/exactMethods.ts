// Which methods of exact() apply: a method that does not is refused with a RangeError.
import type { ExactMethod, Model } from "thinned";

export const exactMethods: readonly ExactMethod[] = [
  ...(["reference", "nested", "split", "halves"] as const),
  ...(["characteristic", "closedForm", "conditioned"] as const),
];

/** Returns the methods that apply to a layer, or to one unit of it. */
export function methodsFor(
  model: Model,
  target: { layer?: number; unit?: number | undefined } = {},
): ExactMethod[] {
  return exactMethods.filter((method) => {
    try {
      return model.explainExact({ ...target, method }).method === method;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  });
}
