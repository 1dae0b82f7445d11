// What a process that does nothing else needs: `node memory/measure.ts W2 whole` or `node memory/measure.ts calls`.

import type { Effort } from "../cases/case.ts";
import { wasmBytes } from "./memories.ts";

const CALLS = 10_000;

const [task = "", effort = "whole"] = process.argv.slice(2);
console.log(task === "calls" ? await growthOverCalls() : await peakOfCase(task, effort as Effort));

async function peakOfCase(name: string, effort: Effort): Promise<number> {
  const { cases } = await import("../cases/all.ts");
  const { sampling } = await import("../thinned/sampling.ts");
  const { uncountable } = await import("../thinned/enumeration.ts");
  const work = (await cases.find((each) => each.name === name)?.load(effort))?.work;
  if (work?.kind !== "sampling" && work?.kind !== "uncountable")
    throw new RangeError(`Cannot measure ${name}: a case that samples, or does not enumerate, is wanted`);
  const program = await (work.kind === "sampling"
    ? sampling(work, await fastest(), undefined)
    : uncountable(work));
  await program.run();
  return wasmBytes();
}

/** How much the memory grows from the hundredth to the last of many calls on one model. */
async function growthOverCalls(): Promise<number> {
  const { dense, dropout, sequential } = await import("thinned");
  const model = sequential([dropout(0.5), dense(50, { activation: "relu" }), dropout(0.5), dense(3)], {
    inputShape: [13],
  });
  const x = { data: new Float32Array(4 * 13).fill(1), shape: [4, 13] };
  let early = 0;
  for (let call = 1; call <= CALLS; call++) {
    await model.predictMC(x, { samples: 3, seed: call });
    model.predict(x);
    if (call === CALLS / 100) early = wasmBytes();
  }
  return wasmBytes() - early;
}

async function fastest() {
  const { isAvailable } = await import("../thinned/variant.ts");
  return (await isAvailable("relaxed")) ? "relaxed" : "simd128";
}
