import numpy as np

from convolutions import convolutions_of, flattened
from gates import gates
from layers import layers_of, without_gates


class Moments:
    """Moments of groups of samples: float32 inside a group, merged in float64 (Chan, Golub & LeVeque 1979)."""

    def __init__(self):
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0

    def add(self, values):
        """Adds `[group, rows, units]`."""
        group = len(values)
        mean = values.mean(0)
        difference = mean - self.mean
        total = self.count + group
        if group > 1:
            deviations = values - mean
            self.squares += np.einsum("gru,gru->ru", deviations, deviations)
        self.mean = self.mean + difference * (group / total)
        self.squares += difference.astype(np.float64) ** 2 * (self.count * group / total)
        self.count = total


def sampling(request, arrays):
    convolutions = convolutions_of(request, arrays)
    layers = layers_of(request, arrays)
    fixed = without_gates(layers)
    samples, group, rows = request["samples"], request["group"], request["rows"]
    masks = 1 if request["masks"] == "shared" else rows

    def run():
        rng = np.random.Generator(np.random.SFC64(1))
        before = flattened(convolutions, arrays["x"])
        for layer in layers[:fixed]:
            before = layer(before)
        moments = {index: Moments() for index in request["reported"]}
        for _ in range(samples // group):
            values = before[None]  # [1, rows, inputs], the same for every sample
            for index, layer in enumerate(layers[fixed:], fixed):
                width = values.shape[-1]
                gated = values * gates(rng, (group, masks, width), layer.rate)
                values = layer(gated.reshape(-1, width)).reshape(group, rows, -1)
                if index in moments:
                    moments[index].add(values)
        answer = {}
        for index, moment in moments.items():
            answer[f"mean of layer {index + 1}"] = moment.mean
            answer[f"variance of layer {index + 1}"] = moment.squares / samples
        return answer

    return run
