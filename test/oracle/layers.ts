// Every kind of layer as plain data, with its shape and its parameters; images are [height, width, channels].
import { at } from "./at.ts";
import type { Activation, Scaling } from "./description.ts";

export type Sides = readonly [down: number, across: number];

export interface Window {
  readonly kernelSize: Sides;
  readonly strides: Sides;
  readonly dilationRate: Sides;
  readonly padding: "valid" | "same";
}

export interface Convolution extends Window {
  readonly kind: "conv2d";
  readonly filters: number;
  readonly activation: Activation;
  readonly useBias: boolean;
}
export interface DenseLayer {
  readonly kind: "dense";
  readonly units: number;
  readonly activation: Activation;
  readonly useBias: boolean;
  readonly connectionRate: number;
  readonly scaling: Scaling;
  /** Factor of Σw² of the kernel. */
  readonly l2: number;
}
export interface Pooling extends Window {
  readonly kind: "maxPool2d" | "averagePool2d";
}
export interface Normalization {
  readonly kind: "batchNormalization" | "layerNormalization";
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
}
export interface Gated {
  readonly kind: "dropout" | "spatialDropout2d";
  readonly rates: number | readonly number[];
  readonly scaling: Scaling;
}
export interface Noisy {
  readonly kind: "gaussianDropout" | "alphaDropout";
  readonly rate: number;
}
export interface Concrete {
  readonly kind: "concreteDropout";
  readonly temperature: number;
  readonly weightRegularizer: number;
  readonly dropoutRegularizer: number;
}
export type LayerDescription =
  | Convolution
  | DenseLayer
  | Pooling
  | Normalization
  | Gated
  | Noisy
  | Concrete
  | { readonly kind: "activation"; readonly activation: Activation }
  | { readonly kind: "reshape"; readonly targetShape: readonly number[] }
  | { readonly kind: "flatten" | "globalAveragePool2d" | "add" | "multiply" | "concat" };

/** Node 0 is the input and node k is `nodes[k - 1]`, in the depth-first post-order from the last one; sources stand before it. */
export interface LayerNode {
  readonly layer: LayerDescription;
  readonly sources: readonly number[];
  /** An earlier node whose weights it shares. */
  readonly sharedWith?: number | undefined;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}

/** Returns the number of windows along each side, and how far the first one begins before the image (TensorFlow's definition). */
export function windowsOver(
  { kernelSize, strides, dilationRate, padding }: Window,
  image: readonly number[],
): { count: Sides; before: Sides } {
  const along = (side: 0 | 1): [number, number] => {
    const extent = (kernelSize[side] - 1) * dilationRate[side] + 1;
    const stride = strides[side];
    if (padding === "valid") return [Math.floor((at(image, side) - extent) / stride) + 1, 0];
    const count = Math.ceil(at(image, side) / stride);
    return [count, Math.floor(Math.max(0, (count - 1) * stride + extent - at(image, side)) / 2)];
  };
  const [down, across] = [along(0), along(1)];
  return { count: [down[0], across[0]], before: [down[1], across[1]] };
}

/** Returns the shape of a row of what the layer computes. */
export function shapeOf(layer: LayerDescription, sources: readonly (readonly number[])[]): number[] {
  const source = at(sources, 0);
  switch (layer.kind) {
    case "conv2d":
      return [...windowsOver(layer, source).count, layer.filters];
    case "maxPool2d":
    case "averagePool2d":
      return [...windowsOver(layer, source).count, at(source, 2)];
    case "dense":
      return [layer.units];
    case "globalAveragePool2d":
      return [at(source, 2)];
    case "flatten":
      return [sizeOf(source)];
    case "reshape":
      return [...layer.targetShape];
    case "concat":
      return [...source.slice(0, -1), sources.reduce((sum, shape) => sum + at(shape, shape.length - 1), 0)];
    default:
      return [...source];
  }
}

/** Returns the shapes of the parameters of a layer that shares none, in the order of getWeights(); `isMoving` of what is not trained. */
export function parametersOf(
  layer: LayerDescription,
  source: readonly number[],
): { shape: number[]; isMoving: boolean }[] {
  const trained = (...shapes: number[][]) => shapes.map((shape) => ({ shape, isMoving: false }));
  const channels = at(source, source.length - 1);
  switch (layer.kind) {
    case "conv2d":
      return trained(
        [...layer.kernelSize, channels, layer.filters],
        ...(layer.useBias ? [[layer.filters]] : []),
      );
    case "dense":
      return trained([sizeOf(source), layer.units], ...(layer.useBias ? [[layer.units]] : []));
    case "batchNormalization":
    case "layerNormalization": {
      const own = trained(...(layer.scale ? [[channels]] : []), ...(layer.center ? [[channels]] : []));
      const moving = { shape: [channels], isMoving: true };
      return layer.kind === "batchNormalization" ? [...own, moving, moving] : own;
    }
    case "concreteDropout":
      return trained([1]);
    default:
      return [];
  }
}

/** Returns whether the layer draws gates or noise, and so has a site of its own in every application. */
export function hasSite(layer: LayerDescription): boolean {
  return /dropout/i.test(layer.kind) || (layer.kind === "dense" && layer.connectionRate > 0);
}
