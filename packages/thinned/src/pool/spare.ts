/** More arrays than this are not kept: one comes with each step, and one goes with each part of it. */
const MOST_KEPT = 2;

/** Memory that has crossed between threads and serves again: new memory of this size costs a step more than copying into it. */
export class Spare {
  readonly #buffers: ArrayBuffer[] = [];

  give(buffer: ArrayBuffer): void {
    if (this.#buffers.length < MOST_KEPT) this.#buffers.push(buffer);
  }

  /** Returns an array of so many numbers, whatever they are. */
  take(length: number): Float32Array<ArrayBuffer> {
    const buffer = this.#buffers.pop();
    const fits = buffer !== undefined && buffer.byteLength >= length * Float32Array.BYTES_PER_ELEMENT;
    return fits ? new Float32Array(buffer, 0, length) : new Float32Array(length);
  }
}
