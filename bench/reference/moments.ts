/** What is known of the activities of units over all subnetworks. */
export interface ExpectedMoments {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  /** Fourth central moments: they tell how far a sampled variance may be off. */
  readonly fourth: ArrayLike<number>;
}

/** Sums of powers of the deviations from a pilot value near the mean, so that little cancels. */
export class PowerSums {
  readonly #pilot: Float64Array;
  readonly #sums: readonly Float64Array[];
  #weight = 0;

  constructor(pilot: Float64Array) {
    this.#pilot = pilot;
    this.#sums = [1, 2, 3, 4].map(() => new Float64Array(pilot.length));
  }

  add(values: Float64Array, weight = 1): void {
    const [first, second, third, fourth] = this.#sums as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.#weight += weight;
    for (let i = 0; i < values.length; i++) {
      const deviation = (values[i] as number) - (this.#pilot[i] as number);
      const square = deviation * deviation;
      first[i] = (first[i] as number) + weight * deviation;
      second[i] = (second[i] as number) + weight * square;
      third[i] = (third[i] as number) + weight * square * deviation;
      fourth[i] = (fourth[i] as number) + weight * square * square;
    }
  }

  finish(): ExpectedMoments {
    const [first, second, third, fourth] = this.#sums.map((sums) =>
      sums.map((sum) => sum / this.#weight),
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    return {
      mean: first.map((shift, i) => (this.#pilot[i] as number) + shift),
      variance: first.map((shift, i) => (second[i] as number) - shift * shift),
      fourth: first.map((shift, i) => {
        const [s2, s3, s4] = [second[i] as number, third[i] as number, fourth[i] as number];
        return s4 - 4 * shift * s3 + 6 * shift ** 2 * s2 - 3 * shift ** 4;
      }),
    };
  }
}
