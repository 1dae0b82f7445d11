// `npm run bench`: named cases with answers that are known. Each answer is checked before anything is timed.
import { readArguments, UsageError } from "./arguments.ts";
import { bench } from "./run/bench.ts";

try {
  const failed = await bench(readArguments(process.argv.slice(2)));
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
