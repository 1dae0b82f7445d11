import { describe, expect, it } from "vitest";
import { Ahead } from "./ahead.js";

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const given: Value[] = [];
  for await (const value of values) given.push(value);
  return given;
}

/** Numbers from 0 on, and how many were asked for; says when it is closed before its end. */
function counted(end: number) {
  const seen = { asked: 0, closed: false };
  function* numbers() {
    let finished = false;
    try {
      for (let i = 0; i < end; i++) {
        seen.asked++;
        yield i;
      }
      finished = true;
    } finally {
      seen.closed = !finished;
    }
  }
  return { seen, numbers };
}

async function* later(numbers: Iterable<number>) {
  yield* numbers;
}

describe("Ahead", () => {
  it("gives what the iterable gives, prepared or not", async () => {
    const { numbers } = counted(5);
    const ahead = new Ahead(numbers());
    const given: number[] = [];
    for await (const number of ahead) {
      given.push(number);
      if (number % 2 === 0) ahead.prepare();
      ahead.prepare();
    }
    expect(given).toEqual([0, 1, 2, 3, 4]);
    expect(await all(new Ahead(later(numbers())))).toEqual([0, 1, 2, 3, 4]);
  });

  it("makes one value before it is wanted, of what is in memory alone", async () => {
    const memory = counted(5);
    const ahead = new Ahead(memory.numbers());
    for (let i = 0; i < 3; i++) ahead.prepare();
    expect(memory.seen.asked).toBe(1);

    const stream = counted(5);
    new Ahead(later(stream.numbers())).prepare();
    await Promise.resolve();
    expect(stream.seen.asked).toBe(0);
  });

  it("closes what is left before its end, and not what has ended", async () => {
    for (const wrap of [(numbers: Iterable<number>) => numbers, later]) {
      const left = counted(5);
      for await (const number of new Ahead(wrap(left.numbers()))) if (number === 1) break;
      expect(left.seen.closed).toBe(true);

      const ended = counted(5);
      await all(new Ahead(wrap(ended.numbers())));
      expect(ended.seen.closed).toBe(false);
    }
  });
});
