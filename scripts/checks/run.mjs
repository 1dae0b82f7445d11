import { CommandError } from "../setup/process.mjs";

// Two processors are what the smallest supported machine has.
const lanes = 2;

/**
 * Runs lists of checks, two lists at a time, each check whether or not another failed; prints a line for each and, of those that
 * failed, the output; ends with the line `N passed, N failed`. Returns whether all passed.
 */
export async function runChecks(lists, tools) {
  const waiting = [...lists];
  const outcomes = [];
  const lane = async () => {
    for (let list = waiting.shift(); list; list = waiting.shift()) {
      for (const check of list) outcomes.push(...(await runCheck(check, tools)));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") === 0;
}

async function runCheck(check, tools) {
  const started = Date.now();
  const outcomes = await finished(check, tools);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  for (const { name, passed, failed, output } of outcomes) {
    // The colon keeps this line apart from the last one, which alone has the sum.
    console.log(`${failed === 0 ? "ok" : "FAILED"}: ${name}: ${passed} of ${passed + failed} (${seconds} s)`);
    if (failed > 0) console.log(`${output.trimEnd()}\n`);
  }
  return outcomes;
}

async function finished(check, tools) {
  try {
    return [await check(tools)].flat();
  } catch (error) {
    const output = error instanceof CommandError ? `${error.output}\n${error.message}` : error.stack;
    return [{ name: check.name || "a check", passed: 0, failed: 1, output }];
  }
}
