// The number of workers never changes a bit of an exact result, nor does where a call was interrupted.
import {
  createPool,
  dense,
  dropout,
  type ExactCheckpoint,
  type ExactResult,
  FormatError,
  type Pool,
  sequential,
} from "thinned";
import { afterAll, describe, expect, test } from "vitest";
import { isFull } from "../agreement/runs.ts";
import { expectAbort, expectError } from "../contract/expectError.ts";
import { normalRows } from "../oracle/values.ts";

const pools = [1, 2, 7].map((threads) => createPool({ threads }));
afterAll(() => Promise.all(pools.map((pool) => pool.dispose())));

async function expectSameBits<Result>(
  run: (pool: Pool | undefined) => Promise<Result>,
  some: readonly Pool[] = pools,
): Promise<void> {
  const alone = await run(undefined);
  for (const pool of some) expect(await run(pool), `${pool.threads} workers`).toEqual(alone);
}

const rowsOf = (rows: number, inputs: number) => normalRows(3, rows, inputs).map((row) => [...row]);
const logistic = (gates: number, units: number, seed = 1) =>
  sequential([dropout(0.5), dense(units, { activation: "sigmoid" })], { inputShape: [gates], seed });

describe("exact() gives the same bits with 1, 2 and 7 workers as without", () => {
  const deep = sequential(
    [dropout(0.3), dense(4, { activation: "sigmoid" }), dropout(0.5), dense(3, { activation: "softmax" })],
    { inputShape: [6], seed: 1 },
  );

  test("over many rows and all layers, nested", () =>
    expectSameBits((pool) => deep.exact(rowsOf(300, 6), { layer: "all", method: "nested", pool })));

  test("over many units, split", () =>
    expectSameBits((pool) => logistic(16, 40).exact(rowsOf(2, 16), { method: "split", pool })));

  test("over units of connections", () => {
    const model = sequential([dense(7, { activation: "tanh", connectionRate: 0.4 })], {
      inputShape: [30],
      seed: 4,
    });
    return expectSameBits((pool) => model.exact(rowsOf(50, 30), { pool }));
  });

  test("over a single unit of more than 2^26 subnetworks", () =>
    expectSameBits((pool) => logistic(27, 2).exact(rowsOf(1, 27), { unit: 1, method: "split", pool })));

  test("over a network of more than 2^26 subnetworks, nested", () => {
    const model = sequential(
      [dropout(0.5), dense(11, { activation: "sigmoid" }), dropout(0.5), dense(1, { activation: "relu" })],
      { inputShape: [16], seed: 1 },
    );
    return expectSameBits((pool) => model.exact(rowsOf(1, 16), { method: "nested", pool }));
  }, 60_000);

  test("over an enumeration of more than 2^26 evaluations, conditioned", () => {
    const model = sequential([dropout(0.5), dense(3, { activation: "relu" }), dropout(0.5), dense(70)], {
      inputShape: [20],
      seed: 1,
    });
    expect(model.explainExact()).toMatchObject({ method: "conditioned", evaluationsPerRow: 70 * 2 ** 20 });
    return expectSameBits((pool) => model.exact(rowsOf(1, 20), { pool }), pools.slice(2));
  }, 60_000);

  test("with covariances over more than 2^26 subnetworks", () => {
    const model = sequential([dropout(0.5), dense(1, { activation: "relu" })], { inputShape: [27], seed: 1 });
    const options = { method: "halves", moments: "full", budget: 2 ** 28 } as const;
    return expectSameBits((pool) => model.exact(rowsOf(1, 27), { ...options, pool }), pools.slice(2));
  }, 60_000);

  test("with covariances, entropies and means given a gate of many rows", () =>
    expectSameBits(async (pool) => [
      await deep.exact(rowsOf(300, 6), { layer: "all", moments: "full", pool }),
      await logistic(12, 5).exact(rowsOf(200, 12), { moments: "full", conditional: true, pool }),
    ]));

  // A reference pass takes a fraction of a microsecond: minutes. Left out, and not skipped: a skipped test counts as one that failed.
  if (isFull) {
    test("over more than 2^26 subnetworks, reference", () => {
      const model = logistic(27, 1);
      return expectSameBits(
        (pool) => model.exact(rowsOf(1, 27), { method: "reference", pool }),
        pools.slice(2),
      );
    }, 1_200_000);
  }

  test("in crossCheck()", () =>
    expectSameBits((pool) => deep.crossCheck(rowsOf(20, 6), { samples: 500, pool })));
});

