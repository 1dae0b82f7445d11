import { DOMParser } from "linkedom";
import { drawOn } from "./surface.js";

// One empty document serves every figure: elements are created by it and never attached to it.
let empty: Document | undefined;
drawOn(() => {
  empty ??= new DOMParser().parseFromString("<svg/>", "image/svg+xml") as unknown as Document;
  return empty;
});

export * from "./index.js";
