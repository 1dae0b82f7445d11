import { describe, expect, it } from "vitest";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { FormatError } from "./errors.js";
import { decodeCheckpoint, encodeCheckpoint } from "./exactCheckpointFormat.js";
import { sequential } from "./sequential.js";

describe("a checkpoint of exact()", () => {
  it("keeps every number, those that are none and the sign of a zero included", () => {
    const recorded = {
      identity: { x: "0" },
      done: new Map([
        [
          0,
          {
            mean: Float64Array.of(-0, 0, Number.NaN, -Infinity, 2 ** -1074, 1 / 3),
            units: new Float64Array(0),
          },
        ],
        [5, { sums: Float64Array.of(0.1) }],
      ]),
    };
    expect(decodeCheckpoint("test", encodeCheckpoint(recorded))).toEqual(recorded);
  });

  it("is refused, and no result given, when it has results of tasks that there are not", async () => {
    const model = sequential([dropout(0.5), dense(3, { activation: "sigmoid" })], {
      inputShape: [8],
      seed: 1,
    });
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    const checkpoint = {
      read: () => bytes,
      write: (written: typeof bytes) => {
        bytes = written;
      },
    };
    const call = () => model.exact([[1, 2, 3, 4, 5, 6, 7, 8]], { checkpoint });
    const result = await call();
    expect(await call()).toEqual(result);
    const { identity, done } = decodeCheckpoint("test", bytes);
    const [values = {}] = done.values();
    for (const place of [done.size, 2 ** 40, -1, 0.5]) {
      bytes = encodeCheckpoint({ identity, done: new Map([...done, [place, values]]) });
      const refusal = expect(call()).rejects;
      await refusal.toThrow(FormatError);
      await refusal.toThrow(
        "Cannot run exact(): the checkpoint has the results of 2 tasks, and only 1 of them among the 1 of this request",
      );
    }
    model.dispose();
  });
});
