// Enough for a figure a metre wide at 300 dots per inch, and a third of the size of the full decimals.
const decimals = 2;

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (character) => escapes[character] as string);
}

function shorten(value: string): string {
  return value.replace(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (number) =>
    String(+Number(number).toFixed(decimals) + 0),
  );
}

function attribute({ name, value }: Attr): string {
  return ` ${name}="${escapeText(shorten(value)).replaceAll('"', "&quot;")}"`;
}

function node(current: Node): string {
  if (current.nodeType === 3) return escapeText(current.nodeValue ?? "");
  if (current.nodeType !== 1) return "";
  const element = current as Element;
  const tag = element.localName;
  const attributes = Array.from(element.attributes)
    .filter(({ name }) => name !== "xmlns")
    .sort((first, second) => (first.name < second.name ? -1 : 1))
    .map(attribute)
    .join("");
  const children = Array.from(element.childNodes, node).join("");
  return children === "" ? `<${tag}${attributes}/>` : `<${tag}${attributes}>${children}</${tag}>`;
}

/**
 * The SVG file of `root`: UTF-8 XML that stands alone, coordinates rounded to a hundredth of a pixel,
 * attributes in alphabetical order.
 */
export function serialize(root: SVGSVGElement): string {
  const text = node(root).replace(/^<svg/, '<svg xmlns="http://www.w3.org/2000/svg"');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
}
