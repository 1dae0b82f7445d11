// Which gates a unit of a graph of layers depends on, by structure alone (THEORY §1, §4.1).
import { at } from "./at.ts";
import { sizeOf } from "./layers.ts";
import { type PlacedGraph, type PlacedNode, thinningOf } from "./placedGraph.ts";
import { eachCell } from "./windows.ts";

/** Gates as "node:gate". */
type Gates = ReadonlySet<string>;

/** Returns the gates with rate > 0 that what a node hands on depends on, [node][unit]; node 0 is the input. */
export function layersUpstream(inputShape: readonly number[], { nodes }: PlacedGraph): Gates[][] {
  const sets: Gates[][] = [Array.from({ length: sizeOf(inputShape) }, () => new Set<string>())];
  nodes.forEach((node, index) => {
    const sources = node.sources.map((source) => at(sets, source));
    const sizes = sources.map((source) => source.length);
    const rates = thinningOf(node)?.rates ?? [];
    const gate = (gate: number): string[] => (at(rates, gate) > 0 ? [`${index + 1}:${gate}`] : []);
    const { layer, shape } = node;
    const [units, channels] = [sizeOf(shape), at(shape, shape.length - 1)];
    let own = Array.from({ length: units }, (_, unit): Gates => {
      const read = readBy(node, unit, sizes).flatMap(([source, from]) => [...at(at(sources, source), from)]);
      if (layer.kind === "dropout" || layer.kind === "spatialDropout2d")
        return new Set([...read, ...gate(unit % rates.length)]);
      const column = rates.flatMap((_, place) => (place % units === unit ? gate(place) : []));
      return new Set([...read, ...column]);
    });
    if ("activation" in layer && layer.activation === "softmax") {
      const place = (unit: number) => Math.floor(unit / channels) * channels;
      own = own.map((_, unit) => union(own.slice(place(unit), place(unit) + channels)));
    }
    sets.push(own);
  });
  return sets;
}

function union(sets: readonly Gates[]): Gates {
  return new Set(sets.flatMap((set) => [...set]));
}

/** Returns which units of which sources, of so many units each, a unit reads, before its activation. */
function readBy(
  { layer, sources, shape, sourceShape }: PlacedNode,
  unit: number,
  sizes: readonly number[],
): [source: number, unit: number][] {
  const channels = at(sourceShape, sourceShape.length - 1);
  const all = Array.from({ length: sizeOf(sourceShape) }, (_, from) => from);
  const fromFirst = (units: readonly number[]) => units.map((from): [number, number] => [0, from]);
  switch (layer.kind) {
    case "conv2d":
    case "maxPool2d":
    case "averagePool2d": {
      const [place, channel] = [Math.floor(unit / at(shape, 2)), unit % at(shape, 2)];
      const pixels = new Set<number>();
      eachCell(layer, sourceShape, (position, pixel) => {
        if (position === place) pixels.add(pixel);
      });
      const isRead = (from: number) =>
        pixels.has(Math.floor(from / channels)) && (layer.kind === "conv2d" || from % channels === channel);
      return fromFirst(all.filter(isRead));
    }
    case "dense":
      return fromFirst(all);
    case "globalAveragePool2d":
      return fromFirst(all.filter((from) => from % channels === unit));
    case "layerNormalization":
      return fromFirst(all.filter((from) => Math.floor(from / channels) === Math.floor(unit / channels)));
    case "add":
    case "multiply":
      return sources.map((_, source) => [source, unit]);
    case "concat": {
      const places = sizeOf(shape.slice(0, -1));
      const place = Math.floor(unit / at(shape, shape.length - 1));
      const parts = sizes.flatMap((size, source) => {
        const width = size / places;
        return Array.from({ length: width }, (_, channel): [number, number] => [
          source,
          place * width + channel,
        ]);
      });
      return [at(parts, unit % parts.length)];
    }
    default:
      return [[0, unit]];
  }
}
