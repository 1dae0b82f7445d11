import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where a measurement was made. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  readonly thinned: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    thinned: packageVersion("thinned"),
  };
}

/** Returns the version of an installed package, from the package.json above its entry. */
export function packageVersion(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.resolve(name)));
  for (;;) {
    const found = nameAndVersion(join(folder, "package.json"));
    if (found?.name === name) return found.version;
    if (folder === dirname(folder))
      throw new Error(`Cannot tell the version of ${name}: it has no package.json`);
    folder = dirname(folder);
  }
}

function nameAndVersion(file: string): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
