import { describe, expect, it } from "vitest";
import { consumer, nodes, run } from "./consumer.js";
import { expectReport, type Report } from "./report.js";

describe("the installed tarball in Node.js", () => {
  it("computes the same bits in every supported release", () => {
    const folder = consumer();
    const [old, current] = nodes.map(
      ({ program }) => JSON.parse(run(program, ["node.mjs"], folder)) as Report,
    );
    if (!old || !current) throw new Error("Cannot compare two releases: fewer ran");
    expect(current.portable.subnetworks).toBe("512");
    expect(current.portable.predictedByRestored).toEqual(current.portable.predicted);
    expect(current.portable.sampledByWorkers).toEqual(current.portable.sampledMean);
    expect(current.portable.exactByWorkers).toEqual(current.portable.exactVariance);
    // Node 20 knows no relaxed SIMD.
    expectReport(old, "simd128", current);
    expectReport(current, "relaxed", current);
  });

  it("has no effect when it is imported, and no dependencies", () => {
    const folder = consumer();
    const program = `
      const before = Object.getOwnPropertyNames(globalThis).join();
      WebAssembly.Module = WebAssembly.Instance = WebAssembly.instantiate = () => { throw new Error("compiled on import"); };
      await import("thinned");
      console.log(before === Object.getOwnPropertyNames(globalThis).join());`;
    for (const { program: node } of nodes) {
      expect(run(node, ["--input-type=module", "--eval", program], folder)).toBe("true\n");
    }
    expect(run("npm", ["ls", "--all", "--parseable"], folder).trim().split("\n")).toHaveLength(2);
  });
});
