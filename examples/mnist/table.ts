/**
 * Rows under a header, as lines of text: the first column is aligned to the left, the others to the right.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const [head = "", ...body] = lines.map((line) =>
    widths
      .map((width, column) => {
        const entry = line[column] ?? "";
        return column === 0 ? entry.padEnd(width) : entry.padStart(width);
      })
      .join("   "),
  );
  return [head, "-".repeat(head.length), ...body].map((line) => `  ${line}`).join("\n");
}

/** 0.9713 as `97.1 %`, with `digits` decimals. */
export function percent(share: number, digits = 2): string {
  return `${(100 * share).toFixed(digits)} %`;
}

const whole = new Intl.NumberFormat("en");

/** 65536 as `65,536`. */
export function count(number: number | bigint): string {
  return whole.format(number);
}
