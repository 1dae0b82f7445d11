import numpy as np

from layers import layers_of


def enumeration(request, arrays):
    """Every mask of a layer inside those of the layers before, in float64; every unit is logistic, every rate 1/2."""
    layers = layers_of(request, arrays)
    x = arrays["x"].astype(np.float64)
    kernels = [layer.kernel.astype(np.float64) for layer in layers]

    def run():
        values = x[None]  # [masks so far, width]
        answer = {}
        for index, layer in enumerate(layers):
            values = logistic(all_masks(values, kernels[index]) + layer.bias)
            answer[f"mean of layer {index + 1}"] = mean = values.mean(0)
            answer[f"variance of layer {index + 1}"] = np.square(values - mean).mean(0)
        return answer

    return run


def all_masks(values, kernel):
    """The products of every row under every mask of its inputs: sums over one half of them plus sums over the other."""
    inputs = values.shape[1]
    low = inputs // 2
    first = masks(low) @ (values[:, :low, None] * kernel[:low])  # [rows, 2^low, units]
    second = masks(inputs - low) @ (values[:, low:, None] * kernel[low:])
    return (first[:, :, None] + second[:, None]).reshape(-1, kernel.shape[1])


def masks(inputs):
    """The factors of every mask, `[2^inputs, inputs]`: 0 or 2."""
    return 2.0 * (np.arange(2**inputs)[:, None] >> np.arange(inputs) & 1)


def logistic(sums):
    np.negative(sums, out=sums)
    np.exp(sums, out=sums)
    sums += 1
    return np.reciprocal(sums, out=sums)
