// Everything that has to hold: `npm test`, and with what is exhaustive `npm run test:full`.
import { build } from "./build.mjs";
import { checks } from "./checks/all.mjs";
import { runChecks } from "./checks/run.mjs";
import { command } from "./command.mjs";
import { CommandError } from "./setup/process.mjs";

command(import.meta.url, async (args) => {
  if (args.includes("--full")) process.env.THINNED_FULL = "1";
  process.exitCode = (await builtAndChecked()) ? 0 : 1;
});

async function builtAndChecked() {
  let tools;
  try {
    tools = await build("test");
  } catch (error) {
    // What set-up lacks is one line by itself; a source that does not compile is a failed check.
    if (!(error instanceof CommandError)) throw error;
    console.log(`${error.output.trimEnd()}\n${error.message}\n0 passed, 1 failed`);
    return false;
  }
  return runChecks(checks, tools);
}
