import { expect, test } from "vitest";
import { philoxVectors } from "../vectors/vectors.ts";
import { philox4x32, type Words2, type Words4 } from "./philox.ts";

test.each(philoxVectors)(
  "philox4x32() of counter $counter gives the reference block",
  ({ counter, key, block }) => {
    expect(philox4x32(counter as unknown as Words4, key as unknown as Words2)).toEqual(block);
  },
);

test("philox4x32() has the known answers of Random123 among its vectors", () => {
  const zero = philoxVectors.find(({ counter, key }) => [...counter, ...key].every((word) => word === 0));
  expect(zero?.block).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
});
