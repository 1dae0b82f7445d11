import numpy as np

from convolutions import convolutions_of, flattened, gradients_of, passed
from gates import gates
from layers import layers_of


def training(request, arrays):
    """One epoch of Adam on the softmax cross-entropy."""
    x, labels = arrays["x"], arrays["labels"].astype(np.int64)
    rows, batch_size = request["rows"], request["batchSize"]

    def run():
        convolutions, layers = convolutions_of(request, arrays), layers_of(request, arrays)
        for layer in convolutions + layers:
            layer.kernel, layer.bias = layer.kernel.copy(), layer.bias.copy()
        learned = [
            Learned(values, request) for layer in convolutions + layers for values in (layer.kernel, layer.bias)
        ]
        rng = np.random.Generator(np.random.SFC64(1))
        total = 0.0
        for first in range(0, rows, batch_size):
            last = min(first + batch_size, rows)
            features, kept = passed(convolutions, x[first:last])
            masks = 1 if request["masks"] == "shared" else last - first
            loss, gradients, slope = slopes(layers, features, labels[first:last], masks, rng)
            total += loss
            if convolutions:
                gradients = gradients_of(convolutions, kept, slope @ layers[0].kernel.T) + gradients
            for values, gradient in zip(learned, gradients):
                values.update(gradient)
        trained = lambda: [trained_loss(convolutions, layers, x, labels)]
        return {"training loss": [total / rows], "trained loss": trained}

    return run


def slopes(layers, x, labels, masks, rng):
    """The sum of the losses; the gradients of their mean, kernel, bias, kernel, bias, ...; and that of the first layer's sums."""
    read, values = [], x
    for layer in layers:
        if layer.rate > 0:
            values = values * gates(rng, (masks, values.shape[1]), layer.rate)
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
    return loss, gradients, slope


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


def trained_loss(convolutions, layers, x, labels, at_once=500):
    total = 0.0
    for first in range(0, len(x), at_once):
        values = flattened(convolutions, x[first : first + at_once])
        for layer in layers:
            values = layer(values)
        total += cross_entropy(values, labels[first : first + at_once])[0]
    return total / len(labels)


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
