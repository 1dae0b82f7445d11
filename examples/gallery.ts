// Every figure of @thinned/plot, of computations that are small and real. `node gallery.ts FOLDER` takes a minute or two and writes the
// pictures of docs/figures/gallery; without a folder everything is smaller and nothing is written.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figure } from "@thinned/plot";
import { digitFigures } from "./gallery/digits.ts";
import { convergenceFigure, predictionFigure } from "./gallery/functions.ts";

const folder = process.argv[2];
const isWhole = folder !== undefined;

const figures: Record<string, Figure> = {
  "predictive-band": await predictionFigure(isWhole ? 1500 : 20),
  convergence: await convergenceFigure(isWhole ? 200 : 10),
  ...(await digitFigures(
    isWhole
      ? { trainRows: 4000, testRows: 2000, epochs: 30, units: 100, samples: 500 }
      : { trainRows: 200, testRows: 100, epochs: 3, units: 8, samples: 20 },
  )),
};
for (const [name, figure] of Object.entries(figures)) {
  assert.match(figure.toSvg(), /<title>[^<]+<\/title><desc>[^<]+<\/desc>/);
  assert.ok(figure.rows.length > 0);
  console.log(`${name}: ${figure.title}, ${figure.rows.length} rows`);
  if (folder === undefined) continue;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), figure.toSvg());
}
