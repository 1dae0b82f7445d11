// Random networks of every kind of node, small enough that all their subnetworks can be run.
import fc from "fast-check";
import { at } from "../oracle/at.ts";
import {
  type Activation,
  type Description,
  denseLayer,
  dropoutLayer,
  type NodeDescription,
  type Scaling,
} from "../oracle/description.ts";
import { normals } from "../oracle/values.ts";

export interface RandomNetworkOptions {
  /** Activations to choose from. */
  readonly activations: readonly Activation[];
  /** Activations of the output layer; the same ones by default. */
  readonly outputActivations?: readonly Activation[];
  readonly scalings?: readonly Scaling[];
  readonly nodes?: number;
  readonly width?: number;
  /** The most gates with rate > 0 in the whole network. */
  readonly gates?: number;
}

export const everyActivation: readonly Activation[] = [
  "linear",
  "relu",
  "leakyRelu",
  "elu",
  "gelu",
  "sigmoid",
  "tanh",
  "softplus",
  "softmax",
  { type: "sigmoid", c: 2.5, lambda: 0.5 },
  { type: "sigmoid", c: 0.25, lambda: 2 },
  { type: "leakyRelu", alpha: 1.25 },
  { type: "elu", alpha: 1.5 },
];

// What a node becomes is settled by the nodes before it: a choice that does not fit turns into one that does.
interface Choice {
  readonly kind: "dense" | "dropout" | "concat" | "add" | "again";
  readonly units: number;
  readonly back: number;
  readonly other: number;
  readonly activation: Activation;
  readonly rate: number | "each";
  readonly scaling: Scaling;
  readonly connectionRate: number;
  readonly hasBias: boolean;
}

/** Returns an arbitrary of descriptions whose output is a dense layer. */
export function randomNetwork(options: RandomNetworkOptions): fc.Arbitrary<Description> {
  const { activations, outputActivations = activations, nodes = 6, width = 4, gates = 8 } = options;
  const choice = (of: readonly Activation[]) =>
    fc.record<Choice>({
      kind: fc.constantFrom("dense", "dropout", "dense", "dropout", "concat", "add", "again"),
      units: fc.integer({ min: 1, max: width }),
      back: fc.constantFrom(0, 0, 0, 1, 2),
      other: fc.nat(100),
      activation: fc.constantFrom(...of),
      rate: fc.constantFrom<number | "each">(0.5, 0.2, "each", 0.75, 0, 0.9),
      scaling: fc.constantFrom(...(options.scalings ?? (["inverted", "standard"] as const))),
      connectionRate: fc.constantFrom(0, 0, 0.5, 0.3),
      hasBias: fc.constantFrom(true, true, false),
    });
  return fc
    .record({
      inputs: fc.integer({ min: 1, max: width }),
      choices: fc.array(choice(activations), { minLength: 2, maxLength: nodes - 1 }),
      output: choice(outputActivations),
      values: fc.nat(2 ** 31),
    })
    .map(({ inputs, choices, output, values }) => {
      const last: Choice = { ...output, kind: "dense", back: 0 };
      return describeChoices(inputs, [...choices, last], values, gates);
    });
}

function describeChoices(
  inputs: number,
  choices: readonly Choice[],
  values: number,
  gates: number,
): Description {
  const draw = normals(values);
  const numbers = (count: number, size: number): Float32Array =>
    Float32Array.from({ length: count }, () => size * draw());
  const widths = [inputs];
  const nodes: NodeDescription[] = [];
  let gatesLeft = gates;
  // Spends the gates where the budget allows, and says whether it did.
  const afford = (count: number): boolean => {
    const can = count <= gatesLeft;
    if (can) gatesLeft -= count;
    return can;
  };

  const dropoutOf = (choice: Choice, source: number): NodeDescription => {
    const width = at(widths, source);
    const rates = choice.rate === "each" ? ratesOf(width) : new Array<number>(width).fill(choice.rate);
    const isAffordable = afford(rates.filter((rate) => rate > 0).length);
    return dropoutLayer(
      source,
      isAffordable ? (choice.rate === "each" ? rates : choice.rate) : 0,
      choice.scaling,
    );
  };
  const denseOf = (choice: Choice, source: number): NodeDescription => {
    const { units, activation, scaling, hasBias } = choice;
    const width = at(widths, source);
    return denseLayer(source, units, numbers(width * units, 1.5 / Math.sqrt(width)), {
      activation,
      scaling,
      connectionRate: choice.connectionRate > 0 && afford(width * units) ? choice.connectionRate : 0,
      ...(hasBias && { bias: numbers(units, 0.5) }),
    });
  };
  // An earlier layer applied to the latest tensor of its width; there is always one, its own source.
  const againOf = (choice: Choice): NodeDescription | undefined => {
    const layers = nodes.flatMap((node, index) =>
      node.kind === "dense" || node.kind === "dropout" ? [index] : [],
    );
    if (layers.length === 0) return undefined;
    const of = at(layers, choice.other % layers.length);
    const node = at(nodes, of);
    if (!("source" in node) || !afford(gatesOf(node, at(widths, node.source)))) return undefined;
    return { kind: "again", of: of + 1, source: widths.lastIndexOf(at(widths, node.source)) };
  };

  for (const choice of choices) {
    const source = Math.max(0, nodes.length - choice.back);
    const other = choice.other % (nodes.length + 1);
    let node: NodeDescription | undefined;
    if (choice.kind === "again") node = againOf(choice);
    else if (choice.kind === "concat") node = { kind: "concat", sources: [source, other] };
    else if (choice.kind === "add" && at(widths, other) === at(widths, source))
      node = { kind: "add", sources: [source, other] };
    else if (choice.kind === "dropout") node = dropoutOf(choice, source);
    node ??= denseOf(choice, source);
    nodes.push(node);
    widths.push(widthOf(node, nodes, widths));
  }
  return { inputs, nodes, output: nodes.length };
}

// Rates of every sort within one layer: one half, none, some, many.
function ratesOf(width: number): number[] {
  return Array.from({ length: width }, (_, unit) => at([0.5, 0, 0.3, 0.875], unit % 4));
}

function gatesOf(node: NodeDescription, width: number): number {
  if (node.kind === "dropout") return node.rates === 0 ? 0 : width;
  return node.kind === "dense" && node.connectionRate > 0 ? width * node.units : 0;
}

function widthOf(
  node: NodeDescription,
  nodes: readonly NodeDescription[],
  widths: readonly number[],
): number {
  if (node.kind === "dense") return node.units;
  if (node.kind === "dropout") return at(widths, node.source);
  if (node.kind === "again") return widthOf(at(nodes, node.of - 1), nodes, widths);
  const joined = node.sources.map((source) => at(widths, source));
  return node.kind === "add" ? at(joined, 0) : joined.reduce((sum, width) => sum + width, 0);
}
