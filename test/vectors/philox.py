"""Prints Philox4x32-10 blocks computed by randomgen, an independent implementation of the Random123 generators."""
import json
import random

from randomgen import Philox


def block(counter, key):
    """randomgen raises its counter before it draws, so it starts one below."""
    start = (sum(word << (32 * i) for i, word in enumerate(counter)) - 1) % (1 << 128)
    generator = Philox(counter=start, key=sum(word << (32 * i) for i, word in enumerate(key)), number=4, width=32)
    return [int(word) for word in generator.random_raw(4)]


ONES = 0xFFFFFFFF
KNOWN = [
    ([0, 0, 0, 0], [0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([ONES] * 4, [ONES] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    ([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0],
     [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
]

if __name__ == "__main__":
    for counter, key, answer in KNOWN:
        assert block(counter, key) == answer, (counter, key)
    drawn = random.Random(4321)
    cases = [(counter, key) for counter, key, _ in KNOWN]
    cases += [([drawn.getrandbits(32) for _ in range(4)], [drawn.getrandbits(32) for _ in range(2)]) for _ in range(12)]
    rows = [json.dumps({"counter": c, "key": k, "block": block(c, k)}) for c, k in cases]
    print("[\n  " + ",\n  ".join(rows) + "\n]")
