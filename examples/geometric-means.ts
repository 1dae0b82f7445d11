// What a weight-scaled logistic unit computes is the normalised geometric mean of its subnetworks, not their mean: two units small
// enough to see it (Baldi & Sadowski, The dropout learning algorithm, 2014, §8).
import assert from "node:assert/strict";
import { dense, dropout, sequential } from "thinned";

const logistic = (s: number) => 1 / (1 + Math.exp(-s));

/** A unit of one gated input that is `S = without` half of the time and `S = withInput` otherwise. */
async function study(without: number, withInput: number) {
  const layers = [dropout(0.5, { scaling: "standard" }), dense(1, { activation: "sigmoid" })];
  const model = sequential(layers, { inputShape: [1], seed: 1 });
  model.setWeights([[[withInput - without]], [without]]);
  const { mean, geometricMean, complementGeometricMean, nwgm } = await model.exact([[1]]);
  const scaled = model.predict([[1]]).data[0] ?? Number.NaN;
  model.dispose();
  const [E, G, G1, NWGM] = [mean, geometricMean, complementGeometricMean, nwgm].map(
    (t) => t?.data[0] ?? Number.NaN,
  );
  return { E, G, G1, NWGM, scaled } as Record<"E" | "G" | "G1" | "NWGM" | "scaled", number>;
}

const close = (found: number, wanted: number, tolerance: number) =>
  assert.ok(Math.abs(found - wanted) <= tolerance);

const first = await study(0.5, 1);
console.log("O is σ(½) or σ(1):", first);
const [low, high] = [logistic(0.5), logistic(1)];
close(first.E, (low + high) / 2, 1e-12);
close(first.G, Math.sqrt(low * high), 1e-12);
close(first.G1, Math.sqrt((1 - low) * (1 - high)), 1e-12);
close(first.E, 0.676759, 5e-7);
close(first.G, 0.674577, 5e-7);
close(first.G1, 0.318648, 5e-7);
close(first.NWGM, 0.679179, 5e-7);
// The NWGM is σ of the mean pre-activation (eq. 7), so one deterministic pass computes it; the mean it is not.
close(first.NWGM, logistic(0.75), 1e-12);
close(first.scaled, first.NWGM, 1e-6);
assert.ok(Math.abs(first.scaled - first.E) > 0.002);
// Both activities are above ½, and there the NWGM is above the mean; the geometric mean never is.
assert.ok(first.G <= first.E && first.E <= first.NWGM);

// Symmetric about ½ they agree, however far the activities are apart. (Weights are float32, so ln 3 is not exact.)
const second = await study(-Math.log(3), Math.log(3));
console.log("O is ¼ or ¾:", second);
close(second.E, 0.5, 1e-7);
close(second.NWGM, 0.5, 1e-7);
close(second.G, Math.sqrt(0.25 * 0.75), 1e-7);
