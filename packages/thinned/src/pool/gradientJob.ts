import type { CheckedLoss } from "../loss.js";
import { Handle } from "../wasm/handle.js";
import type { Delivery, Workplace } from "./jobs.js";

const ACTION = "take the gradient of a part of a step";

/** A part of a training step, as `Trainer.claim()` gave it away. */
export interface GradientInput {
  /** Names the fit, whose settings are the same for all its parts. */
  readonly fit: string;
  readonly loss: CheckedLoss;
  readonly maskSharing: "example" | "batch" | "expected";
  readonly sliceRows: number;
  readonly seed: number;
  readonly step: number;
  /** The number of its first row in the batch. */
  readonly first: number;
  readonly rows: number;
  /** Rows of the batch. */
  readonly total: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly weights: Float32Array;
}

/** What `Trainer.place()` takes. */
export interface GradientOutput {
  /** By parameter, one after the other. */
  readonly gradient: Float32Array<ArrayBuffer>;
  readonly loss: number;
  readonly correct: number;
  readonly broken: number | undefined;
  readonly outputs: Float32Array<ArrayBuffer>;
}

/** Takes the gradient of a part of a training step. */
export async function runGradientJob(
  { instance, network, schedule, differentiators, spare }: Workplace,
  input: GradientInput,
): Promise<Delivery<GradientOutput>> {
  const { fit, loss, maskSharing, sliceRows, seed, x, y, weights, rows, first, total, step } = input;
  const start = () =>
    instance.run(
      ({ Differentiator }) =>
        new Handle(
          instance,
          new Differentiator(network, loss.name, loss.delta, maskSharing, sliceRows, seed),
        ),
    );
  const part = differentiators.get(fit, start).get(ACTION);
  instance.run(() => part.begin(network, x, y, weights, rows, first, total, step));
  while (instance.run(() => part.advance(network))) {
    if (schedule.over) await schedule.next();
  }
  const output = instance.run(() => {
    const gradient = spare.take(part.parameters);
    part.copyGradient(gradient);
    // Bindings declare any buffer; what they return is a copy of its own.
    const outputs = part.outputs() as Float32Array<ArrayBuffer>;
    return { gradient, loss: part.loss, correct: part.correct, broken: part.broken, outputs };
  });
  return { output, transfer: [output.gradient.buffer, output.outputs.buffer] };
}
