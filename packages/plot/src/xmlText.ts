// What XML 1.0 (section 2.2) cannot hold, not even escaped: control characters but for tab and line ends, halves of surrogate pairs,
// and two code points that are no characters.
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The first character of `text` that no SVG file can hold, as `U+0001 at 3`. */
export function unfitForXml(text: string): string | undefined {
  const found = forbidden.exec(text);
  if (found === null) return undefined;
  const code = (found[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
  return `U+${code} at ${found.index}`;
}
