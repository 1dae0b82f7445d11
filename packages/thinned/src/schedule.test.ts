import { describe, expect, it } from "vitest";
import { type Progress, Schedule } from "./schedule.js";

/** Keeps the processor busy, as a step of the module does. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Work whose units take `unitMs` each; `steps` lists what each step was given. */
function busyWork(units: number, unitMs: number) {
  const steps: number[] = [];
  let left = units;
  return {
    steps,
    remaining: () => left,
    step: (count: number) => {
      steps.push(count);
      left -= count;
      spin(count * unitMs);
    },
  };
}

describe("Schedule", () => {
  it("does all the work, in steps that grow to about a slice", async () => {
    const work = busyWork(400, 0.2);
    await new Schedule("sample", 400, {}).run(work);
    expect(work.steps.reduce((sum, count) => sum + count)).toBe(400);
    expect(work.steps[0]).toBe(1);
    expect(Math.max(...work.steps)).toBeLessThanOrEqual(160);
    expect(work.steps.length).toBeLessThan(60);
  });

  it("lets the event loop turn while it works", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await new Schedule("sample", 100, {}).run(busyWork(100, 2));
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  it("reports progress that grows to the total", async () => {
    const seen: Progress[] = [];
    const schedule = new Schedule("sample", 100, { onProgress: (progress) => seen.push(progress) });
    await schedule.run(busyWork(50, 2), 2);
    await schedule.finish();
    const done = seen.map((progress) => progress.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual({ done: 100, total: 100 });
  });

  it("throws AbortError when the signal is aborted already", () => {
    const signal = AbortSignal.abort("enough");
    expect(() => new Schedule("sample", 10, { signal })).toThrow(
      expect.objectContaining({
        name: "AbortError",
        cause: "enough",
        message: "Cannot sample: its signal was aborted after 0 of 10",
      }),
    );
  });

  it("throws AbortError in the middle of the work, within a few slices", async () => {
    const controller = new AbortController();
    const work = busyWork(1000, 2);
    setTimeout(() => controller.abort(), 20);
    const run = new Schedule("sample", 1000, { signal: controller.signal }).run(work);
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    expect(work.remaining()).toBeGreaterThan(500);
  });

  it("rejects with what onProgress throws", async () => {
    const onProgress = () => {
      throw new Error("from the callback");
    };
    await expect(new Schedule("sample", 100, { onProgress }).run(busyWork(100, 2))).rejects.toThrow(
      "from the callback",
    );
  });

  it("throws TypeError when signal or onProgress is something else", () => {
    expect(() => new Schedule("sample", 1, { signal: {} as never })).toThrow(TypeError);
    expect(() => new Schedule("sample", 1, { onProgress: 1 as never })).toThrow(TypeError);
  });
});
