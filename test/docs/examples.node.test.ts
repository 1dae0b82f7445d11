// Every example of the documentation is a complete program: it type-checks under the strict settings, runs, and asserts.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docCommentExamples, type Example, markdownExamples } from "./extract.ts";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
// Inside this package, so that "thinned" resolves as it does for a user of the workspace.
const folder = join(here, "generated");

function filesUnder(path: string, ending: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes("node_modules") && !path.includes("generated"))
    .sort();
}

function examplesOf(paths: readonly string[], extract: (path: string, text: string) => Example[]): Example[] {
  return paths.flatMap((path) => extract(path, readFileSync(join(root, path), "utf8")));
}

function documents(): string[] {
  const pages = existsSync(join(root, "docs")) ? filesUnder(join(root, "docs"), ".md") : [];
  return ["README.md", ...packages.map((name) => join("packages", name, "README.md")), ...pages];
}

const packages = ["thinned", "plot"];

const fromDocuments = examplesOf(documents(), markdownExamples);
const fromComments = examplesOf(
  packages.flatMap((name) => filesUnder(join(root, "packages", name, "src"), ".ts")),
  docCommentExamples,
);
const examples = [...fromDocuments, ...fromComments];
const fileOf = (index: number): string => join(folder, `example${index}.ts`);

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  examples.forEach(({ place, code }, index) => {
    writeFileSync(fileOf(index), `// From ${place}\n${code}\nexport {};\n`);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the README and the doc comments hold examples", () => {
  for (const name of packages) {
    const isOf = ({ place }: Example) => place.startsWith(join("packages", name));
    expect(fromDocuments.filter(isOf).length, name).toBeGreaterThan(0);
    expect(fromComments.filter(isOf).length, name).toBeGreaterThan(0);
  }
});

test("every example type-checks under the strict settings of the workspace", { timeout: 60_000 }, () => {
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../../tsconfig.base.json",
      // An example shows a value without using it further.
      compilerOptions: { types: ["node"], noUnusedLocals: false },
      include: ["*.ts"],
    }),
  );
  const compiler = join(root, "test", "node_modules", "typescript", "bin", "tsc");
  try {
    execFileSync(process.execPath, [compiler, "--noEmit", "-p", folder], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    expect.fail(`${(error as { stdout?: string }).stdout ?? error}`);
  }
});

describe("example", () => {
  test.each(examples.map(({ place, code }, index) => ({ place, code, index })))(
    "$place runs and asserts",
    async ({ code, index }) => {
      expect(code).toMatch(/from "node:assert(\/strict)?"/);
      expect(code).toMatch(/\bassert(\.\w+)?\(|\b(strictEqual|deepEqual|ok|throws|rejects)\(/);
      await import(/* @vite-ignore */ fileOf(index));
    },
  );
});
