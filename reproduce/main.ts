// `npm run reproduce NAME`: published results, computed again from data alone.
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
  const load = name === undefined ? undefined : studies[name];
  if (name === undefined || name === "--help") console.log(await list());
  else if (load === undefined) {
    throw new UsageError(
      `Cannot reproduce ${JSON.stringify(name)}: there is none of that name; wanted: ${Object.keys(studies).join(", ")}`,
    );
  } else await (await load()).run(args);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
