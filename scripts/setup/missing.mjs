/** Something this machine lacks and set-up cannot supply: the message names it and the way out, in one line. */
export class Missing extends Error {
  constructor(what, wayOut) {
    super(`${what}: ${wayOut.replace(/\s+/g, " ")}`);
    this.name = "Missing";
  }
}
