import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative } from "node:path";
import type { Figure } from "@thinned/plot";
import { toPng } from "@thinned/plot/png";
import { writeResultsPage } from "./resultsPage.ts";

/** The command line of a run. */
export function commandOf(name: string, args: readonly string[]): string {
  return [`npm run reproduce ${name}`, ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
}

/** The command line of a run of a network from its first epoch: its own options, then those that all such studies have. */
export function commandFromStart(
  name: string,
  own: readonly string[],
  { variant, keep }: { readonly variant: string; readonly keep: boolean },
): string {
  const others = [
    ...(variant === "wide" ? [] : ["--variant", variant]),
    "--restart",
    ...(keep ? ["--keep"] : []),
  ];
  return commandOf(name, [...own, ...others]);
}

/** Where the study `name` writes what it makes; not a part of the repository. */
export function outputFolder(name: string): string {
  const folder = join(import.meta.dirname, "output", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Says which files a run has written. */
export function announce(paths: readonly string[]): void {
  console.log(`\nWritten:\n${paths.map((path) => `  ${path}`).join("\n")}`);
}

/**
 * Writes a page of results and its figures where the repository keeps them: as pictures, since a figure of thousands of points is long
 * as SVG. The text names each figure by its SVG file.
 */
export async function writePage(
  name: string,
  page: string,
  figures: Readonly<Record<string, Figure>>,
): Promise<string[]> {
  const docs = join(import.meta.dirname, "../docs");
  const folder = join(docs, "figures", name);
  mkdirSync(folder, { recursive: true });
  const paths = [join(docs, `${name}.md`)];
  let text = page;
  for (const [figure, drawn] of Object.entries(figures)) {
    const path = join(folder, `${figure}.png`);
    writeFileSync(path, await toPng(drawn, { scale: 1.5 }));
    text = text.replaceAll(`${figure}.svg`, `figures/${name}/${figure}.png`);
    paths.push(path);
  }
  writeFileSync(paths[0] as string, text);
  return paths.map((path) => relative(process.cwd(), path));
}

/** Writes what was found as JSON: beside the figures, and with `keep` where the repository keeps it, and the page of results anew. */
export async function writeRecord(name: string, record: object, keep: boolean): Promise<string[]> {
  const text = `${JSON.stringify({ ...record, machine: machine() }, null, 2)}\n`;
  const paths = [join(outputFolder(name), "record.json")];
  const kept = join(import.meta.dirname, "results");
  if (keep) {
    mkdirSync(kept, { recursive: true });
    paths.push(join(kept, `${name}.json`));
  }
  for (const path of paths) writeFileSync(path, text);
  const pages = keep ? [await writeResultsPage()] : [];
  return [...paths.map((path) => relative(process.cwd(), path)), ...pages];
}

function machine(): object {
  const all = cpus();
  return { processor: all[0]?.model ?? "unknown", cores: all.length, node: process.versions.node };
}
