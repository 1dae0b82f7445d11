import type { WriteStream } from "node:tty";

const barWidth = 24;
const redrawMs = 100;

/**
 * Shows how far a long call has come, on standard error: on a terminal a bar that redraws itself, elsewhere
 * (a log file, a pipe) one line for every step that is named.
 */
export class ProgressBar {
  readonly #label: string;
  readonly #stream: WriteStream;
  readonly #started = performance.now();
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(label: string, stream: WriteStream = process.stderr) {
    this.#label = label;
    this.#stream = stream;
  }

  /**
   * Draws the bar at `share` of the work, with a note such as the current loss. Does nothing without a
   * terminal.
   */
  update(share: number, note = ""): void {
    const now = performance.now();
    if (!this.#stream.isTTY || now - this.#drawnMs < redrawMs) return;
    this.#drawnMs = now;
    const filled = Math.round(share * barWidth);
    const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
    this.#replace(`${this.#label} ${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${note}`);
  }

  /** An `onProgress` for one long call. */
  readonly follow = ({ done, total }: { readonly done: number; readonly total: number }): void => {
    this.update(done / total);
  };

  /** Keeps a line of its own: above the bar on a terminal, alone elsewhere. */
  step(line: string): void {
    this.#replace("");
    this.#stream.write(`${this.#label}: ${line}\n`);
    this.#drawnMs = Number.NEGATIVE_INFINITY;
  }

  /** Removes the bar and returns the time since it was made, as `12.3 s`. */
  end(): string {
    this.#replace("");
    return `${((performance.now() - this.#started) / 1000).toFixed(1)} s`;
  }

  #replace(text: string): void {
    if (!this.#stream.isTTY) return;
    // Longer than the terminal is wide, it would wrap, and the next redraw would leave its first line behind.
    this.#stream.write(`\r\u001b[2K${text.slice(0, this.#stream.columns || 80)}`);
  }
}
