import type { AdamSettings } from "../work/work.ts";

/** Numbers that Adam moves (Kingma & Ba 2015, algorithm 1), with moments in double precision. */
export class Learned {
  /** Float32 as everywhere: a program under test has no others to add its steps to. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly #gradient: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;

  /** Starts from a copy of `values`. */
  constructor(values: ArrayLike<number>) {
    this.values = Float32Array.from(values);
    this.#gradient = new Float64Array(values.length);
    this.#first = new Float64Array(values.length);
    this.#second = new Float64Array(values.length);
  }

  add(index: number, gradient: number): void {
    this.#gradient[index] = (this.#gradient[index] as number) + gradient;
  }

  /** Moves by the mean gradient of `count` rows. */
  update(count: number, step: number, { learningRate, beta1, beta2, epsilon }: AdamSettings): void {
    const [correction1, correction2] = [1 - beta1 ** step, 1 - beta2 ** step];
    for (let i = 0; i < this.values.length; i++) {
      const gradient = (this.#gradient[i] as number) / count;
      const first = beta1 * (this.#first[i] as number) + (1 - beta1) * gradient;
      const second = beta2 * (this.#second[i] as number) + (1 - beta2) * gradient ** 2;
      this.#first[i] = first;
      this.#second[i] = second;
      this.#gradient[i] = 0;
      const change = (learningRate * (first / correction1)) / (Math.sqrt(second / correction2) + epsilon);
      this.values[i] = (this.values[i] as number) - change;
    }
  }
}
