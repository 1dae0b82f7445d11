"""Computes work that arrives on standard input with numpy.

A request is a line of JSON, `{"kind", ..., "arrays": [[name, shape], ...]}`, and the float32 bytes of its arrays. The first
request of a kind prepares the work; `{"kind": "run"}` does it. The reply to a run is a line
`{"timeMs", "arrays": [[name, shape], ...]}` and float64 bytes; only the work itself is timed, not the pipe.
"""

import json
import math
import sys
import time

import numpy as np

from enumeration import enumeration
from forward import forward
from sampling import sampling
from training import training

KINDS = {"forward": forward, "sampling": sampling, "enumeration": enumeration, "training": training}


def read_arrays(described):
    arrays = {}
    for name, shape in described:
        data = sys.stdin.buffer.read(4 * math.prod(shape))
        arrays[name] = np.frombuffer(data, np.float32).reshape(shape)
    return arrays


def reply(header, arrays=()):
    header["arrays"] = [[name, np.shape(values)] for name, values in arrays]
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n")
    for _, values in arrays:
        sys.stdout.buffer.write(np.ascontiguousarray(values, np.float64).tobytes())
    sys.stdout.buffer.flush()


def main():
    reply({"version": np.__version__, "python": sys.version.split()[0]})
    work = None
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if request["kind"] == "run":
            start = time.perf_counter()
            answer = work()
            seconds = time.perf_counter() - start
            # What is not part of the work, such as a loss that only checks it, comes as a function.
            reply({"timeMs": 1000 * seconds}, [(name, v() if callable(v) else v) for name, v in answer.items()])
        else:
            work = KINDS[request["kind"]](request, read_arrays(request["arrays"]))
            reply({})


main()
