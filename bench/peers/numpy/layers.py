"""Dense layers from the arrays of a request."""

import numpy as np


class Layer:
    """A dense layer and the rate of the gates on what it reads."""

    def __init__(self, index, described, arrays):
        self.activation = described["activation"]
        self.rate = described["rate"]
        self.kernel = arrays[f"kernel {index}"]
        self.bias = arrays.get(f"bias {index}")

    def __call__(self, x):
        """Returns `activation(x · kernel + bias)`, in place after the product."""
        sums = x @ self.kernel
        if self.bias is not None:
            sums += self.bias
        return activate(sums, self.activation)


def layers_of(request, arrays):
    return [Layer(index, described, arrays) for index, described in enumerate(request["layers"])]


def activate(sums, activation):
    if activation == "relu":
        np.maximum(sums, 0, out=sums)
    elif activation == "sigmoid":
        np.negative(sums, out=sums)
        np.exp(sums, out=sums)
        sums += 1
        np.reciprocal(sums, out=sums)
    return sums


def without_gates(layers):
    """How many layers come before the first gate."""
    return next((index for index, layer in enumerate(layers) if layer.rate > 0), len(layers))
