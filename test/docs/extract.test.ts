import { describe, expect, test } from "vitest";
import { docCommentExamples, markdownExamples } from "./extract.ts";

const fence = "```";

describe("markdownExamples()", () => {
  test("finds ts blocks with the line they open on, and no other blocks", () => {
    const text = [
      "# A",
      "",
      `${fence}ts`,
      "const a = 1;",
      "",
      "a;",
      fence,
      `${fence}sh`,
      "npm test",
      fence,
      `${fence}typescript`,
      "b;",
      fence,
    ].join("\n");
    expect(markdownExamples("A.md", text)).toEqual([
      { place: "A.md:3", code: "const a = 1;\n\na;\n" },
      { place: "A.md:11", code: "b;\n" },
    ]);
  });

  test("takes the indent of a list off a block", () => {
    expect(markdownExamples("A.md", `* item\n  ${fence}ts\n  if (a)\n    b;\n  ${fence}`)).toEqual([
      { place: "A.md:2", code: "if (a)\n  b;\n" },
    ]);
  });

  test("throws SyntaxError when a block never ends", () => {
    expect(() => markdownExamples("A.md", `${fence}ts\na;`)).toThrow(SyntaxError);
  });
});

describe("docCommentExamples()", () => {
  test("finds the blocks of doc comments, with their lines in the file", () => {
    const source = `const before = 1;\n/**\n * Returns one.\n *\n * @example\n * ${fence}ts\n * f(\n *   1,\n * );\n * ${fence}\n */\nexport function f() {}\n// ${fence}ts\n`;
    expect(docCommentExamples("f.ts", source)).toEqual([{ place: "f.ts:6", code: "f(\n  1,\n);\n" }]);
  });
});
