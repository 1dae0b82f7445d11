/** Row-major numbers with their shape, as the SDK returns them. */
export interface Tensor {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Numbers to draw: an array, a typed array, or a tensor read in row-major order. */
export type Numbers = ArrayLike<number> | Tensor;

export function isTensor(numbers: Numbers): numbers is Tensor {
  return "data" in numbers && "shape" in numbers;
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

  /**
   * The values of `numbers` as a plain array.
   *
   * @throws TypeError when `numbers` is not a list of numbers.
   * @throws RangeError when it is empty, does not fill its shape, or holds NaN or an infinity (with its
   *   index).
   */
  values(name: string, numbers: Numbers): number[] {
    const list =
      numbers !== null && typeof numbers === "object" ? (isTensor(numbers) ? numbers.data : numbers) : null;
    if (typeof list?.length !== "number") {
      const kind = numbers === null ? "null" : typeof numbers;
      throw new TypeError(`Cannot draw ${this.#figure}: ${name} is ${kind}, wanted numbers or a tensor`);
    }
    if (isTensor(numbers)) {
      const wanted = numbers.shape.reduce((product, size) => product * size, 1);
      if (list.length !== wanted) {
        throw this.refuse(
          `${name} has ${list.length} values, wanted ${wanted} for its shape [${numbers.shape}]`,
        );
      }
    }
    if (list.length === 0) throw this.refuse(`${name} is empty, wanted at least one number`);
    return Array.from(list, (value, index) => {
      if (!Number.isFinite(value)) throw this.refuse(`${name}[${index}] is ${value}, wanted a finite number`);
      return value;
    });
  }

  /** As `values`, for a list that goes with another one. @throws RangeError when it has another length. */
  paired(name: string, numbers: Numbers, partner: Partner): number[] {
    const values = this.values(name, numbers);
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

  /** As `paired`, for an optional list. */
  optional(name: string, numbers: Numbers | undefined, partner: Partner): number[] | undefined {
    return numbers === undefined ? undefined : this.paired(name, numbers, partner);
  }
}
