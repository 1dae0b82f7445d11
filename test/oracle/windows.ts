// What slides over an image: convolutions and poolings.
import { at } from "./at.ts";
import { type Convolution, type Pooling, windowsOver } from "./layers.ts";
import { momentsOf } from "./normalize.ts";

/** Calls back with every window and every cell of it that lies inside the image: pixel, and cell of the window. */
export function eachCell(
  window: Convolution | Pooling,
  image: readonly number[],
  visit: (position: number, pixel: number, cell: number) => void,
): void {
  const { count, before } = windowsOver(window, image);
  const [height, width] = [at(image, 0), at(image, 1)];
  const { kernelSize, strides, dilationRate } = window;
  for (let position = 0; position < count[0] * count[1]; position++) {
    for (let cell = 0; cell < kernelSize[0] * kernelSize[1]; cell++) {
      const y =
        Math.floor(position / count[1]) * strides[0] +
        Math.floor(cell / kernelSize[1]) * dilationRate[0] -
        before[0];
      const x = (position % count[1]) * strides[1] + (cell % kernelSize[1]) * dilationRate[1] - before[1];
      if (y >= 0 && y < height && x >= 0 && x < width) visit(position, y * width + x, cell);
    }
  }
}

/** Returns the pre-activations of a convolution from its kernel and its bias. */
export function convolve(
  layer: Convolution,
  x: Float64Array,
  image: readonly number[],
  own: readonly Float64Array[],
): Float64Array {
  const { filters, useBias } = layer;
  const channels = at(image, 2);
  const { count } = windowsOver(layer, image);
  const s = Float64Array.from({ length: count[0] * count[1] * filters }, (_, unit) =>
    useBias ? at(at(own, 1), unit % filters) : 0,
  );
  eachCell(layer, image, (position, pixel, cell) => {
    for (let channel = 0; channel < channels; channel++) {
      for (let filter = 0; filter < filters; filter++) {
        const weight = at(at(own, 0), (cell * channels + channel) * filters + filter);
        const unit = position * filters + filter;
        s[unit] = at(s, unit) + weight * at(x, pixel * channels + channel);
      }
    }
  });
  return s;
}

/** The mean is over the cells inside the image. */
export function pool(layer: Pooling, x: Float64Array, image: readonly number[]): Float64Array {
  const channels = at(image, 2);
  const cells: number[][] = [];
  eachCell(layer, image, (position, pixel) => {
    for (let channel = 0; channel < channels; channel++) {
      const unit = position * channels + channel;
      cells[unit] = [...(cells[unit] ?? []), at(x, pixel * channels + channel)];
    }
  });
  return Float64Array.from(cells, (inside) =>
    layer.kind === "maxPool2d" ? Math.max(...inside) : momentsOf(inside).mean,
  );
}
