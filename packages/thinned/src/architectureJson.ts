import { ActivationLayer } from "./activationLayer.js";
import { Add } from "./add.js";
import {
  type Architecture,
  architecture,
  checkLayerCount,
  checkSourceCount,
  type Entry,
} from "./architecture.js";
import { printed } from "./argument.js";
import { BatchNormalization } from "./batchNormalization.js";
import { Concat } from "./concat.js";
import { ConcreteDropout } from "./concreteDropout.js";
import { Conv2d } from "./conv2d.js";
import { Dense } from "./dense.js";
import { Dropout } from "./dropout.js";
import { FormatError } from "./errors.js";
import { Flatten } from "./flatten.js";
import { GlobalAveragePool2d } from "./globalAveragePool2d.js";
import { isCounts, isRecord } from "./json.js";
import { checkName, type LayerDefinition } from "./layer.js";
import { LayerNormalization } from "./layerNormalization.js";
import { Multiply } from "./multiply.js";
import { NoiseDropout } from "./noiseDropout.js";
import { Pool2d } from "./pool2d.js";
import { Reshape } from "./reshape.js";
import { checkSeed } from "./seed.js";
import { SpatialDropout2d } from "./spatialDropout2d.js";
import { checkInputShape } from "./symbolic.js";

/** How each kind of layer is made from its settings; the constructors validate them as they do those of a user. */
const makers = new Map<unknown, (config: Record<string, unknown>) => LayerDefinition>([
  ["dense", ({ units, ...options }) => new Dense(units, options)],
  ["dropout", ({ rates, ...options }) => new Dropout(rates, options)],
  ["concat", (config) => new Concat(config)],
  ["add", (config) => new Add(config)],
  ["multiply", (config) => new Multiply(config)],
  ["activation", ({ activation, ...options }) => new ActivationLayer(activation, options)],
  ["flatten", (config) => new Flatten(config)],
  ["reshape", ({ targetShape, ...options }) => new Reshape(targetShape, options)],
  ["conv2d", ({ filters, ...options }) => new Conv2d(filters, options)],
  ["maxPool2d", (config) => new Pool2d("maxPool2d", config)],
  ["averagePool2d", (config) => new Pool2d("averagePool2d", config)],
  ["globalAveragePool2d", (config) => new GlobalAveragePool2d(config)],
  ["batchNormalization", (config) => new BatchNormalization(config)],
  ["layerNormalization", (config) => new LayerNormalization(config)],
  ["spatialDropout2d", ({ rates, ...options }) => new SpatialDropout2d(rates, options)],
  ["gaussianDropout", (config) => new NoiseDropout("gaussianDropout", config)],
  ["alphaDropout", (config) => new NoiseDropout("alphaDropout", config)],
  ["concreteDropout", (config) => new ConcreteDropout(config)],
]);

/** Kinds that have weights, which a later application may share. */
const weighted = new Set(["dense", "conv2d", "batchNormalization", "layerNormalization", "concreteDropout"]);

/** Returns an architecture as the JSON text that a model file holds. */
export function architectureToJson({ inputShape, nodes, seed }: Architecture): string {
  const layers = nodes.map(({ name, definition, sources, sharedWith }) => {
    const { kind, config } = definition;
    return { name, kind, sources, ...(sharedWith === undefined ? {} : { sharedWith }), config };
  });
  return JSON.stringify({ inputShape, seed, layers });
}

/**
 * Returns the architecture that a model file holds.
 *
 * @throws FormatError when the text describes no network that this library can build
 */
export function architectureFromJson(text: string): Architecture {
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof FormatError || !(cause instanceof Error)) throw cause;
    const reason = cause.message.replace(/^Cannot load: /, "");
    throw new FormatError(`Cannot load: the file describes no network: ${reason}`, { cause });
  }
}

