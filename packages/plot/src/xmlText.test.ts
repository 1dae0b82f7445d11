import { expect, test } from "vitest";
import { activationHistogram, trainingCurve } from "./node.js";
import { unfitForXml } from "./xmlText.js";

test("unfitForXml() finds what XML 1.0 cannot hold, and nothing else", () => {
  expect(unfitForXml("a\u0001b")).toBe("U+0001 at 1");
  expect(unfitForXml("\u001b[1m")).toBe("U+001B at 0");
  expect(unfitForXml("abc\ud83d")).toBe("U+D83D at 3");
  expect(unfitForXml("\uffff")).toBe("U+FFFF at 0");
  expect(unfitForXml("E − O*, σ² <&>\t\n 😀 ﷽")).toBeUndefined();
});

test("titles and names with a control character are refused", () => {
  expect(() => trainingCurve({ loss: [1] }, { title: "a\u0000b" })).toThrow(
    /^Cannot draw [^:]+: title has the character U\+0000 at 1, wanted characters that XML can hold$/,
  );
  expect(() => activationHistogram({ "h\u0007": [0.5] })).toThrow(
    new RangeError(
      'Cannot draw a histogram of activities: the name "h\\u0007" has the character U+0007 at 1, wanted characters that XML can hold',
    ),
  );
});
