import { onlyOptions, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import { checkName, type LayerDefinition, type LayerOptions, type ParameterShape, widthOf } from "./layer.js";
import { MergeLayer } from "./symbolic.js";
import type { NetworkBuilder } from "./wasm/boundary.js";

/**
 * Returns a layer that adds its sources unit by unit, as residual connections do.
 *
 * Shapes: two or more of `[batch, units]` → the same.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { add, graph, input } from "thinned";
 *
 * const x = input([2]);
 * const net = graph({ inputs: x, outputs: add().apply([x, x]), seed: 1 });
 * assert.deepEqual([...net.predict([[1, 2]]).data], [2, 4]);
 * ```
 */
export function add(options: LayerOptions = {}): MergeLayer {
  return new MergeLayer(new Add(options), checkName("make an add layer", options.name));
}

export class Add implements LayerDefinition {
  readonly kind = "add";
  readonly activated = false;
  readonly config = {};

  constructor(options: LayerOptions) {
    onlyOptions("make an add layer", options, ["name"]);
  }

  outputShape(action: string, sources: readonly (readonly number[])[]): number[] {
    const widths = sources.map((source) => widthOf(action, source));
    const [width = 0] = widths;
    if (widths.some((other) => other !== width)) {
      throw new ShapeError(
        `Cannot ${action}: its inputs have ${widths.map((units) => printedShape(["batch", units])).join(", ")}; equal shapes are wanted`,
      );
    }
    return [width];
  }

  parameters(): ParameterShape[] {
    return [];
  }

  gates(): number {
    return 0;
  }

  addTo(builder: NetworkBuilder, name: string, sources: Uint32Array): number {
    return builder.add(name, sources);
  }
}
