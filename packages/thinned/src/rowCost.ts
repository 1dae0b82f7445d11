import { type Architecture, parametersOf } from "./architecture.js";
import { sizeOf } from "./tensor.js";
import type { RowCost } from "./wasm/memory.js";

/** How many times longer a multiplication takes that is not done by vectors of float32. */
const DOUBLE_COST = 8;

/** What one row costs a network, and what its weights take. */
export interface NetworkCost extends RowCost {
  /** Weights of all layers, shared ones once. */
  readonly weights: number;
}

/**
 * Returns the cost of a row: the activities of every node with the factors of its gates, which are drawn a row where
 * masks are independent, and the multiplications of a pass. The gates of connections are drawn one kernel at a time,
 * so their factors belong to no row.
 */
export function costOf(architecture: Architecture): NetworkCost {
  const { inputShape, nodes } = architecture;
  const shapes = [inputShape, ...nodes.map((node) => node.shape)];
  const activities = sum(shapes.map(sizeOf));
  const factors = sum(
    nodes.map(({ definition, shape }) => (/dropout/i.test(definition.kind) ? sizeOf(shape) : 0)),
  );
  const products = nodes.map(({ definition, sources: [source = 0] }) => {
    const shape = shapes[source] as readonly number[];
    const parameters = definition.parameters(shape);
    if (definition.products !== undefined) return definition.products(shape);
    return sum(parameters.map(({ shape }) => sizeOf(shape)));
  });
  const weights = sum(parametersOf(architecture).map(({ shape }) => sizeOf(shape)));
  return { values: activities + factors, products: Math.max(1, sum(products)), weights };
}

/** Returns the cost of a row whose passes are in float64, which beside them takes `values` more; they count as two of float32. */
export function costInDouble({ values, products }: RowCost, more: number): RowCost {
  return { values: 2 * values + more, products: DOUBLE_COST * products };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
