import { convergence, type Figure, predictiveBand } from "@thinned/plot";
import { adam, dense, dropout, gp, sequential } from "thinned";

/** MC dropout with ReLU and with tanh units, and the weight-scaled line, of a curve that is known between −1 and 1. */
export async function predictionFigure(epochs: number): Promise<Figure> {
  const count = 40;
  const x = Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1));
  const y = x.map((value, i) => Math.sin(3 * value) + 0.1 * Math.sin(77 * i));
  const grid = Array.from({ length: 121 }, (_, i) => -3 + i / 20);
  const column = (values: readonly number[]) => values.map((value) => [value]);
  const predictions: Record<
    string,
    { x: number[]; mean: Float64Array | Float32Array; deviation?: Float64Array }
  > = {};
  for (const activation of ["relu", "tanh"] as const) {
    const hidden = () => [dense(64, { activation }), dropout(0.1)];
    const model = sequential([...hidden(), ...hidden(), dense(1)], { inputShape: [1], seed: 4 });
    await model.fit(column(x), y, {
      loss: "meanSquaredError",
      optimizer: adam({ learningRate: 0.003 }),
      epochs,
      batchSize: count,
    });
    const { mean, variance } = await model.predictMC(column(grid), { samples: 500, seed: 1 });
    predictions[`MC dropout, ${activation === "relu" ? "ReLU" : activation}`] = {
      x: grid,
      mean: mean.data,
      deviation: variance.data.map(Math.sqrt),
    };
    if (activation === "relu")
      predictions["weight-scaled, ReLU"] = { x: grid, mean: model.predict(column(grid)).data };
    model.dispose();
  }
  return predictiveBand(predictions, {
    title: "A curve, predicted beyond where it is known",
    note: "two layers of 64 units, rate 0.1, 500 subnetworks",
    data: { x, y },
    trained: [-1, 1],
    layout: "facets",
    range: [-4, 4],
  });
}

/** Numbers of the standard normal distribution, from pairs of uniform ones (Box and Muller 1958). */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state * 48_271) % 2_147_483_647; // Park and Miller 1988
    return state / 2_147_483_647;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

const points = [
  [1, 0.5],
  [-0.5, 1],
  [0.25, -2],
];

/** How networks of K random units approach the kernels of Gaussian processes, and tell how far they are from them. */
export async function convergenceFigure(repetitions: number): Promise<Figure> {
  const size = [10, 30, 100, 300, 1000, 3000];
  const next = normals(1);
  const errors = async (kernel: gp.Kernel, unit: (input: number) => number) => {
    const { data } = await gp.covariances(kernel, points);
    return size.map((units) => distance(data, unit, next, { units, repetitions }));
  };
  return convergence(
    {
      "ReLU: arc-cosine kernel": { size, error: await errors(gp.arcCosine(), (s) => Math.max(0, s)) },
      "erf: arc-sine kernel": { size, error: await errors(gp.arcSine(), erf) },
    },
    {
      title: "Random networks approach a Gaussian process",
      note: `3 inputs, ${repetitions} networks of each size`,
    },
  );
}

/** The root mean square of what networks of some random units are away from the kernel. */
function distance(
  kernel: Float64Array,
  unit: (input: number) => number,
  next: () => number,
  { units, repetitions }: { readonly units: number; readonly repetitions: number },
): number {
  let squares = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const sums = new Float64Array(kernel.length);
    for (let each = 0; each < units; each++) {
      const [w, v, b] = [next(), next(), next()];
      const active = points.map(([x = 0, z = 0]) => unit(w * x + v * z + b));
      for (const [i, a] of active.entries()) {
        for (const [j, c] of active.entries()) {
          const place = i * points.length + j;
          sums[place] = (sums[place] as number) + a * c;
        }
      }
    }
    sums.forEach((sum, place) => {
      squares += (sum / units - (kernel[place] as number)) ** 2;
    });
  }
  return Math.sqrt(squares / (repetitions * kernel.length));
}

/** Abramowitz and Stegun 7.1.26, within 1.5e-7: far less than what sampling leaves. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const coefficients = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const series = coefficients.reduce((sum, coefficient) => (sum + coefficient) * t, 0);
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}
