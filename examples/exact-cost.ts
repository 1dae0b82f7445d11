// What each exact method costs by the number of gates, measured. `node exact-cost.ts figure.svg` takes a minute and draws
// docs/figures/exact-cost.svg; without a file it goes as far as 10 gates.
import assert from "node:assert";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { costByGates } from "@thinned/plot";
import { type Activation, dense, dropout, type ExactMethod, type Model, sequential } from "thinned";

const file = process.argv[2];

/** One gated layer of `gates` inputs into one unit. */
const oneLayer = (activation: Activation) => (gates: number) =>
  sequential([dropout(0.4), dense(1, { activation })], { inputShape: [gates], seed: 1 });

/** Eight gates below and the others above: what `conditioned` enumerates and what it integrates. */
const twoLayers = (gates: number) =>
  sequential(
    [
      dropout(0.4),
      dense(gates - 8, { activation: "tanh" }),
      dropout(0.4),
      dense(1, { activation: "sigmoid" }),
    ],
    { inputShape: [8], seed: 1 },
  );

const methods: readonly { method: ExactMethod; model: (gates: number) => Model; gates: number[] }[] = [
  { method: "reference", model: oneLayer("tanh"), gates: [2, 4, 8, 10, 12, 14, 16, 18] },
  { method: "nested", model: oneLayer("tanh"), gates: [2, 4, 8, 10, 12, 16, 18, 20, 22] },
  { method: "split", model: oneLayer("sigmoid"), gates: [2, 4, 8, 10, 12, 16, 20, 24, 27] },
  { method: "halves", model: oneLayer("relu"), gates: [2, 4, 8, 10, 16, 20, 28, 36, 40, 44] },
  {
    method: "characteristic",
    model: oneLayer("sigmoid"),
    gates: [2, 4, 8, 10, 30, 100, 300, 1000, 3000, 10_000],
  },
  { method: "closedForm", model: oneLayer("linear"), gates: [2, 4, 8, 10, 30, 100, 300, 1000, 3000, 10_000] },
  { method: "conditioned", model: twoLayers, gates: [9, 12, 18, 30, 100, 300, 1000] },
];

/** How often everything is measured: other programs on the machine slow down one round more than another. */
const rounds = file === undefined ? 1 : 4;

/** Processor time of a call, the mean of as many as a tenth of a second holds and of three at least. */
async function secondsOf(model: Model, method: ExactMethod, x: Float32Array[]): Promise<number> {
  await model.exact(x, { method, budget: 2 ** 50 });
  const [start, before] = [performance.now(), process.cpuUsage()];
  let calls = 0;
  for (; calls < 3 || performance.now() - start < 100; calls++) {
    const { variance, errorBound } = await model.exact(x, { method, budget: 2 ** 50 });
    assert.ok((variance.data[0] ?? -1) >= 0 && errorBound < 1e-6);
  }
  const { user, system } = process.cpuUsage(before);
  return Math.max(user + system, 1) / 1e6 / calls;
}

const costs = methods
  .map(({ gates }) => gates.filter((count) => file !== undefined || count <= 10))
  .map((gates) => ({
    gates,
    seconds: gates.map(() => Number.POSITIVE_INFINITY),
  }));
for (let round = 0; round < rounds; round++) {
  for (const [index, { method, model: make }] of methods.entries()) {
    const { gates, seconds } = costs[index] as (typeof costs)[number];
    for (const [place, count] of gates.entries()) {
      const model = make(count);
      const inputs = method === "conditioned" ? 8 : count;
      const x = [Float32Array.from({ length: inputs }, (_, i) => Math.sin(i + 1) / Math.sqrt(inputs))];
      assert.equal(model.explainExact({ method }).gates, count);
      const measured = Number((await secondsOf(model, method, x)).toPrecision(3));
      seconds[place] = Math.min(seconds[place] as number, measured);
      model.dispose();
    }
  }
}
for (const [index, { gates, seconds }] of costs.entries()) {
  const last = 1000 * (seconds.at(-1) as number);
  console.log(`${methods[index]?.method}: ${last.toPrecision(3)} ms for ${gates.at(-1)} gates`);
}

const figure = costByGates(
  Object.fromEntries(methods.map(({ method }, index) => [method, costs[index] as (typeof costs)[number]])),
  {
    title: "Exact statistics of one unit: time by number of gates",
    note: `rate 0.4; processor time, least of four rounds, on one core of ${cpus()[0]?.model.trim() ?? "this machine"}, Node ${process.versions.node}`,
  },
);
assert.equal(
  figure.rows.length,
  costs.reduce((sum, { gates }) => sum + gates.length, 0),
);
if (file !== undefined) {
  writeFileSync(file, figure.toSvg());
  writeFileSync(file.replace(/\.svg$/, ".csv"), figure.toCsv());
}