function parse(json: unknown): Architecture {
  const { inputShape, seed, layers } = fields(json, "the architecture", ["inputShape", "seed", "layers"]);
  if (!Array.isArray(layers))
    throw new FormatError(`Cannot load: layers is ${printed(layers)}, an array is wanted`);
  const action = "load";
  checkLayerCount(action, layers.length);
  const shape = checkInputShape(action, "inputShape", inputShape);
  const entries = layers.map(parseEntry);
  checkSourceCount(action, entries);
  const read = new Set(entries.flatMap((entry) => entry.sources));
  for (const [index, entry] of entries.entries()) {
    checkLinks(entry, index + 1, entries);
    if (index + 1 < entries.length && !read.has(index + 1)) {
      throw new FormatError(`Cannot load: no layer reads the output of ${printed(entry.name)}`);
    }
  }
  return architecture(action, shape, entries, checkSeed(action, seed));
}

function parseEntry(json: unknown, index: number): Entry {
  const where = `layers[${index}]`;
  const { name, kind, sources, sharedWith, config } = fields(
    json,
    where,
    ["name", "kind", "sources", "config"],
    ["sharedWith"],
  );
  const make = makers.get(kind);
  if (make === undefined) {
    throw new FormatError(
      `Cannot load: ${where} is of kind ${printed(kind)}, one of ${printed([...makers.keys()])} is wanted`,
    );
  }
  const checkedName = checkName("load", name);
  if (checkedName === undefined) throw new FormatError(`Cannot load: ${where} has no name`);
  if (!isRecord(config))
    throw new FormatError(`Cannot load: ${where}.config is ${printed(config)}, an object is wanted`);
  const definition = make(config);
  // The constructors fill in what is missing; a file that leaves something out was not written by save().
  fields(config, `${where}.config`, Object.keys(definition.config));
  if (!isCounts(sources) || !(sharedWith === undefined || isCounts([sharedWith]))) {
    throw new FormatError(`Cannot load: ${where} has sources ${printed(sources)}, node numbers are wanted`);
  }
  return { name: checkedName, definition, sources, sharedWith: sharedWith as number | undefined };
}

/** Throws unless an entry reads earlier nodes, as many as its kind wants, and shares only what it can. */
function checkLinks(entry: Entry, node: number, entries: readonly Entry[]): void {
  const { name, definition, sources, sharedWith } = entry;
  const merges = ["concat", "add", "multiply"].includes(definition.kind);
  if (sources.some((source) => source >= node) || (merges ? sources.length < 2 : sources.length !== 1)) {
    throw new FormatError(
      `Cannot load: layer ${printed(name)} reads nodes ${printed(sources)}, ${merges ? "two or more" : "one"} below ${node} wanted`,
    );
  }
  if (sharedWith === undefined) return;
  const owner = sharedWith < node ? entries[sharedWith - 1] : undefined;
  const same = JSON.stringify(owner?.definition.config) === JSON.stringify(definition.config);
  if (
    owner?.definition.kind !== definition.kind ||
    !weighted.has(definition.kind) ||
    owner.sharedWith !== undefined ||
    !same
  ) {
    throw new FormatError(
      `Cannot load: layer ${printed(name)} cannot share the weights of node ${sharedWith}`,
    );
  }
}

/** Returns `json` when it is an object with these keys, and at most the optional ones beside them. */
function fields(
  json: unknown,
  where: string,
  keys: readonly string[],
  optional: readonly string[] = [],
): Record<string, unknown> {
  if (!isRecord(json))
    throw new FormatError(`Cannot load: ${where} is ${printed(json)}, an object is wanted`);
  const missing = keys.find((key) => !Object.hasOwn(json, key));
  if (missing !== undefined) throw new FormatError(`Cannot load: ${where} has no ${missing}`);
  const unknown = Object.keys(json).find((key) => !keys.includes(key) && !optional.includes(key));
  if (unknown !== undefined)
    throw new FormatError(`Cannot load: ${where} has an unknown field ${printed(unknown)}`);
  return json;
}
