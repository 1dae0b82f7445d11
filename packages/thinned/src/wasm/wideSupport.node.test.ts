import { afterEach, describe, expect, it } from "vitest";
import { hasRelaxedSimd } from "./relaxedSupport.js";
import { NoWideVectors, wideCompiler } from "./wideSupport.js";

// (module)
const nothing = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
const { process: host } = globalThis as unknown as {
  process: { arch: string; versions: { v8: string }; getBuiltinModule(name: string): unknown };
};
const { getBuiltinModule } = host;
const isAble = hasRelaxedSimd() && host.arch === "x64" && Number.parseInt(host.versions.v8, 10) >= 13;

afterEach(() => {
  host.getBuiltinModule = getBuiltinModule;
});

/** Has the host's V8 know these flags alone; returns those that were set. */
function knowing(known: readonly string[]): string[] {
  const set = new Set<string>();
  const asked: string[] = [];
  const v8 = {
    setFlagsFromString(flag: string) {
      asked.push(flag);
      const name = flag.replace(/^--(no-)?/, "");
      if (!known.includes(name)) return;
      if (flag.startsWith("--no-")) set.delete(name);
      else set.add(name);
    },
    cachedDataVersionTag: () => set.size,
  };
  host.getBuiltinModule = (name) => (name === "node:v8" ? v8 : getBuiltinModule(name));
  return asked;
}

describe.runIf(isAble)("wideCompiler()", () => {
  it("compiles where V8 knows the flag, which it sets first", () => {
    const asked = knowing(["experimental-wasm-revectorize"]);
    const compile = wideCompiler();
    expect(asked).toEqual([]);
    expect(compile(nothing)).toBeInstanceOf(WebAssembly.Module);
    expect(asked[1]).toBe("--experimental-wasm-revectorize");
    expect(asked.slice(-2)).toEqual(["--liftoff", "--wasm-lazy-compilation"]);
  });

  it("throws NoWideVectors where V8 does not know the flag", () => {
    knowing(["liftoff", "wasm-lazy-compilation"]);
    const compile = wideCompiler();
    expect(() => compile(nothing)).toThrow(NoWideVectors);
    expect(() => compile(nothing)).toThrow(/does not know the flag --experimental-wasm-revectorize$/);
  });

  it("knows the flag of this host, set before or not", () => {
    for (const _ of [1, 2]) expect(wideCompiler()(nothing)).toBeInstanceOf(WebAssembly.Module);
  });
});
