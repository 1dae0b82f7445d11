/** Letters of a string that a message prints. */
const mostLetters = 40;

/** `value` as an error message prints it: strings quoted, lists and objects by kind. */
export function printed(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > mostLetters ? `${value.slice(0, mostLetters)}…` : value);
  }
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
