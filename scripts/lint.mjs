// Linters, formatters and type checks, without a change to any file: `npm run lint`.
import { build } from "./build.mjs";
import { lints } from "./checks/all.mjs";
import { runChecks } from "./checks/run.mjs";
import { command } from "./command.mjs";

command(import.meta.url, async () => {
  const tools = await build("lint");
  process.exitCode = (await runChecks(lints, tools)) ? 0 : 1;
});
