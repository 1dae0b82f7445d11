/** Moments of vectors that come in groups, merged in double precision (Chan, Golub & LeVeque 1979). */
export class GroupedMoments {
  readonly mean: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(length: number) {
    this.mean = new Float64Array(length);
    this.#squares = new Float64Array(length);
  }

  /** Adds `count` vectors with the given means and, when there are several, sums of squared deviations from them. */
  add(count: number, means: ArrayLike<number>, squares?: ArrayLike<number>): void {
    const total = this.#count + count;
    const share = count / total;
    const weight = this.#count * share;
    for (let i = 0; i < this.mean.length; i++) {
      const old = this.mean[i] as number;
      const difference = (means[i] as number) - old;
      this.mean[i] = old + difference * share;
      const within = squares === undefined ? 0 : (squares[i] as number);
      this.#squares[i] = (this.#squares[i] as number) + within + difference * difference * weight;
    }
    this.#count = total;
  }

  /** The variance with divisor T. */
  get variance(): Float64Array {
    return this.#squares.map((sum) => sum / this.#count);
  }
}
