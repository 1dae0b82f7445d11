// Finds the TypeScript programs in prose: fenced ```ts blocks of Markdown, and those inside doc comments.

export interface Example {
  /** Where it stands, as path:line. */
  readonly place: string;
  readonly code: string;
}

/** Returns the ```ts and ```typescript blocks of a Markdown text; a block opens and closes with fences of the same indent. */
export function markdownExamples(path: string, text: string): Example[] {
  const examples: Example[] = [];
  let open: { line: number; indent: string; code: string[] } | undefined;
  text.split("\n").forEach((line, index) => {
    if (open) {
      if (line.trim() === "```" && line.startsWith(open.indent)) {
        examples.push({ place: `${path}:${open.line}`, code: `${open.code.join("\n")}\n` });
        open = undefined;
      } else {
        open.code.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart());
      }
      return;
    }
    const fence = /^(\s*)```(?:ts|typescript)\s*$/.exec(line);
    if (fence) open = { line: index + 1, indent: fence[1] ?? "", code: [] };
  });
  if (open)
    throw new SyntaxError(
      `Cannot extract examples: the block at ${path}:${open.line} never ends, wanted a closing fence`,
    );
  return examples;
}

/** Returns the ```ts blocks of the doc comments of a TypeScript source. */
export function docCommentExamples(path: string, source: string): Example[] {
  return [...source.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)].flatMap((comment) => {
    const before = source.slice(0, comment.index).split("\n").length - 1;
    const lines = comment[0].split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
    return markdownExamples(path, lines.join("\n")).map(({ place, code }) => {
      const line = Number(place.slice(place.lastIndexOf(":") + 1));
      return { place: `${path}:${before + line}`, code };
    });
  });
}
