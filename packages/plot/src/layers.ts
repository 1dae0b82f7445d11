import { type Arguments, isTensor } from "./numbers.js";

/** Numbers of one layer, or those of several by name. */
export type ByLayer<Input> = Input | Readonly<Record<string, Input>>;

/** What the panels of a figure by layer can hold. */
export const mostLayers = 8;

/** One layer of an input, and what the names of its lists begin with in messages. */
export interface OneLayer<Input> {
  readonly given: Input;
  readonly prefix: string;
  /** Goes into every row; empty when the input had no names. */
  readonly layer: { readonly layer?: string };
}

/**
 * The layers of an input, which is itself one when it holds the list `sign`: a layer of that name is told from it by being neither
 * a list nor a tensor.
 *
 * @throws TypeError when the input, or one of its layers, is no object.
 * @throws RangeError when there are more than eight layers.
 */
export function layersOf<Input extends object>(
  check: Arguments,
  input: ByLayer<Input>,
  sign: keyof Input & string,
): OneLayer<Input>[] {
  check.input("the argument for statistics", input);
  const own = (input as Record<string, unknown>)[sign];
  const isList = typeof own === "object" && own !== null && ("length" in own || isTensor(own as never));
  // Whatever holds no object is one layer whose lists are wrong or missing, and is told so by their names.
  const holdsObject = Object.values(input).some(
    (value) => typeof value === "object" && value !== null && !("length" in value) && !isTensor(value),
  );
  if (isList || !holdsObject) return [{ given: input as Input, prefix: "", layer: {} }];
  const entries = check.named("layers", input as Readonly<Record<string, Input>>, mostLayers);
  return entries.map(([name, given]) => {
    return { given: check.input(name, given), prefix: `${name}.`, layer: { layer: name } };
  });
}
