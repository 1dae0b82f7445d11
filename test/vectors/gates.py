"""Prints the gates of the fixed layout: key = seed; counter = (block, domain 2^28 + site, row, sample)."""
import json
from fractions import Fraction

from philox import block


def words(draw, number):
    counter = [number, draw["domain"] * 2**28 + draw["site"], draw["row"], draw["sample"]]
    return block(counter, [draw["seed"] & 0xFFFFFFFF, draw["seed"] >> 32])


def gates(draw, rates):
    kept = []
    for unit, rate in enumerate(rates):
        if all(one == 0.5 for one in rates):
            word = words(draw, unit // 128)[unit // 32 % 4]
            kept.append(word >> (unit % 32) & 1)
        else:
            scaled = Fraction(1 - rate) * 2**32
            kept.append(int(words(draw, unit // 4)[unit % 4] < int(scaled + Fraction(1, 2))))
    return "".join(map(str, kept))


MIXED = [0.0, 0.5, 0.25, 0.9, 0.1, 0.5, 0.0, 0.75, 0.999]
CASES = [
    ({"seed": 0, "domain": 0, "site": 0, "row": 0, "sample": 0}, [0.5] * 1),
    ({"seed": 0, "domain": 0, "site": 0, "row": 0, "sample": 0}, [0.5] * 33),
    ({"seed": 1, "domain": 0, "site": 0, "row": 0, "sample": 99}, [0.5] * 128),
    ({"seed": 2**32, "domain": 0, "site": 0, "row": 0, "sample": 3}, [0.5] * 130),
    ({"seed": 2**53 - 1, "domain": 0, "site": 0, "row": 5, "sample": 7}, [0.5] * 300),
    ({"seed": 7, "domain": 0, "site": 0, "row": 0, "sample": 1}, [0.2] * 10),
    ({"seed": 7, "domain": 0, "site": 0, "row": 2, "sample": 10000}, [0.2] * 67),
    ({"seed": 123456789012345, "domain": 0, "site": 0, "row": 0, "sample": 12}, MIXED),
    ({"seed": 9, "domain": 0, "site": 0, "row": 0, "sample": 0}, [0.5] * 7 + [0.25]),
    ({"seed": 9, "domain": 0, "site": 0, "row": 1, "sample": 2}, [0.0] * 5),
    ({"seed": 9, "domain": 0, "site": 3, "row": 1, "sample": 2}, [0.5] * 40),
    ({"seed": 9, "domain": 1, "site": 3, "row": 1, "sample": 2}, [0.5] * 40),
    ({"seed": 9, "domain": 4, "site": 3, "row": 1, "sample": 2}, [0.3] * 40),
]

if __name__ == "__main__":
    rows = [json.dumps({**draw, "rates": rates, "kept": gates(draw, rates)}) for draw, rates in CASES]
    print("[\n  " + ",\n  ".join(rows) + "\n]")
