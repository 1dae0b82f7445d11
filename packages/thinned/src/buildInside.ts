import type { Architecture } from "./architecture.js";
import type * as boundary from "./wasm/boundary.js";
import type { Instance } from "./wasm/instance.js";

/** Returns a network of this architecture inside `instance`, with freshly initialised weights. */
export function buildInside(architecture: Architecture, instance: Instance): boundary.Network {
  return build(architecture, instance, (builder, output) => builder.build(output, architecture.seed));
}

/** Returns the same with zeros for weights, for a copy whose weights are set next: drawing those of a wide network takes long. */
export function buildBlank(architecture: Architecture, instance: Instance): boundary.Network {
  return build(architecture, instance, (builder, output) => builder.buildBlank(output));
}

function build(
  architecture: Architecture,
  instance: Instance,
  finish: (builder: boundary.NetworkBuilder, output: number) => boundary.Network,
): boundary.Network {
  return instance.run(({ NetworkBuilder }) => {
    const builder = new NetworkBuilder();
    const nodes = [builder.input(Uint32Array.from(architecture.inputShape))];
    for (const { name, definition, sources, sharedWith } of architecture.nodes) {
      const from = Uint32Array.from(sources, (source) => nodes[source] as number);
      const owner = sharedWith === undefined ? undefined : nodes[sharedWith];
      nodes.push(definition.addTo(builder, name, from, owner));
    }
    return finish(builder, nodes.at(-1) as number);
  });
}
