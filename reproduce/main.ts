// `npm run reproduce NAME`: published results, computed again from data alone.
import { DataError } from "../examples/mnist/dataset.ts";
import { studies } from "./studies.ts";
import { UsageError } from "./study.ts";

const [name, ...args] = process.argv.slice(2);

async function list(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(studies).map(async ([known, load]) => {
      const { about, usage } = await load();
      return `  ${known.padEnd(22)}${about}\n${" ".repeat(24)}${usage}`;
    }),
  );
  return `usage: npm run reproduce NAME -- [options]\n\n${lines.join("\n")}`;
}

try {
  // Not a name that every object has, such as toString.
  const load = name !== undefined && Object.hasOwn(studies, name) ? studies[name] : undefined;
  if (name === undefined || name === "--help") console.log(await list());
  else if (load === undefined) {
    throw new UsageError(
      `Cannot reproduce ${JSON.stringify(name)}: there is none of that name; wanted: ${Object.keys(studies).join(", ")}`,
    );
  } else if (args.includes("--help")) console.log(`usage: ${(await load()).usage}`);
  else await (await load()).run(args);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof DataError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
