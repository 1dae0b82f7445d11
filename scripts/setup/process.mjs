import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "./paths.mjs";

/** A command that ended with another status than 0; `output` is all it printed. */
export class CommandError extends Error {
  constructor(command, status, output) {
    super(`Cannot run ${command}: it ended with ${status}`);
    this.name = "CommandError";
    this.output = output;
  }
}

/**
 * The status and the output of a command, whatever its status. Its standard input is empty, so that nothing ever waits
 * for an answer. With `show` it prints straight to the terminal and `output` is empty.
 */
export function attempt(command, args, { cwd = root, env = {}, show = false } = {}) {
  return new Promise((done) => {
    const stdio = ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"];
    // What is captured is shown later, if at all, and may be read by a program.
    const colours = show ? {} : { NO_COLOR: "1", FORCE_COLOR: undefined, CARGO_TERM_COLOR: "never" };
    const child = spawn(command, args, {
      cwd,
      env: withoutUndefined({ ...process.env, ...colours, ...env }),
      stdio,
    });
    const chunks = [];
    const errors = [];
    child.stdout?.on("data", (chunk) => chunks.push(chunk));
    child.stderr?.on("data", (chunk) => {
      chunks.push(chunk);
      errors.push(chunk);
    });
    const text = (parts) => Buffer.concat(parts).toString("utf8");
    child.on("error", (error) =>
      done({ status: error.code ?? "an error", output: error.message, stdout: "" }),
    );
    child.on("close", (code, signal) => {
      const output = text(chunks);
      const stdout = text(chunks.filter((chunk) => !errors.includes(chunk)));
      done({ status: code ?? signal, output, stdout });
    });
  });
}

/** What a command printed on standard output; throws CommandError when it ends with another status than 0. */
export async function run(command, args, options) {
  const { status, output, stdout } = await attempt(command, args, options);
  if (status !== 0) throw new CommandError([command, ...args].join(" "), status, output);
  return stdout.trim();
}

/** Whether a command ends with status 0. */
export async function succeeds(command, args, options) {
  return (await attempt(command, args, options)).status === 0;
}

/**
 * The results of `works`, which run at the same time. Throws the first failure, but not before every other one has ended:
 * nothing is left running behind the message, and what succeeded need not be done again.
 */
export async function allDone(works) {
  const settled = await Promise.allSettled(works);
  const failure = settled.find(({ status }) => status === "rejected");
  if (failure) throw failure.reason;
  return settled.map(({ value }) => value);
}

/** The full path of the first of `names` that is a program on PATH, or undefined. */
export function onPath(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder || ".", name);
      if (isProgram(path)) return path;
    }
  }
  return undefined;
}

/** Whether the file exists and may be executed. */
export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// `undefined` in an options object takes a variable away; spawn would pass it on as the word "undefined".
function withoutUndefined(env) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
