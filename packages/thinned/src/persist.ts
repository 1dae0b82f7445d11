import { type Architecture, parametersOf } from "./architecture.js";
import { architectureFromJson, architectureToJson } from "./architectureJson.js";
import { printed, printedShape } from "./argument.js";
import { FormatError } from "./errors.js";
import type { Network } from "./network.js";
import { parseSafetensors, writeSafetensors } from "./safetensors.js";
import { indexed, sameShape, type Tensor } from "./tensor.js";

/** What `__metadata__` says of a file of this library. */
const FORMAT = "thinned";

/** Raised when a reader of this version could no longer understand what is written. */
const VERSION = "1";

/** Returns a model as a safetensors file: float32 weights, the architecture as JSON in the metadata. */
export function save(network: Network): Uint8Array<ArrayBuffer> {
  const weights = network.weights("save");
  const tensors = network.parameters.map(({ layer, part, shape }, index): [string, Tensor] => {
    return [`${layer}.${part}`, { data: weights[index] as Float32Array, shape: [...shape] }];
  });
  const metadata = new Map([
    ["format", FORMAT],
    ["version", VERSION],
    ["architecture", architectureToJson(network.architecture)],
  ]);
  return writeSafetensors({ metadata, tensors: new Map(tensors) });
}

/** The content of a model file, checked. */
export interface SavedModel {
  readonly architecture: Architecture;
  /** In the order of `parametersOf(architecture)`. */
  readonly weights: readonly Float32Array[];
}

/**
 * Returns the content of a model file.
 *
 * @throws FormatError when it is no such file, or its weights are not those of its architecture
 */
export function parseModel(bytes: Uint8Array): SavedModel {
  const { metadata, tensors } = parseSafetensors(bytes, checkFormat);
  const architecture = architectureFromJson(metadata.get("architecture") as string);
  const parameters = parametersOf(architecture);
  const weights = parameters.map(({ layer, part, shape }) => weightOf(tensors, `${layer}.${part}`, shape));
  if (tensors.size !== parameters.length) {
    throw new FormatError(
      `Cannot load: the file has ${tensors.size} tensors, its architecture wants ${parameters.length}`,
    );
  }
  return { architecture, weights };
}

/** Throws FormatError unless the metadata are those of a file that this version reads. */
function checkFormat(metadata: ReadonlyMap<string, string>): void {
  const format = metadata.get("format");
  if (format !== FORMAT || !metadata.has("architecture")) {
    throw new FormatError(
      `Cannot load: the format in the metadata is ${printed(format)}, a file written by save() is wanted`,
    );
  }
  const version = metadata.get("version");
  if (version !== VERSION) {
    throw new FormatError(
      `Cannot load: the file has version ${printed(version)}, this library reads ${printed(VERSION)}`,
    );
  }
}

function weightOf(
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
  wanted: readonly number[],
): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new FormatError(`Cannot load: the file has no tensor ${printed(name)}`);
  const { data, shape } = tensor;
  if (!sameShape(shape, wanted)) {
    throw new FormatError(
      `Cannot load: tensor ${printed(name)} has shape ${printedShape(shape)}, its layer wants ${printedShape(wanted)}`,
    );
  }
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index >= 0)
    throw new FormatError(
      `Cannot load: ${indexed(name, shape, index)} is ${data[index]}; finite numbers are wanted`,
    );
  return data;
}
