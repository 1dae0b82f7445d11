import { printedShape } from "./argument.js";
import type { LayerInfo } from "./layerInfo.js";

/** Returns a table of the layers with their output shapes, parameters and gates, and the totals below it. */
export function summarize(layers: readonly LayerInfo[]): string {
  const rows = layers.map(({ name, kind, outputShape, parameters, gates }) => [
    `${name} (${kind})`,
    printedShape(["batch", ...outputShape]),
    grouped(parameters),
    grouped(gates),
  ]);
  const head = ["layer", "output shape", "parameters", "gates"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  const gates = layers.reduce((sum, layer) => sum + layer.gates, 0);
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  return [
    line(head),
    rule,
    ...rows.map(line),
    rule,
    `parameters: ${grouped(parameters)}`,
    `gates: ${grouped(gates)}`,
    `subnetworks: ${subnetworks(gates)}`,
  ].join("\n");
}

/** Returns `2^n`, and the number itself while it can be read. */
function subnetworks(gates: number): string {
  return gates <= 53 ? `2^${gates} = ${grouped(2 ** gates)}` : `2^${gates}`;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
