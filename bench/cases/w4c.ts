import { image, loadMnist } from "../../examples/mnist/dataset.ts";
import type { DenseLayer } from "../data/network.ts";
import { logisticMoments } from "../reference/characteristic.ts";
import { trainedLayer } from "../thinned/trainedLayer.ts";
import { meanOf, numbersOf, varianceOf, WrongAnswer } from "../work/answer.ts";
import type { Uncountable } from "../work/work.ts";
import type { Case } from "./case.ts";

const UNITS = 1200;

/** Means and variances of activities below 1, in double precision. */
const ROUNDING = 1e-12;

/** Every so many units are computed by the reference as well. */
const CHECKED = 100;

export const w4c: Case = {
  name: "W4c",
  title: "exact: 784 → 1,200 logistic trained on MNIST, one digit, 2^784 subnetworks, all units",
  goals: [{ variant: "simd128", atMostMs: 120 }],
  async load(effort) {
    const { train, test } = loadMnist(effort === "whole" ? 3000 : 300, 1);
    const layer = await trainedLayer(train, UNITS, effort === "whole" ? 2 : 1);
    const x = image(test, 0).slice();
    const work: Uncountable = { kind: "uncountable", network: [layer], x };
    return {
      work,
      amount: { passes: 2 ** 784 },
      check(answer) {
        const [means, variances] = [meanOf(0), varianceOf(0)].map((name) => numbersOf(answer, name, UNITS));
        for (let unit = 0; unit < UNITS; unit += CHECKED) {
          const { mean, variance } = logisticMoments(unitOf(layer, unit), x);
          compare(`mean of unit ${unit}`, means?.[unit], mean);
          compare(`variance of unit ${unit}`, variances?.[unit], variance);
        }
      },
    };
  },
};

/** Returns one unit of a layer as a layer. */
function unitOf({ kernel, bias, units, ...layer }: DenseLayer, unit: number): DenseLayer {
  return {
    ...layer,
    units: 1,
    kernel: kernel.filter((_, index) => index % units === unit),
    bias: bias?.slice(unit, unit + 1),
  };
}

function compare(what: string, value: number | undefined, wanted: number): void {
  if (value !== undefined && Math.abs(value - wanted) <= ROUNDING) return;
  throw new WrongAnswer(`the ${what} is ${value}, ${wanted} is wanted`);
}
