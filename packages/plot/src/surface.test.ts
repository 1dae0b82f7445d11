import { parseHTML } from "linkedom";
import { afterEach, expect, test, vi } from "vitest";
import { trainingCurve } from "./index.js";

// Only the browser entry point is imported here, so nothing but a page's own document can serve.
const figure = trainingCurve({ loss: [0.9, 0.4] });

afterEach(() => vi.unstubAllGlobals());

test("toSvg() throws ReferenceError where there is no document", () => {
  expect(() => figure.toSvg()).toThrow(ReferenceError);
  expect(figure.rows).toHaveLength(2);
});

test("toElement() makes elements of the page's own document", () => {
  const { document } = parseHTML("<html><body></body></html>");
  vi.stubGlobal("document", document);
  document.body.append(figure.toElement());
  expect(document.querySelector("svg.thinned-figure > title")?.textContent).toBe("Training");
});
