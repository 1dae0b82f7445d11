import type { Case } from "./case.ts";
import { w1 } from "./w1.ts";
import { w2 } from "./w2.ts";
import { w3, w3i } from "./w3.ts";
import { w4a, w4aIntegral, w4b, w4d, w4dLarge, w4e } from "./w4.ts";
import { w4c } from "./w4c.ts";
import { w5 } from "./w5.ts";
import { w6, w6s } from "./w6.ts";
import { w7, w7row } from "./w7.ts";
import { w8 } from "./w8.ts";
import { w9 } from "./w9.ts";

/** Every case, in the order in which they run. */
export const cases: readonly Case[] = [
  w1,
  w2,
  w3,
  w3i,
  w4a,
  w4aIntegral,
  w4b,
  w4c,
  w4d,
  w4dLarge,
  w4e,
  w5,
  w6,
  w6s,
  w7,
  w7row,
  w8,
  w9,
];
