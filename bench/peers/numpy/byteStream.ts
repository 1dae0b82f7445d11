import type { Readable } from "node:stream";

/** Lines and counted bytes from a stream, in the order in which they are asked for. */
export class ByteStream {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Returns the text up to the next line feed. */
  async line(): Promise<string> {
    let end = this.#rest.indexOf("\n");
    while (end === -1) {
      await this.#more([this.#rest]);
      end = this.#rest.indexOf("\n");
    }
    const text = this.#rest.toString("utf8", 0, end);
    this.#rest = this.#rest.subarray(end + 1);
    return text;
  }

  /** Returns the next bytes, in a buffer of their own. */
  async bytes(count: number): Promise<ArrayBuffer> {
    const parts = [this.#rest];
    for (let have = this.#rest.length; have < count; have += parts.at(-1)?.length ?? 0) {
      parts.push(await this.#next());
    }
    this.#rest = Buffer.concat(parts);
    const result = Uint8Array.from(this.#rest.subarray(0, count)).buffer;
    this.#rest = this.#rest.subarray(count);
    return result;
  }

  async #more(parts: Buffer[]): Promise<void> {
    this.#rest = Buffer.concat([...parts, await this.#next()]);
  }

  async #next(): Promise<Buffer> {
    const { value, done } = await this.#chunks.next();
    if (done) throw new Error("Cannot go on with python3: it has ended");
    return value;
  }
}
