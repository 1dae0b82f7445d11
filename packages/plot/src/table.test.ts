import { expect, test } from "vitest";
import { toCsv } from "./table.js";

test("toCsv() writes a header and one line per row", () => {
  expect(toCsv([{ epoch: 1, loss: 0.1 + 0.2 }])).toBe("epoch,loss\r\n1,0.30000000000000004\r\n");
});

test("toCsv() quotes commas, quotes and line breaks", () => {
  expect(toCsv([{ name: 'a "b", c\nd' }])).toBe('name\r\n"a ""b"", c\nd"\r\n');
});

test("toCsv() leaves missing columns empty and keeps the order of first appearance", () => {
  expect(toCsv([{ a: 1 }, { b: 2, a: 3 }])).toBe("a,b\r\n1,\r\n3,2\r\n");
});
