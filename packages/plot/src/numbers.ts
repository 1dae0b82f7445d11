import { printed } from "./printed.js";
import { unfitForXml } from "./xmlText.js";

/** Row-major numbers with their shape, as the SDK returns them. */
export interface Tensor {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Numbers to draw: an array, a typed array, or a tensor read in row-major order. */
export type Numbers = ArrayLike<number> | Tensor;

export function isTensor(numbers: Numbers): numbers is Tensor {
  return typeof numbers === "object" && numbers !== null && "data" in numbers && "shape" in numbers;
}

/** The list that another list goes with, value by value. */
export interface Partner {
  readonly name: string;
  readonly length: number;
  /** The other list holds so many rows of that length, one after the other; default 1. */
  readonly rows?: number;
}

/** Checks the arguments of one figure; its messages begin with the figure's name. */
export class Arguments {
  readonly #figure: string;

  constructor(figure: string) {
    this.#figure = figure;
  }

  /** A RangeError about an argument of this figure. */
  refuse(problem: string): RangeError {
    return new RangeError(`Cannot draw ${this.#figure}: ${problem}`);
  }

  /** A TypeError about an argument of this figure. */
  refuseKind(problem: string): TypeError {
    return new TypeError(`Cannot draw ${this.#figure}: ${problem}`);
  }

  /** `input` again, when it is an object. @throws TypeError when it is something else. */
  input<Input extends object>(name: string, input: Input): Input {
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return input;
    throw this.refuseKind(`${name} is ${printed(input)}, wanted an object`);
  }

  /**
   * Checks the options: texts, and a width in pixels.
   *
   * @throws TypeError when there is no option of a name, or a text is none.
   * @throws RangeError when the width is not a positive number, or a text has a character that no SVG file can hold.
   */
  options(options: object, texts: readonly string[], others: readonly string[] = []): void {
    const known = [...texts, ...others, "width"];
    for (const [name, value] of Object.entries(this.input("the argument for options", options))) {
      if (!known.includes(name)) {
        throw this.refuseKind(`there is no option ${printed(name)}, the options are ${known.join(", ")}`);
      }
      if (texts.includes(name) && value !== undefined && typeof value !== "string") {
        throw this.refuseKind(`${name} is ${printed(value)}, wanted a text`);
      }
      if (typeof value === "string") this.text(name, value);
      if (name === "width" && value !== undefined && !(Number.isFinite(value) && value > 0)) {
        throw this.refuse(`width is ${printed(value)}, wanted a number of pixels above 0`);
      }
    }
  }

  /** `text` again. @throws RangeError when it has a control character, or another that no SVG file can hold. */
  text(name: string, text: string): string {
    const unfit = unfitForXml(text);
    if (unfit === undefined) return text;
    throw this.refuse(`${name} has the character ${unfit}, wanted characters that XML can hold`);
  }

  /**
   * The values of `numbers` as a plain array.
   *
   * @throws TypeError when `numbers` is not a list of numbers.
   * @throws RangeError when it is empty, does not fill its shape, or holds NaN or an infinity (with its
   *   index). An index that `isIdle` accepts may hold any number.
   */
  values(name: string, numbers: Numbers, isIdle: (index: number) => boolean = () => false): number[] {
    const list =
      numbers !== null && typeof numbers === "object" ? (isTensor(numbers) ? numbers.data : numbers) : null;
    if (typeof list?.length !== "number") {
      throw this.refuseKind(`${name} is ${printed(numbers)}, wanted numbers or a tensor`);
    }
    if (isTensor(numbers)) {
      if (!Array.isArray(numbers.shape)) {
        throw this.refuseKind(`${name}.shape is ${printed(numbers.shape)}, wanted an array of sizes`);
      }
      const wanted = numbers.shape.reduce((product, size) => product * size, 1);
      if (list.length !== wanted) {
        throw this.refuse(
          `${name} has ${list.length} values, wanted ${wanted} for its shape [${numbers.shape}]`,
        );
      }
    }
    if (list.length === 0) throw this.refuse(`${name} is empty, wanted at least one number`);
    return Array.from(list, (value, index) => {
      if (typeof value !== "number") {
        throw this.refuseKind(`${name}[${index}] is ${printed(value)}, wanted a number`);
      }
      if (!(Number.isFinite(value) || isIdle(index)))
        throw this.refuse(`${name}[${index}] is ${value}, wanted a finite number`);
      return value;
    });
  }

  /** As `values`, for a list that goes with another one. @throws RangeError when it has another length. */
  paired(name: string, numbers: Numbers, partner: Partner, isIdle?: (index: number) => boolean): number[] {
    const values = this.values(name, numbers, isIdle);
    const each = values.length / (partner.rows ?? 1);
    if (each !== partner.length) {
      const state = `${name} has ${each} values and ${partner.name} has ${partner.length}`;
      throw this.refuse(`${state}, wanted as many of each`);
    }
    return values;
  }

  /** `values` again, when all of them lie in [low, high]. @throws RangeError when one does not. */
  within(name: string, values: number[], [low, high]: readonly [number, number]): number[] {
    const bad = values.findIndex((value) => value < low || value > high);
    if (bad >= 0) throw this.refuse(`${name}[${bad}] is ${values[bad]}, wanted a value in [${low}, ${high}]`);
    return values;
  }

  /** `values` again, when each is greater than the one before it. @throws RangeError when one is not. */
  ascending(name: string, values: number[], kind = "numbers"): number[] {
    const bad = values.findIndex((value, index) => index > 0 && value <= (values[index - 1] as number));
    if (bad < 0) return values;
    const state = `${name}[${bad}] is ${values[bad]} after ${values[bad - 1]}`;
    throw this.refuse(`${state}, wanted ascending ${kind}`);
  }

  /** A pair of numbers of which the first is the smaller. @throws RangeError when it is another one. */
  interval(name: string, pair: Numbers): [number, number] {
    const ends = this.ascending(name, this.values(name, pair), "ends");
    if (ends.length !== 2) throw this.refuse(`${name} has ${ends.length} values, wanted 2`);
    return ends as [number, number];
  }

  /**
   * The entries of a record of inputs by name.
   *
   * @throws TypeError when it, or one of them, is no object.
   * @throws RangeError when there is none, or more than `most`, or a name has a character that no SVG file can hold.
   */
  named<Input extends object>(
    kind: string,
    record: Readonly<Record<string, Input>>,
    most: number,
  ): [string, Input][] {
    const entries = Object.entries(this.input(`the argument for ${kind}`, record));
    if (entries.length === 0 || entries.length > most) {
      throw this.refuse(`there are ${entries.length} ${kind}, wanted 1 to ${most}`);
    }
    for (const [name] of entries) this.text(`the name ${JSON.stringify(name)}`, name);
    return entries;
  }

  /** As `paired`, for an optional list. */
  optional(name: string, numbers: Numbers | undefined, partner: Partner): number[] | undefined {
    return numbers === undefined ? undefined : this.paired(name, numbers, partner);
  }
}
