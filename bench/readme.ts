// Writes the table of results into README.md, or with --check tells whether it is the one of the results that are kept.
import { readFileSync, writeFileSync } from "node:fs";
import { withResults } from "./report/readme.ts";

const file = new URL("../README.md", import.meta.url);
const readme = readFileSync(file, "utf8");
const current = withResults(readme);
if (!process.argv.includes("--check")) writeFileSync(file, current);
else if (current !== readme) {
  console.error("the table in README.md is not that of bench/results; run: node bench/readme.ts");
  process.exitCode = 1;
}
