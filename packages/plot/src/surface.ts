/** Makes the document whose elements the figures consist of. */
export type DocumentSource = () => Document;

let source: DocumentSource | undefined;

/** Sets where documents come from; the Node entry point calls it once, browsers bring their own document. */
export function drawOn(documents: DocumentSource): void {
  source = documents;
}

/** The document to draw in: the page's own in a browser, in Node one by linkedom. */
export function surface(): Document {
  if (source !== undefined) return source();
  if (typeof document === "undefined") {
    throw new ReferenceError(
      "Cannot draw a figure: there is no document here, wanted a browser's or that of the Node entry point",
    );
  }
  return document;
}
