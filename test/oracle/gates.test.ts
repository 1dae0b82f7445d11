import { describe, expect, test } from "vitest";
import { gateVectors } from "../vectors/vectors.ts";
import { type Draw, drawGates, randomBlock } from "./gates.ts";

const draw: Draw = { seed: 11, domain: 0, site: 2, row: 0, sample: 5 };

describe("drawGates()", () => {
  test.each(gateVectors)(
    "gives the reference gates of seed $seed, site $site, row $row, sample $sample",
    (vector) => {
      expect(drawGates(vector, vector.rates).join("")).toBe(vector.kept);
    },
  );

  test("takes bit u mod 32 of word (u div 32) mod 4 of block u div 128 at rate 1/2", () => {
    const gates = drawGates(draw, new Array<number>(400).fill(0.5));
    for (const unit of [0, 31, 32, 127, 128, 255, 399]) {
      const words = randomBlock(draw, Math.floor(unit / 128));
      expect(gates[unit]).toBe(((words[Math.floor(unit / 32) % 4] ?? 0) >>> (unit % 32)) & 1);
    }
  });

  test("leaves the bit layout as soon as one rate is not 1/2", () => {
    const fair = drawGates(draw, new Array<number>(64).fill(0.5));
    const mixed = drawGates(draw, [...new Array<number>(63).fill(0.5), 0.4]);
    expect(mixed.join("")).not.toBe(fair.join(""));
  });

  test("keeps every unit of rate 0", () => {
    expect(drawGates(draw, new Array<number>(1000).fill(0)).every((gate) => gate === 1)).toBe(true);
  });

  test.each([0.05, 0.5, 0.8])("drops a share of %d of many units", (rate) => {
    const units = 20_000;
    const dropped = drawGates(draw, new Array<number>(units).fill(rate)).filter((gate) => gate === 0).length;
    expect(Math.abs(dropped - rate * units)).toBeLessThan(4 * Math.sqrt(units * rate * (1 - rate)));
  });
});
