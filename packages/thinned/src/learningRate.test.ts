import { describe, expect, it } from "vitest";
import {
  constantSchedule,
  cosineDecay,
  exponentialDecay,
  linearRamp,
  type Schedule,
  stepDecay,
} from "./learningRate.js";
import { rmsprop, sgd } from "./optimizer.js";

describe("schedules", () => {
  it("of a momentum may begin at 0", () => {
    const ramp = linearRamp({ start: 0, end: 0.9, epochs: 3 });
    expect(sgd({ momentum: ramp }).momentum).toBe(ramp);
    expect(sgd({ momentum: constantSchedule(0) }).momentum).toEqual({ schedule: "constant", value: 0 });
    expect(() => sgd({ learningRate: ramp })).toThrow(/learningRate\.start is 0, a number above 0 is wanted/);
    expect(() => sgd({ learningRate: constantSchedule(0) })).toThrow(/learningRate\.value is 0/);
  });

  it("of a momentum do not grow by a factor, those of a learning rate may", () => {
    const growing = exponentialDecay({ start: 0.5, factor: 1.2 });
    expect(() => sgd({ momentum: growing })).toThrow(
      new RangeError("Cannot make an sgd optimizer: momentum.factor is 1.2, a number in (0, 1] is wanted"),
    );
    const stairs = stepDecay({ start: 0.5, factor: 1.001, every: 9 });
    expect(() => rmsprop({ momentum: stairs })).toThrow(RangeError);
    expect(sgd({ learningRate: growing, momentum: exponentialDecay({ start: 0.5, factor: 1 }) }).kind).toBe(
      "sgd",
    );
  });

  it.each<[() => Schedule, string]>([
    [() => constantSchedule(-1), "constantSchedule.value is -1, a number of at least 0 is wanted"],
    [() => constantSchedule("a" as never), 'constantSchedule.value is "a", a number of at least 0 is wanted'],
    [() => constantSchedule(1e39), "constantSchedule.value is 1e+39, a number of at least 0 is wanted"],
    [() => cosineDecay(undefined as never), "cosineDecay: the options are undefined, an object is wanted"],
    [() => stepDecay("fast" as never), 'stepDecay: the options are "fast", an object is wanted'],
    [() => exponentialDecay([1] as never), "exponentialDecay: the options are [1], an object is wanted"],
    [
      () => linearRamp({ schedule: "constant", value: 3 } as never),
      'linearRamp: there is no option "schedule"; the options are start, end, epochs',
    ],
    [
      () => cosineDecay({ start: 1, end: -1, steps: 3 }),
      "cosineDecay.end is -1, a number of at least 0 is wanted",
    ],
    [
      () => linearRamp({ start: -1, end: 1, epochs: 3 }),
      "linearRamp.start is -1, a number of at least 0 is wanted",
    ],
  ])("are refused where they are made: %s", (make, message) => {
    expect(make).toThrow(`Cannot make a schedule: ${message}`);
  });
});
