import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Runs `main` with the command line's arguments when the module at `url` is the program that was started, not when it is
 * imported. An error becomes its message, after what a failed command printed, and exit status 1.
 */
export function command(url, main) {
  if (realpathSync(process.argv[1] ?? ".") !== fileURLToPath(url)) return;
  main(process.argv.slice(2)).catch((error) => {
    if (error.output) console.error(error.output.trimEnd());
    console.error(error.name === "Missing" || error.output ? error.message : error.stack);
    process.exitCode = 1;
  });
}
