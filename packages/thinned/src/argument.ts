import { nearestNames } from "./nearest.js";

/** Letters of a string, or of the name of a class, that a message prints. */
const MOST_LETTERS = 40;

/** Elements of a list that a message prints. */
const MOST_ELEMENTS = 8;

/**
 * Returns `value` as an error message prints it: strings quoted, lists one level deep, objects by kind, never more than
 * a few words. The value may come from a hostile file: nothing here follows its nesting.
 */
export function printed(value: unknown): string {
  if (!Array.isArray(value) || value.length > MOST_ELEMENTS) return printedElement(value);
  return `[${Array.from(value, printedElement).join(", ")}]`;
}

function printedElement(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (typeof value === "bigint") return `${cut(String(value))}n`;
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== "object" || value === null) return String(value);
  const name: unknown = value.constructor?.name;
  return `an object (${typeof name === "string" && name !== "" ? cut(name) : "no prototype"})`;
}

function cut(text: string): string {
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}

/** Returns a shape as messages print it, e.g. `[batch, 4]`. */
export function printedShape(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}

/** Returns `value` when it is an integer in `[least, most]`; throws otherwise. */
export function integer(
  action: string,
  name: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot ${action}: ${name} is ${printed(value)}, an integer is wanted`);
  }
  if (!Number.isInteger(value) || value < least || value > most) {
    // A limit that no number of sense comes near is said to those who are beyond it.
    const isOpen = most === Number.MAX_SAFE_INTEGER && value <= most;
    const wanted = isOpen ? `of at least ${least}` : `in [${least}, ${most}]`;
    throw new RangeError(`Cannot ${action}: ${name} is ${value}, an integer ${wanted} is wanted`);
  }
  return value;
}

/** Returns `value` when it is a finite number for which `inside` holds; `wanted` says in words which those are. */
export function finite(
  action: string,
  name: string,
  value: unknown,
  wanted: string,
  inside: (value: number) => boolean,
): number {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot ${action}: ${name} is ${printed(value)}, a number ${wanted} is wanted`);
  }
  if (!Number.isFinite(value) || !inside(value)) {
    throw new RangeError(`Cannot ${action}: ${name} is ${value}, a number ${wanted} is wanted`);
  }
  return value;
}

/** Returns `value` when it is a finite number above zero; throws otherwise. */
export function positive(action: string, name: string, value: unknown): number {
  return finite(action, name, value, "above 0", (number) => number > 0);
}

/** Returns `value` when it is a boolean; throws otherwise. */
export function boolean(action: string, name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`Cannot ${action}: ${name} is ${printed(value)}, true or false is wanted`);
}

/** Returns `value` when it is one of `choices`; throws otherwise. */
export function oneOf<T extends string>(
  action: string,
  name: string,
  value: unknown,
  choices: readonly T[],
): T {
  if (typeof value !== "string") {
    throw new TypeError(
      `Cannot ${action}: ${name} is ${printed(value)}, one of ${listed(choices)} is wanted`,
    );
  }
  if (!(choices as readonly string[]).includes(value)) {
    throw new RangeError(
      `Cannot ${action}: ${name} is ${printed(value)}, one of ${listed(choices)} is wanted`,
    );
  }
  return value as T;
}

/**
 * Throws TypeError when `options` is not an object, or has a key that is not in `known`: an option with a slip in its
 * name would silently leave the default in force.
 */
export function onlyOptions(action: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`Cannot ${action}: the options are ${printed(options)}, an object is wanted`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearestNames(key, known);
    const hint =
      near.length > 0 ? `did you mean ${near.join(" or ")}?` : `the options are ${known.join(", ")}`;
    throw new TypeError(`Cannot ${action}: there is no option ${printed(key)}; ${hint}`);
  }
}

function listed(choices: readonly string[]): string {
  return choices.map((choice) => JSON.stringify(choice)).join(", ");
}