describe("a checkpoint", () => {
  const model = logistic(28, 1);
  const x = rowsOf(1, 28);
  const request = { method: "split" } as const;

  function memory(): ExactCheckpoint & { bytes: Uint8Array | undefined; writes: number } {
    return {
      bytes: undefined,
      writes: 0,
      intervalMs: 0,
      read() {
        return this.bytes;
      },
      write(bytes) {
        this.bytes = bytes;
        this.writes++;
      },
    };
  }

  test.each([undefined, pools[1]])("takes up what an aborted call has done", async (pool) => {
    const whole = await model.exact(x, request);
    const checkpoint = memory();
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done >= 2 ** 26) controller.abort();
    };
    const { signal } = controller;
    await expectAbort(() => model.exact(x, { ...request, checkpoint, pool, signal, onProgress }));
    expect(checkpoint.writes).toBeGreaterThan(0);
    const reports = [0];
    const resumed: ExactResult = await model.exact(x, {
      ...request,
      checkpoint,
      onProgress: ({ done }) => {
        reports.push(done);
      },
    });
    // What is taken up counts a whole task at once; what is computed again counts in slices, which are smaller.
    const steps = reports.slice(1).map((done, index) => done - (reports[index] ?? 0));
    // The tasks of a pool get shorter, and the second may have been the first to end.
    expect(Math.max(...steps)).toBeGreaterThanOrEqual((7 / 8) * 2 ** 25);
    expect(resumed).toEqual(whole);
    const before = checkpoint.writes;
    expect(await model.exact(x, { ...request, checkpoint, pool })).toEqual(whole);
    expect(checkpoint.writes, "nothing was left to do").toBe(before);
  });

  test("keeps covariances as well", async () => {
    const small = sequential([dropout(0.5), dense(1, { activation: "relu" })], { inputShape: [27], seed: 1 });
    const rows = rowsOf(1, 27);
    const options = { method: "halves", moments: "full" } as const;
    const checkpoint = memory();
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done >= 2 ** 26) controller.abort();
    };
    const { signal } = controller;
    await expectAbort(() => small.exact(rows, { ...options, checkpoint, signal, onProgress }));
    expect(await small.exact(rows, { ...options, checkpoint })).toEqual(await small.exact(rows, options));
    const before = checkpoint.writes;
    await small.exact(rows, { ...options, checkpoint });
    expect(checkpoint.writes, "nothing was left to do").toBe(before);
  }, 60_000);

  test("of another request is refused, with what differs", async () => {
    const small = logistic(10, 3);
    const checkpoint = memory();
    await small.exact(rowsOf(2, 10), { checkpoint });
    const other = logistic(10, 3, 2);
    const call = (of: typeof small, options: object, rows = 2) =>
      of.exact(rowsOf(rows, 10), { checkpoint, ...options });
    await expectError(() => call(other, {}), RangeError, "layers", "weights");
    await expectError(() => call(small, {}, 3), RangeError, "differs in x;");
    await expectError(() => call(small, { unit: 1 }), RangeError, "layer or unit");
    await expectError(() => call(small, { method: "nested" }), RangeError, "method");
    await expectError(() => call(small, { moments: "full" }), RangeError, "moments");
    expect(await call(small, {})).toEqual(await small.exact(rowsOf(2, 10)));
  });

  // Named numbers by the number of their task, each the base64 of float64 values.
  interface Contents {
    format: string;
    identity: Record<string, string>;
    done: [number, Record<string, string>][];
  }

  async function refusalOf(
    call: (checkpoint: ExactCheckpoint) => Promise<unknown>,
    damage: (contents: Contents) => void,
    ...pieces: (string | RegExp)[]
  ): Promise<void> {
    const checkpoint = memory();
    await call(checkpoint);
    const contents = JSON.parse(new TextDecoder().decode(checkpoint.bytes)) as Contents;
    const encoded = (): Uint8Array => new TextEncoder().encode(JSON.stringify(contents, undefined, 1));
    checkpoint.bytes = encoded();
    await call(checkpoint); // Laid out otherwise, it is the same.
    damage(contents);
    checkpoint.bytes = encoded();
    const before = checkpoint.writes;
    await expectError(() => call(checkpoint), FormatError, ...pieces);
    expect(checkpoint.writes, "nothing is written over it").toBe(before);
  }

  const numbersOf = (text: string): Float64Array =>
    new Float64Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  const textOf = (numbers: Float64Array): string =>
    btoa(String.fromCharCode(...new Uint8Array(numbers.slice().buffer)));
  const change =
    (name: string, by: (numbers: Float64Array) => Float64Array, task = 0) =>
    ({ done }: Contents): void => {
      const values = done.at(task)?.[1] as Record<string, string>;
      values[name] = textOf(by(numbersOf(values[name] as string)));
    };
  const empty = ({ done }: Contents): void => {
    (done[0] as [number, unknown])[1] = {};
  };

  test.each<[string, (contents: Contents) => void]>([
    ["a statistic of the first row alone", change("mean", (mean) => mean.subarray(0, 4))],
    ["a statistic of too many numbers", change("mean", (mean) => Float64Array.of(...mean, 0))],
    ["a statistic that became NaN", change("variance", (variance) => variance.fill(Number.NaN))],
    [
      "a statistic with one bit changed",
      change("mean", (mean) => mean.fill((mean[0] ?? 0) * (1 + 2 ** -52), 0, 1)),
    ],
    ["a statistic left out", ({ done }) => delete done[0]?.[1].mean],
    ["units left out", ({ done }) => delete done[0]?.[1].units],
    ["no values", empty],
    ["a text in place of values", ({ done }) => Object.assign(done[0] ?? [], { 1: "x" })],
    ["nothing in place of a task", ({ done }) => Object.assign(done, { 0: null })],
    ["a letter for the number of a task", ({ done }) => Object.assign(done[0] ?? [], { 0: "a" })],
    ["the number of a task that there is not", ({ done }) => Object.assign(done[0] ?? [], { 0: 7 })],
    ["a task too many", ({ done }) => done.push([7, { ...done[0]?.[1] }])],
    ["a task lost", ({ done }) => done.pop()],
    ["an object in place of tasks", (contents) => Object.assign(contents, { done: {} })],
    ["no tasks", (contents) => Object.assign(contents, { done: undefined })],
    ["no identity", (contents) => Object.assign(contents, { identity: undefined })],
    ["the identity of another request", ({ identity }) => Object.assign(identity, { x: "0123456789abcdef" })],
    ["no checksum", (contents) => Object.assign(contents, { checksum: undefined })],
  ])("with %s is refused", (_, damage) => {
    const small = logistic(60, 4);
    return refusalOf(
      (checkpoint) => small.exact(rowsOf(3, 60), { method: "characteristic", checkpoint }),
      damage,
      /bytes that are a damaged checkpoint \(their checksum is .*, that of their contents "[0-9a-f]{16}"\)/,
      "the bytes that exact() wrote are wanted",
    );
  });

  test.each<[string, (contents: Contents) => void]>([
    ["sums of half a block", change("sums", (sums) => sums.subarray(0, sums.length / 2 - 1))],
    ["sums of half the blocks", change("sums", (sums) => sums.subarray(0, sums.length / 2))],
    ["sums of no block", change("sums", (sums) => sums.subarray(0, 0))],
    ["NaN in the sums of the last blocks", change("sums", (sums) => sums.fill(Number.NaN), -1)],
    ["blocks of no values", empty],
  ])("with %s is refused", (_, damage) => {
    const single = logistic(27, 1);
    return refusalOf(
      (checkpoint) => single.exact(rowsOf(1, 27), { method: "split", checkpoint }),
      damage,
      "a damaged checkpoint",
    );
  });

  test("of the format before is refused by its name", () =>
    refusalOf(
      (checkpoint) => logistic(4, 1).exact(rowsOf(1, 4), { checkpoint }),
      (contents) => Object.assign(contents, { format: "thinned checkpoint 1" }),
      '"thinned checkpoint 1"',
      '"thinned checkpoint 2"',
    ));

  test("that is none is refused", async () => {
    const small = logistic(4, 1);
    const call = (checkpoint: unknown) => () =>
      small.exact(rowsOf(1, 4), { checkpoint: checkpoint as ExactCheckpoint });
    const reading = (value: unknown) => ({ read: () => value, write: () => undefined });
    await expectError(call(new Uint8Array(3)), TypeError, "read and write");
    await expectError(call(reading("text")), TypeError, "checkpoint.read()");
    await expectError(call(reading(Uint8Array.of(1, 2, 3))), FormatError, "3 bytes", "no checkpoint");
    for (const text of ["", "{}", "[]", "null", "1"]) {
      await expectError(call(reading(new TextEncoder().encode(text))), FormatError, "no checkpoint");
    }
    await expectError(call({ ...reading(undefined), intervalMs: -1 }), RangeError, "intervalMs");
  });
});
