/** One row of a figure's data: what stands behind one mark. */
export type Row = Readonly<Record<string, number | string>>;

function field(value: number | string | undefined): string {
  if (value === undefined) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Comma-separated text of `rows` by RFC 4180, with a header; the columns are those of all rows in order of
 * first appearance, and a row without one of them leaves it empty. Numbers are written in full, so they read
 * back unchanged.
 */
export function toCsv(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((column) => field(row[column])).join(","));
  return [columns.map(field).join(","), ...lines].map((line) => `${line}\r\n`).join("");
}
