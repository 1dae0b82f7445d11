/**
 * Texts and mark counts of a drawn figure, in drawing order: what a snapshot keeps, without a single
 * coordinate.
 */
export function outline(root: SVGSVGElement): string[] {
  const lines: string[] = [];
  for (const child of Array.from(root.children)) {
    if (child.localName === "svg") lines.push("panel", ...contents(child).map((line) => `  ${line}`));
    else if (child.localName !== "style" && child.localName !== "rect")
      lines.push(`${child.localName}: ${child.textContent}`);
  }
  return lines;
}

function contents(panel: Element): string[] {
  return Array.from(panel.children, (mark) => {
    const name = mark.getAttribute("aria-label") ?? mark.localName;
    const texts = Array.from(mark.querySelectorAll("text"), (text) => text.textContent);
    return texts.length > 0 ? `${name}: ${texts.join(" | ")}` : `${name} × ${mark.children.length}`;
  });
}
