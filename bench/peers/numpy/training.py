import numpy as np

from gates import gates
from layers import layers_of


def training(request, arrays):
    """One epoch of Adam on the softmax cross-entropy."""
    x, labels = arrays["x"], arrays["labels"].astype(np.int64)
    rows, batch_size = request["rows"], request["batchSize"]

    def run():
        layers = layers_of(request, arrays)
        for layer in layers:
            layer.kernel, layer.bias = layer.kernel.copy(), layer.bias.copy()
        learned = [Learned(values, request) for layer in layers for values in (layer.kernel, layer.bias)]
        rng = np.random.Generator(np.random.SFC64(1))
        total = 0.0
        for first in range(0, rows, batch_size):
            last = min(first + batch_size, rows)
            loss, gradients = slopes(layers, x[first:last], labels[first:last], rng)
            total += loss
            for values, gradient in zip(learned, gradients):
                values.update(gradient)
        return {"training loss": [total / rows], "trained loss": lambda: [trained_loss(layers, x, labels)]}

    return run


def slopes(layers, x, labels, rng):
    """The sum of the losses, and the gradients of their mean: kernel, bias, kernel, bias, ..."""
    read, factors, values = [], [], x
    for layer in layers:
        factor = gates(rng, values.shape, layer.rate) if layer.rate > 0 else None
        values = values if factor is None else values * factor
        factors.append(factor)
        read.append(values)
        values = layer(values)
    loss, slope = cross_entropy(values, labels)
    gradients = []
    for index in reversed(range(len(layers))):
        gradients = [read[index].T @ slope, slope.sum(0), *gradients]
        if index > 0:
            slope = slope @ layers[index].kernel.T
            # What is read is positive where the gate is open and the ReLU active.
            slope *= read[index] > 0
            slope *= 1 / (1 - np.float32(layers[index].rate))
    return loss, gradients


def cross_entropy(logits, labels):
    """The sum of the losses, and the gradient of their mean with respect to the logits."""
    rows = np.arange(len(labels))
    shifted = logits - logits.max(1, keepdims=True)
    exponentials = np.exp(shifted)
    totals = exponentials.sum(1, keepdims=True)
    loss = (np.log(totals[:, 0]) - shifted[rows, labels]).sum(dtype=np.float64)
    slope = exponentials / totals
    slope[rows, labels] -= 1
    slope /= np.float32(len(labels))
    return loss, slope


def trained_loss(layers, x, labels):
    values = x
    for layer in layers:
        values = layer(values)
    return cross_entropy(values, labels)[0] / len(labels)


class Learned:
    """Numbers that Adam moves in place."""

    def __init__(self, values, request):
        self.values = values
        self.rate, self.beta1, self.beta2, self.epsilon = (np.float32(number) for number in request["adam"])
        self.first = np.zeros_like(values)
        self.second = np.zeros_like(values)
        self.step = 0

    def update(self, gradient):
        self.step += 1
        self.first *= self.beta1
        self.first += (1 - self.beta1) * gradient
        self.second *= self.beta2
        np.square(gradient, out=gradient)
        gradient *= 1 - self.beta2
        self.second += gradient
        # The bias corrections are numbers: they go into the rate and epsilon, not into another pass.
        correction = np.sqrt(1 - self.beta2**self.step)
        change = np.sqrt(self.second)
        change += self.epsilon * correction
        np.divide(self.first, change, out=change)
        change *= self.rate * correction / (1 - self.beta1**self.step)
        self.values -= change
