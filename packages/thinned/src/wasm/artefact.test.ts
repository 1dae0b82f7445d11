import { expect, it } from "vitest";
import { unpack } from "./artefact.js";
import { hasRelaxedSimd } from "./relaxedSupport.js";

it("unpack() gives the bytes of a module that was deflated", () => {
  expect([...unpack("Y0gszmVkYGAAAA==")]).toEqual([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
});

it("hasRelaxedSimd() is true in browsers that are tested and in Node after 20", () => {
  const { process } = globalThis as { process?: { versions: { node: string } } };
  const major = Number.parseInt(process?.versions.node ?? "99", 10);
  expect(hasRelaxedSimd()).toBe(major > 20);
});
