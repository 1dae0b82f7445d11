// A network that is no chain: the output reads the hidden layer and, past it, the input.
import assert from "node:assert/strict";
import { concat, dense, dropout, graph, input, type Model } from "thinned";

/** Input of 4, a gated path through 8 hidden units, and a skip connection without gates. */
function network(activation: "linear" | "tanh"): Model {
  const x = input([4]);
  const hidden = dense(8, { activation, name: "hidden" }).apply(dropout(0.2).apply(x));
  const both = concat().apply([dropout(0.5).apply(hidden), x]);
  return graph({ inputs: x, outputs: dense(1, { name: "output" }).apply(both), seed: 3 });
}

const rows = [[1, -2, 0.5, 3]];
for (const activation of ["linear", "tanh"] as const) {
  const model = network(activation);
  const { mean, variance, subnetworks } = await model.exact(rows);
  const scaled = model.predict(rows).data[0] as number;
  const gap = Math.abs(scaled - (mean.data[0] as number));
  console.log(
    `${activation}: ${subnetworks} subnetworks, E ${mean.data[0]?.toFixed(6)}, V ${variance.data[0]?.toFixed(6)}`,
  );
  console.log(
    `${" ".repeat(activation.length)}  weight-scaled ${scaled.toFixed(6)}, off by ${gap.toExponential(1)}`,
  );
  assert.equal(subnetworks, 2n ** 12n);
  // For linear networks the weight-scaled pass is the ensemble mean, whatever the connections: what is left
  // is the rounding of one float32 pass. A tanh in between breaks the equality.
  if (activation === "linear") assert.ok(gap < 1e-5);
  else assert.ok(gap > 1e-4);
  model.dispose();
}
