import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entryBudgetBytes, entrySizeBytes } from "@thinned/bench/size";
import { describe, expect, it } from "vitest";
import { consumer } from "./consumer.js";

describe("the entry of the installed tarball", () => {
  it("keeps its size budget, inline wasm included", () => {
    const dist = join(consumer(), "node_modules/thinned/dist");
    const sizeBytes = entrySizeBytes(join(dist, "index.js"));
    expect(sizeBytes).toBeLessThanOrEqual(entryBudgetBytes);
    // The wasm is in it, and the relaxed one is not: each of the two is most of what it weighs.
    expect(sizeBytes).toBeGreaterThan(20_000);
    const every = readdirSync(dist).filter((name) => name.endsWith(".js"));
    writeFileSync(join(dist, "every.js"), every.map((name) => `import "./${name}";\n`).join(""));
    expect(entrySizeBytes(join(dist, "every.js"))).toBeGreaterThan(1.5 * sizeBytes);
  });
});
