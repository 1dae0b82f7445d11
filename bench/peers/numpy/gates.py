"""Gates as numpy draws them at the least cost: a bit each at rate 1/2, 16 bits each at any other."""

import numpy as np


def gates(rng, shape, rate):
    """0 with probability `rate`, else `1 / (1 - rate)`, float32."""
    count = int(np.prod(shape))
    if rate == 0.5:
        words = rng.integers(0, 2**64, -(-count // 64), np.uint64)
        factors = np.unpackbits(words.view(np.uint8))[:count].astype(np.float32)
        factors *= 2
    else:
        words = rng.integers(0, 2**64, -(-count // 4), np.uint64)
        kept = words.view(np.uint16)[:count] < round((1 - rate) * 2**16)
        factors = kept * np.float32(1 / (1 - rate))
    return factors.reshape(shape)
