import type { Amount } from "../cases/case.ts";
import { median, timingOf } from "../measure/spread.ts";
import type { ProgramResult, Speed } from "./result.ts";
import type { Contender } from "./runCase.ts";

const FLOPS_PER_PRODUCT = 2;

/** Returns the speed of each contender from its times in the rounds, ours with the ratio to every other. */
export function speeds(
  contenders: readonly Contender[],
  { passes }: Amount,
  timesMs: readonly (readonly number[])[],
): ProgramResult[] {
  return contenders.map(({ program, ours, products }, i) => {
    const timing = timingOf(timesMs[i] ?? []);
    const seconds = timing.medianMs / 1000;
    const against = Object.fromEntries(
      contenders.flatMap((other, j) =>
        !isCompared({ program, ours, products }, other)
          ? []
          : [[other.program.name, ratio(contenders, timesMs, i, j)]],
      ),
    );
    const speed: Speed = { ...timing, passesPerSecond: passes / seconds, against };
    const gflops = products === undefined ? {} : { gflops: (FLOPS_PER_PRODUCT * products) / seconds / 1e9 };
    return { name: program.name, ours, speed: { ...speed, ...gflops } };
  });
}

/** Ours is compared with what is not, and when workers share the work with itself without them. */
function isCompared({ program, ours }: Contender, other: Contender): boolean {
  return ours && (!other.ours || other.program.name === program.alone);
}

/** The median over the rounds of the rate of contender `i` divided by that of contender `j`. */
function ratio(
  contenders: readonly Contender[],
  timesMs: readonly (readonly number[])[],
  i: number,
  j: number,
): number {
  // Without products both do the same work.
  const work = (contenders[i]?.products ?? 1) / (contenders[j]?.products ?? 1);
  const rounds = (timesMs[i] ?? []).map(
    (timeMs, round) => (work * (timesMs[j]?.[round] ?? Number.NaN)) / timeMs,
  );
  return median(rounds);
}
