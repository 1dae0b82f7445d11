import { productsPerRow } from "../data/network.ts";
import type { Sampling } from "../work/work.ts";
import type { Case, Goal } from "./case.ts";
import { reluInputs, reluNetwork } from "./relu.ts";
import { checkSampling } from "./sampledExpectation.ts";

const ROWS = 1000;
/** With fewer, a variance of zero would be within the error of sampling. */
const SAMPLES = 100;

export const w3 = sampledBatch("W3", "shared", [
  { variant: "relaxed", atMostMs: 400 },
  { variant: "relaxed", threads: 2, speedup: 1.8 },
]);

export const w3i = sampledBatch("W3i", "independent", [{ variant: "relaxed", atMostMs: 1200 }]);

function sampledBatch(name: string, masks: Sampling["masks"], goals: readonly Goal[]): Case {
  return {
    name,
    title: `784-512-512-10 ReLU, hidden rate 0.5: 1,000 inputs, 100 ${masks} masks`,
    goals,
    load() {
      const network = reluNetwork();
      const x = reluInputs(ROWS);
      const work: Sampling = {
        kind: "sampling",
        convolutions: [],
        network,
        x,
        rows: ROWS,
        samples: SAMPLES,
        masks,
        layers: "output",
      };
      const passes = ROWS * work.samples;
      return {
        work,
        amount: { passes, products: passes * productsPerRow(network) },
        // Both kinds of masks have the same moments for each input.
        check: checkSampling("W3", work),
      };
    },
  };
}
