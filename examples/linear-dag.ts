// Linear units in any directed graph: the weight-scaled pass is the mean over all subnetworks, layer by layer (Baldi & Sadowski
// 2013, eq. 4), though every layer reads from all that came before it.
import assert from "node:assert/strict";
import { concat, dense, dropout, graph, input } from "thinned";

const x = input([5]);
// Reading through a dropout of its own each time: these are different gates on the same numbers.
const first = dense(4, { name: "first" }).apply(dropout(0.2).apply(x));
const second = dense(3, { name: "second" }).apply(
  concat().apply([
    dropout([0.5, 0.25, 0, 0.75]).apply(first),
    dropout(0.1, { scaling: "standard" }).apply(x),
  ]),
);
const output = dense(2, { name: "output", connectionRate: 0.3 }).apply(concat().apply([x, first, second]));
const model = graph({ inputs: x, outputs: output, seed: 8 });

const rows = [
  [1, -2, 0.5, 3, -1],
  [0, 1, 1, -1, 2],
];
const layers = ["first", "second", "output"];
const exact = await model.exact(rows, { layer: layers });
const sampled = await model.predictMC(rows, { layer: layers, samples: 20_000, seed: 4 });
for (const name of layers) {
  const [whole, drawn] = [exact[name], sampled[name]];
  assert.ok(whole && drawn);
  console.log(
    `${name}: ${whole.subnetworks} subnetworks by ${whole.method}, E ${[...whole.mean.data].map((e) => e.toFixed(4)).join(" ")}`,
  );
  whole.mean.data.forEach((mean, i) => {
    // The deterministic pass of the whole graph, at this layer.
    assert.ok(Math.abs((whole.deterministic.data[i] ?? Number.NaN) - mean) < 1e-12);
    // Twenty thousand samples agree within five standard errors.
    const standardError = Math.sqrt((whole.variance.data[i] ?? 0) / 20_000);
    assert.ok(Math.abs((drawn.mean.data[i] ?? Number.NaN) - mean) < 5 * standardError + 1e-5);
  });
}
// Gates of the output's own connections: far too many masks to walk through, and no need to.
assert.equal(exact.output?.subnetworks, 2n ** BigInt(5 + 3 + 5 + 12 * 1));
model.dispose();
