// K random units estimate the kernel of a Gaussian process, with an error of the order of 1/√K.
import assert from "node:assert/strict";
import { dense, gp, sequential } from "thinned";

const points = [
  [-1, 0.5],
  [0.3, 2],
  [1.5, -0.2],
];
const kernel = await gp.covariances(gp.arcCosine(), points);
console.log(`k(x, x') of infinitely many ReLU units: ${[...kernel.data].map((k) => k.toFixed(4)).join(" ")}`);
console.log("\n      K   RMS error of 20 networks   times √K");
for (const units of [16, 64, 256, 1024, 4096]) {
  let squares = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const normal = { type: "randomNormal", mean: 0, stddev: 1 } as const;
    const layer = dense(units, { activation: "relu", kernelInitializer: normal, biasInitializer: normal });
    using model = sequential([layer], { inputShape: [2], seed });
    const { data } = model.predict(points);
    const at = (row: number, unit: number) => data[row * units + unit] as number;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        let mean = 0;
        for (let unit = 0; unit < units; unit++) mean += (at(i, unit) * at(j, unit)) / units;
        squares += (mean - (kernel.data[i * 3 + j] as number)) ** 2;
      }
    }
  }
  const error = Math.sqrt(squares / (20 * 9));
  // About 3 times 1/√K at every width.
  assert.ok(error * Math.sqrt(units) < 5);
  const [k, rms, scaled] = [
    String(units).padStart(7),
    error.toFixed(4),
    (error * Math.sqrt(units)).toFixed(2),
  ];
  console.log(`${k}   ${rms.padStart(24)}   ${scaled.padStart(8)}`);
}

const process = await gp.fit({ kernel: gp.arcCosine(), noise: 0.01 }, points, [0.5, 1, -0.5]);
const { mean, variance } = await process.predict([
  [0, 1],
  [3, -3],
]);
console.log(
  `\nPosterior at [0, 1]: ${mean.data[0]?.toFixed(3)} ± ${Math.sqrt(variance.data[0] ?? 0).toFixed(3)}`,
);
console.log(
  `         at [3, -3]: ${mean.data[1]?.toFixed(3)} ± ${Math.sqrt(variance.data[1] ?? 0).toFixed(3)}`,
);
process.dispose();
