// The reference numbers, typed. README.md says which script and tool made each.
import type { Activation, Description, NodeDescription, Scaling } from "../oracle/description.ts";
import { denseLayer, dropoutLayer } from "../oracle/description.ts";
import ensemble from "./ensemble.json" with { type: "json" };
import gates from "./gates.json" with { type: "json" };
import philox from "./philox.json" with { type: "json" };

export interface PhiloxVector {
  readonly counter: readonly number[];
  readonly key: readonly number[];
  readonly block: readonly number[];
}
export const philoxVectors: readonly PhiloxVector[] = philox;

export interface GateVector {
  readonly seed: number;
  readonly domain: number;
  readonly site: number;
  readonly row: number;
  readonly sample: number;
  readonly rates: readonly number[];
  /** One character a gate, "1" = kept. */
  readonly kept: string;
}
export const gateVectors: readonly GateVector[] = gates;

export interface EnsembleUnit {
  readonly mean: number;
  readonly variance: number;
  readonly fourthMoment: number;
  readonly deterministic: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly logGeometricMean?: number;
  readonly logComplementGeometricMean?: number;
}
export interface EnsembleVector {
  readonly name: string;
  readonly description: Description;
  readonly rows: readonly (readonly number[])[];
  /** [rows][units of the output]. */
  readonly statistics: readonly (readonly EnsembleUnit[])[];
}

interface RawNode {
  readonly kind: string;
  readonly source?: number;
  readonly sources?: readonly number[];
  readonly units?: number;
  readonly activation?: string | { readonly c: number; readonly lambda: number; readonly type: string };
  readonly kernel?: readonly number[];
  readonly bias?: readonly number[];
  readonly connectionRate?: number;
  readonly rates?: number | readonly number[];
  readonly scaling?: string;
}

export const ensembleVectors: readonly EnsembleVector[] = ensemble.map((raw) => ({
  name: raw.name,
  description: {
    inputs: raw.inputs,
    output: raw.output,
    nodes: (raw.nodes as readonly RawNode[]).map(nodeOf),
  },
  rows: raw.rows,
  statistics: raw.statistics,
}));

function nodeOf(raw: RawNode): NodeDescription {
  const scaling = (raw.scaling ?? "inverted") as Scaling;
  const source = raw.source ?? Number.NaN;
  if (raw.kind === "dropout") return dropoutLayer(source, raw.rates ?? Number.NaN, scaling);
  if (raw.kind === "concat" || raw.kind === "add") return { kind: raw.kind, sources: raw.sources ?? [] };
  if (raw.kind !== "dense")
    throw new TypeError(`Cannot read vector: node kind ${raw.kind}, wanted dense, dropout, concat or add`);
  return denseLayer(source, raw.units ?? Number.NaN, raw.kernel ?? [], {
    bias: raw.bias ?? [],
    activation: raw.activation as Activation,
    connectionRate: raw.connectionRate ?? 0,
    scaling,
  });
}
