import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { convolve, pool, type Tf, type TfConvolution } from "./layers.ts";
import { type Gradient, named } from "./learners.ts";

/** A layer's images: read, before the pool, and given. */
interface Images {
  readonly read: Tensor4D;
  readonly sums: Tensor4D;
  readonly pooled: Tensor4D;
}

/** Returns what each layer reads and gives. */
export function passImages(tf: Tf, x: Tensor4D, convolutions: readonly TfConvolution[]): Images[] {
  let read = x;
  return convolutions.map((layer) => {
    const sums = convolve(tf, read, layer);
    const pooled = pool(tf, sums, layer);
    const images = { read, sums, pooled };
    read = pooled;
    return images;
  });
}

/**
 * Returns the gradients of the convolutions from that of what dense layers read. The backend has no kernels for those of filters and
 * pools, so they are written as what it has: the gradient of the filters is the convolution of the channels of the images,
 * rows for channels, with the slopes.
 */
export function convolutionGradients(
  tf: Tf,
  convolutions: readonly TfConvolution[],
  images: readonly Images[],
  above: Tensor2D,
): Gradient[] {
  let slope: Tensor2D | Tensor4D = above;
  return [...convolutions.entries()].reverse().flatMap(([index, { kernel }]) => {
    const { read, sums, pooled } = images[index] as Images;
    const spread = beforePool(tf, sums, pooled, tf.reshape(slope, pooled.shape));
    const turned = tf.conv2d(
      tf.transpose(read, [3, 1, 2, 0]),
      tf.transpose(spread, [1, 2, 0, 3]),
      1,
      "valid",
    );
    if (index > 0) slope = tf.conv2dTranspose(spread, kernel, read.shape, 1, "valid");
    return named(index, tf.transpose(turned, [1, 2, 0, 3]), tf.sum(spread, [0, 1, 2]));
  });
}

/** The largest of each window has all of its slope. */
function beforePool(tf: Tf, sums: Tensor4D, pooled: Tensor4D, slope: Tensor4D): Tensor4D {
  const [, height, width] = sums.shape;
  const spread = (values: Tensor4D) => tf.image.resizeNearestNeighbor(values, [height, width]);
  return tf.mul(tf.cast(tf.equal(sums, spread(pooled)), "float32"), spread(slope));
}
