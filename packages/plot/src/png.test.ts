import { expect, test } from "vitest";
import { trainingCurve } from "./node.js";
import { toPng } from "./png.js";

const figure = trainingCurve({ loss: [0.9, 0.4] }, { width: 400 });

/** Width and height from the header of a PNG file. */
function size(file: Uint8Array): [number, number] {
  const view = new DataView(file.buffer, file.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

test("toPng() gives a PNG file of the size that is asked for", async () => {
  const file = await toPng(figure);
  expect([...file.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  expect(size(file)[0]).toBe(800);
  expect(size(await toPng(figure, { scale: 1 }))[0]).toBe(400);
});

test("toPng() draws in the colours of its theme", async () => {
  expect(Buffer.from(await toPng(figure)).equals(await toPng(figure, { theme: "light" }))).toBe(true);
  expect(Buffer.from(await toPng(figure)).equals(await toPng(figure, { theme: "dark" }))).toBe(false);
});

test("toPng() takes the name of a font, which changes no size, and nothing else for it", async () => {
  const [usual, without] = [await toPng(figure), await toPng(figure, { font: "No Such Font" })];
  expect(size(usual)).toEqual(size(without));
  await expect(toPng(figure, { font: 7 as unknown as string })).rejects.toThrow(
    new TypeError('Cannot draw "Training": font is 7, wanted the name of a family'),
  );
});

test("toPng() throws RangeError for another theme or scale", async () => {
  await expect(toPng(figure, { theme: "auto" as "dark" })).rejects.toThrow(
    new RangeError('Cannot draw "Training": theme is "auto", wanted "light" or "dark" for a PNG'),
  );
  await expect(toPng(figure, { scale: 0 })).rejects.toThrow(
    new RangeError('Cannot draw "Training": scale is 0, wanted a number in (0, 16]'),
  );
});
