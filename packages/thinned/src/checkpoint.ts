import { type Architecture, parametersOf } from "./architecture.js";
import { architectureDifference } from "./architectureDifference.js";
import { architectureToJson } from "./architectureJson.js";
import { printed } from "./argument.js";
import type { CallbackState } from "./callback.js";
import { FormatError } from "./errors.js";
import { History } from "./history.js";
import { isRecord } from "./json.js";
import { parseSafetensors, writeSafetensors } from "./safetensors.js";
import { allFinite, sameShape, type Tensor } from "./tensor.js";

/** What `__metadata__` says of a checkpoint of `fit()`. */
const FORMAT = "thinned-checkpoint";

/** Raised when a reader of this version could no longer understand what is written. */
const VERSION = "2";

/** Where a fit is: what it needs beside its options to go on as if nothing had happened. */
export interface Checkpoint {
  readonly architecture: string;
  /** What has to be the same in the fit that goes on. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The epoch that is under way, or the next. */
  readonly epoch: number;
  /** Batches of it that are done. */
  readonly batch: number;
  /** Updates of the optimizer. */
  readonly steps: number;
  readonly learningRateScale: number;
  readonly stopped: boolean;
  /** Rows of the epoch so far, with the sums of their losses and of the right ones. */
  readonly sums: Sums;
  readonly history: History;
  /** Of those that have any, in their order. */
  readonly callbacks: readonly CallbackState[];
  readonly weights: readonly Float32Array[];
  /** What the optimizer remembers, by its slots and then by parameter. */
  readonly slots: readonly (readonly Float32Array[])[];
  /** Outputs and targets of the epoch so far, where metrics need them. */
  readonly outputs: Float32Array;
  readonly targets: Float32Array;
}

/** Sums over the rows of an epoch so far. */
export interface Sums {
  rows: number;
  loss: number;
  correct: number;
}

/** Returns a checkpoint as a safetensors file: every number of the fit as a tensor, the rest in the metadata. */
export function writeCheckpoint(checkpoint: Checkpoint, architecture: Architecture): Uint8Array<ArrayBuffer> {
  const { weights, slots, outputs, targets, callbacks, architecture: text, ...rest } = checkpoint;
  const tensors = new Map<string, Tensor>();
  for (const [index, { layer, part, shape }] of parametersOf(architecture).entries()) {
    const add = (prefix: string, data: Float32Array) =>
      tensors.set(`${prefix}/${layer}.${part}`, { data, shape: [...shape] });
    add("weights", weights[index] as Float32Array);
    for (const [slot, values] of slots.entries()) add(`optimizer${slot}`, values[index] as Float32Array);
  }
  const flat = (data: Float32Array): Tensor => ({ data, shape: [data.length] });
  tensors.set("epoch/outputs", flat(outputs));
  tensors.set("epoch/targets", flat(targets));
  const states = callbacks.map((state, index) => {
    for (const [number, { data, shape }] of (state.tensors ?? []).entries()) {
      tensors.set(`callback${index}/${number}`, { data, shape });
    }
    return { values: state.values, tensors: state.tensors?.length ?? null };
  });
  const metadata = new Map([
    ["format", FORMAT],
    ["version", VERSION],
    ["architecture", text],
    ["fit", JSON.stringify({ ...rest, slots: slots.length, callbacks: states })],
  ]);
  return writeSafetensors({ metadata, tensors });
}

/**
 * Returns the checkpoint in a file, for a network of this architecture.
 *
 * @throws FormatError when it is none, one of another architecture (the message says what differs), or one with weights that
 * are not finite
 */
export function parseCheckpoint(bytes: Uint8Array, architecture: Architecture): Checkpoint {
  const { metadata, tensors } = parseSafetensors(
    bytes,
    (found) => checkFormat(found, architecture),
    "resume",
  );
  const fit = parseJson(metadata.get("fit"));
  const find = (name: string, shape?: readonly number[]): Tensor => {
    const tensor = tensors.get(name);
    if (tensor === undefined || (shape !== undefined && !sameShape(tensor.shape, shape))) {
      throw broken(`tensor ${printed(name)} is ${tensor === undefined ? "not there" : "of another shape"}`);
    }
    return tensor;
  };
  const parameters = parametersOf(architecture);
  const all = (prefix: string) =>
    parameters.map(({ layer, part, shape }) => {
      const name = `${prefix}/${layer}.${part}`;
      const { data } = find(name, shape);
      if (allFinite(data)) return data;
      throw broken(`tensor ${printed(name)} has numbers that are not finite`);
    });
  const callbacks = fit.callbacks.map((state, index): CallbackState => {
    if (state.tensors === null) return { values: state.values };
    const count = { length: state.tensors };
    return {
      values: state.values,
      tensors: Array.from(count, (_, number) => find(`callback${index}/${number}`)),
    };
  });
  return {
    ...fit,
    architecture: metadata.get("architecture") as string,
    callbacks,
    weights: all("weights"),
    slots: Array.from({ length: fit.slots }, (_, slot) => all(`optimizer${slot}`)),
    outputs: find("epoch/outputs").data,
    targets: find("epoch/targets").data,
  };
}

interface FitJson
  extends Omit<Checkpoint, "architecture" | "callbacks" | "weights" | "slots" | "outputs" | "targets"> {
  readonly slots: number;
  readonly callbacks: readonly { values: unknown; tensors: number | null }[];
}

function parseJson(text: string | undefined): FitJson {
  let json: unknown;
  try {
    json = JSON.parse(text ?? "");
  } catch (cause) {
    throw broken("its description is no JSON", cause);
  }
  const isCount = (value: unknown, most = 2 ** 32 - 1) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
  if (
    !isRecord(json) ||
    !isRecord(json.settings) ||
    !isRecord(json.sums) ||
    !["rows", "loss", "correct"].every((key) =>
      Number.isFinite((json.sums as Record<string, unknown>)[key]),
    ) ||
    ![json.epoch, json.batch, json.steps].every((value) => isCount(value)) ||
    !isCount(json.slots, 3) ||
    !Number.isFinite(json.learningRateScale) ||
    typeof json.stopped !== "boolean" ||
    !Array.isArray(json.callbacks) ||
    !Array.isArray(json.settings.callbacks) ||
    json.callbacks.length !== json.settings.callbacks.length ||
    !json.callbacks.every((state) => isRecord(state) && (state.tensors === null || isCount(state.tensors)))
  ) {
    throw broken("its description lacks something");
  }
  return { ...(json as unknown as FitJson), history: readHistory(json.history) };
}

function readHistory(json: unknown): History {
  try {
    return History.fromJSON(json);
  } catch (cause) {
    throw broken("its history is damaged", cause);
  }
}

function broken(reason: string, cause?: unknown): FormatError {
  return new FormatError(`Cannot resume: ${reason}; a file that the option checkpoint wrote is wanted`, {
    cause,
  });
}

function checkFormat(metadata: ReadonlyMap<string, string>, architecture: Architecture): void {
  const format = metadata.get("format");
  if (format !== FORMAT) {
    throw broken(
      `the format in the metadata is ${printed(format)}${format === "thinned" ? ", a model without its optimizer" : ""}`,
    );
  }
  const version = metadata.get("version");
  if (version !== VERSION) {
    throw broken(`the file has version ${printed(version)}, this library reads ${printed(VERSION)}`);
  }
  const difference = architectureDifference(metadata.get("architecture"), architectureToJson(architecture));
  if (difference !== undefined) {
    throw new FormatError(`Cannot resume: the checkpoint is of another architecture: ${difference}`);
  }
}
