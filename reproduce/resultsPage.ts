import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { studies } from "./studies.ts";
import type { Study } from "./study.ts";

/** What every record has. */
interface Kept {
  readonly command: string;
  /** What of a study that has several records this one is of. */
  readonly name?: string;
  readonly seed?: string;
  readonly config?: { readonly seed: number };
  readonly machine: { readonly processor: string; readonly cores: number; readonly node: string };
}

const folder = join(import.meta.dirname, "results");

/** Writes docs/results.md from the records that are kept; returns its path. */
export async function writeResultsPage(): Promise<string> {
  const sections: string[] = [];
  for (const file of readdirSync(folder).sort()) {
    const record: Kept = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const study = await studyOf(basename(file, ".json"));
    if (study.section === undefined) continue;
    const { command, name, machine, seed = record.config?.seed } = record;
    const circumstances = `\`${command}\`, seed ${seed}, on ${machine.processor}, ${machine.cores} cores, Node ${machine.node}.`;
    const title = name === undefined ? study.about : `${study.about}: ${name}`;
    sections.push(`## ${title}\n\n${circumstances}\n\n${study.section(record as never)}`);
  }
  const path = join(import.meta.dirname, "../docs/results.md");
  writeFileSync(path, `${introduction}\n\n${sections.join("\n\n")}\n`);
  return relative(process.cwd(), path);
}

const introduction = `# Published results, computed again

Made by \`npm run reproduce NAME -- --keep\` from the records in \`reproduce/results\`, each the last full run of its command. Nothing here is
typed, and no weights come with the repository: a command begins with data and a seed, or goes on from the checkpoint that it wrote
itself before. The paper *Understanding Dropout* has a page of its own,
[understanding-dropout.md](understanding-dropout.md).`;

/** The study that a record is of: its name, or its name with a part of its own. */
async function studyOf(record: string): Promise<Study> {
  const name = Object.keys(studies).find((known) => record === known || record.startsWith(`${known}-`));
  const load = name === undefined ? undefined : studies[name];
  if (load === undefined) throw new Error(`Cannot write the page of results: no study made ${record}.json`);
  return load();
}
