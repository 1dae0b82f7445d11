"""Convolutions as products with the columns of their windows (im2col), and max pools, from the arrays of a request."""

import numpy as np


class Convolution:
    """A linear convolution that moves by one inside its images, `[rows, height, width, channels]`, and its max pool."""

    def __init__(self, index, described, arrays):
        self.pool = described["poolSize"]
        self.kernel = arrays[f"convolution kernel {index}"]  # [size, size, channels, filters]
        self.bias = arrays[f"convolution bias {index}"]

    def __call__(self, x):
        return self.pooled(self.convolved(self.columns(x), x.shape))

    def columns(self, x):
        """Each window as a row: `[rows * places, size * size * channels]`."""
        size, _, channels, _ = self.kernel.shape
        rows, height, width = self.places(x.shape)
        # The columns and channels of a window are next to each other: lines are copied whole.
        shape = (rows, height, width, size, size * channels)
        windows = np.lib.stride_tricks.as_strided(x, shape, (*x.strides[:3], x.strides[1], x.strides[3]))
        return np.ascontiguousarray(windows).reshape(rows * height * width, -1)

    def convolved(self, columns, shape):
        sums = columns @ self.kernel.reshape(-1, self.kernel.shape[3])
        sums += self.bias
        return sums.reshape(*self.places(shape), -1)

    def pooled(self, values):
        """Of each window the largest: slices, where a reduction over axes takes five times as long."""
        return np.maximum.reduce([values[:, i :: self.pool, j :: self.pool] for i, j in self.offsets()])

    def gradients(self, columns, values, pooled, slope):
        """Of the kernel and the bias, and that of the values before the pool: the largest of a window has all of it."""
        spread = np.empty_like(values)
        for i, j in self.offsets():
            window = values[:, i :: self.pool, j :: self.pool]
            np.multiply(slope, window == pooled, out=spread[:, i :: self.pool, j :: self.pool])
        spread = spread.reshape(len(columns), -1)
        return [(columns.T @ spread).reshape(self.kernel.shape), spread.sum(0)], spread

    def below(self, spread, shape):
        """The gradient of the images that it read."""
        size, _, channels, filters = self.kernel.shape
        rows, height, width = self.places(shape)
        columns = spread @ self.kernel.reshape(-1, filters).T
        columns = columns.reshape(rows, height, width, size, size, channels)
        images = np.zeros(shape, np.float32)
        for i in range(size):
            for j in range(size):
                images[:, i : i + height, j : j + width] += columns[:, :, :, i, j]
        return images

    def places(self, shape):
        size = len(self.kernel)
        return shape[0], shape[1] - size + 1, shape[2] - size + 1

    def offsets(self):
        return [(i, j) for i in range(self.pool) for j in range(self.pool)]


def convolutions_of(request, arrays):
    return [Convolution(index, described, arrays) for index, described in enumerate(request["convolutions"])]


def flattened(convolutions, x):
    """What dense layers read behind the convolutions."""
    for layer in convolutions:
        x = layer(x)
    return x.reshape(len(x), -1)


def passed(convolutions, x):
    """What dense layers read, and what each convolution's gradients need."""
    kept = []
    for layer in convolutions:
        columns = layer.columns(x)
        values = layer.convolved(columns, x.shape)
        pooled = layer.pooled(values)
        kept.append((x.shape, columns, values, pooled))
        x = pooled
    return x.reshape(len(x), -1), kept


def gradients_of(convolutions, kept, slope):
    """Kernel, bias, kernel, bias, ..., from the gradient of what the dense layers read."""
    gradients = []
    for index in reversed(range(len(convolutions))):
        shape, columns, values, pooled = kept[index]
        own, spread = convolutions[index].gradients(columns, values, pooled, slope.reshape(pooled.shape))
        gradients = [*own, *gradients]
        if index > 0:
            slope = convolutions[index].below(spread, shape)
    return gradients
