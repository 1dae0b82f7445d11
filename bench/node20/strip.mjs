import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

/** Loads TypeScript as what is left of it without types. */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const text = await readFile(new URL(url), "utf8");
  const { code } = await transform(text, { loader: "ts", target: "node20" });
  return { format: "module", source: code, shortCircuit: true };
}
