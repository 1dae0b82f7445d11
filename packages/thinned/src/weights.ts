import { printed, printedShape } from "./argument.js";
import { ShapeError } from "./errors.js";
import type { Network } from "./network.js";
import { sameShape, type Tensor, type TensorLike, toTensor } from "./tensor.js";

/** Returns copies of the trainable tensors: kernel and bias per layer, in the order of the layers, shared ones once. */
export function getWeights(network: Network): Tensor[] {
  return network.weights("get weights").map((data, index) => {
    return { data, shape: [...(network.parameters[index]?.shape ?? [])] };
  });
}

/** Sets all trainable tensors, or none of them when one is refused. */
export function setWeights(network: Network, tensors: readonly TensorLike[]): void {
  const action = "set weights";
  network.atHome(action);
  if (!Array.isArray(tensors)) {
    throw new TypeError(
      `Cannot ${action}: the weights are ${printed(tensors)}, an array of tensors is wanted`,
    );
  }
  const { parameters } = network;
  if (tensors.length !== parameters.length) {
    throw new RangeError(
      `Cannot ${action}: ${tensors.length} tensors were given, the model has ${parameters.length}`,
    );
  }
  const weights = parameters.map(({ layer, part, shape }, index) => {
    const name = `weights[${index}]`;
    const tensor = toTensor(action, name, tensors[index]);
    if (!sameShape(tensor.shape, shape)) {
      throw new ShapeError(
        `Cannot ${action}: ${name} has shape ${printedShape(tensor.shape)}, the ${part} of layer ${printed(layer)} wants ${printedShape(shape)}`,
      );
    }
    return tensor.data;
  });
  network.setWeights(action, weights);
}
