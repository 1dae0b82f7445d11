// The benchmarks: `npm run bench -- [--once]`. Every case checks its answer before it is timed.
import { build } from "./build.mjs";
import { command } from "./command.mjs";
import { node } from "./setup/paths.mjs";
import { attempt } from "./setup/process.mjs";

command(import.meta.url, async (args) => {
  await build("build");
  const { status } = await attempt(node, ["bench/main.ts", ...args], { show: true });
  // 2 for what was asked wrongly, as everywhere.
  process.exitCode = typeof status === "number" ? status : 1;
});
