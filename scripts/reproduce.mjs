// Published results, computed again: `npm run reproduce NAME -- [options]`.
import { build } from "./build.mjs";
import { command } from "./command.mjs";
import { node } from "./setup/paths.mjs";
import { attempt } from "./setup/process.mjs";

command(import.meta.url, async (args) => {
  await build("build");
  const { status } = await attempt(node, ["reproduce/main.ts", ...args], { show: true });
  // 2 for what was asked wrongly, as everywhere.
  process.exitCode = typeof status === "number" ? status : 1;
});
