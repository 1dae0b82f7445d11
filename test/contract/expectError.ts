import { expect } from "vitest";

type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Runs the action and checks that it throws, or rejects with, an error of the class whose message reads "Cannot action:
 * state, wanted" and holds every given piece.
 */
export async function expectError(
  action: () => unknown,
  errorClass: ErrorClass,
  ...pieces: (string | RegExp)[]
): Promise<Error> {
  let caught: unknown;
  try {
    await action();
  } catch (error) {
    caught = error;
  }
  if (caught === undefined) expect.fail(`no error, wanted ${errorClass.name}`);
  expect(caught, `class of ${caught}`).toBeInstanceOf(errorClass);
  const error = caught as Error;
  expect(error.message).toMatch(/^Cannot [^:]+: .+/s);
  for (const piece of pieces) {
    if (typeof piece === "string") expect(error.message).toContain(piece);
    else expect(error.message).toMatch(piece);
  }
  return error;
}

/** Checks for the error of an aborted signal: a DOMException or Error named AbortError. */
export async function expectAbort(action: () => unknown): Promise<void> {
  let caught: unknown;
  try {
    await action();
  } catch (error) {
    caught = error;
  }
  expect(caught, "an error").toBeDefined();
  expect((caught as Error).name).toBe("AbortError");
}
