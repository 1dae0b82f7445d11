"""Prints exact statistics of small dropout networks: every mask of every gate, in 200-digit arithmetic.

Networks are given layer by layer: node 0 is the input, node k is nodes[k - 1]. Weights are multiples of 1/64, which
float32 holds exactly. Rates are taken as the float64 numbers they are.
"""
import itertools
import json
import random

from mpmath import exp, log, mp, mpf, tanh

mp.dps = 200  # log(1 - O) of a saturated unit cancels some 80 digits.


def activate(activation, s):
    if activation == "relu":
        return [max(v, mpf(0)) for v in s]
    if activation == "tanh":
        return [tanh(v) for v in s]
    if activation == "softmax":
        total = sum(exp(v) for v in s)
        return [exp(v) / total for v in s]
    if activation == "linear":
        return s
    c, lam = (mpf(activation["c"]), mpf(activation["lambda"])) if isinstance(activation, dict) else (mpf(1), mpf(1))
    return [1 / (1 + c * exp(-lam * v)) for v in s]


def run(case, x, factor):
    """Returns what each node hands on; factor(node, gate) is what a gate multiplies by."""
    outputs = [[mpf(v) for v in x]]
    for number, node in enumerate(case["nodes"], start=1):
        if node["kind"] == "dense":
            source, units = outputs[node["source"]], node["units"]
            gated = node["connectionRate"] > 0
            s = [sum((mpf(node["kernel"][i * units + j]) * (factor(number, i * units + j) if gated else 1) * v
                      for i, v in enumerate(source)), mpf(node["bias"][j])) for j in range(units)]
            outputs.append(activate(node["activation"], s))
        elif node["kind"] == "dropout":
            outputs.append([factor(number, u) * v for u, v in enumerate(outputs[node["source"]])])
        elif node["kind"] == "concat":
            outputs.append([v for source in node["sources"] for v in outputs[source]])
        else:
            outputs.append([sum(vs) for vs in zip(*(outputs[source] for source in node["sources"]))])
    return outputs


def sites(case):
    """Returns (node, gate) -> (rate, scaling) of every gate with rate > 0."""
    found, widths = {}, [case["inputs"]]
    for number, node in enumerate(case["nodes"], start=1):
        if node["kind"] == "dense":
            widths.append(node["units"])
            rates = [node["connectionRate"]] * (widths[node["source"]] * node["units"])
        elif node["kind"] == "dropout":
            widths.append(widths[node["source"]])
            rates = node["rates"] if isinstance(node["rates"], list) else [node["rates"]] * widths[-1]
        else:
            inputs = [widths[source] for source in node["sources"]]
            widths.append(sum(inputs) if node["kind"] == "concat" else inputs[0])
            rates = []
        found.update({(number, gate): (rate, node["scaling"]) for gate, rate in enumerate(rates) if rate > 0})
    return found


def statistics(case):
    gates = sites(case)
    keys = list(gates)
    assert len(keys) <= 12, len(keys)
    results = []
    for x in case["rows"]:
        totals = []
        for bits in itertools.product([0, 1], repeat=len(keys)):
            kept = dict(zip(keys, bits))
            probability = mpf(1)
            for key, bit in kept.items():
                rate = mpf(gates[key][0])
                probability *= 1 - rate if bit else rate
            def factor(node, gate):
                if (node, gate) not in gates:
                    return mpf(1)
                rate, scaling = gates[node, gate]
                return mpf(kept[node, gate]) / (1 - mpf(rate)) if scaling == "inverted" else mpf(kept[node, gate])
            totals.append((probability, run(case, x, factor)[case["output"]]))
        def weight_scaled(node, gate):
            rate, scaling = gates.get((node, gate), (0, "inverted"))
            return mpf(1) if scaling == "inverted" else 1 - mpf(rate)
        star = run(case, x, weight_scaled)[case["output"]]
        units = []
        for unit in range(len(star)):
            pairs = [(p, o[unit]) for p, o in totals]
            mean = sum(p * o for p, o in pairs)
            unit_result = {
                "mean": mean,
                "variance": sum(p * (o - mean) ** 2 for p, o in pairs),
                "fourthMoment": sum(p * (o - mean) ** 4 for p, o in pairs),
                "deterministic": star[unit],
                "minimum": min(o for _, o in pairs),
                "maximum": max(o for _, o in pairs),
            }
            kind = case["nodes"][case["output"] - 1]["activation"]
            if kind == "softmax" or kind == "sigmoid" or isinstance(kind, dict):
                unit_result["logGeometricMean"] = sum(p * log(o) for p, o in pairs)
            if kind == "sigmoid" or isinstance(kind, dict):
                unit_result["logComplementGeometricMean"] = sum(p * log(1 - o) for p, o in pairs)
            units.append({name: float(mp.nstr(value, 20)) for name, value in unit_result.items()})
        results.append(units)
    return results


drawn = random.Random(97)


def numbers(count, most):
    return [drawn.randint(-64 * most, 64 * most) / 64 for _ in range(count)]


def dense(source, inputs, units, activation, most=1, connection_rate=0.0, scaling="inverted"):
    return {"kind": "dense", "source": source, "units": units, "activation": activation,
            "kernel": numbers(inputs * units, most), "bias": numbers(units, most),
            "connectionRate": connection_rate, "scaling": scaling}


def dropout(source, rates, scaling="inverted"):
    return {"kind": "dropout", "source": source, "rates": rates, "scaling": scaling}


CASES = [
    {"name": "logistic unit, a rate per input, inverted", "inputs": 5, "output": 2,
     "nodes": [dropout(0, [0.5, 0.2, 0.9, 0.0, 0.3]), dense(1, 5, 1, "sigmoid", 2)]},
    {"name": "logistic units with c and lambda, standard", "inputs": 4, "output": 2,
     "nodes": [dropout(0, 0.3, "standard"), dense(1, 4, 2, {"type": "sigmoid", "c": 2.5, "lambda": 0.5}, 3)]},
    {"name": "saturated logistic unit", "inputs": 4, "output": 2,
     "nodes": [dropout(0, 0.5), dense(1, 4, 1, "sigmoid", 300)]},
    {"name": "two gated layers into softmax, standard", "inputs": 4, "output": 4,
     "nodes": [dropout(0, 0.2, "standard"), dense(1, 4, 5, "tanh", 1), dropout(2, 0.5, "standard"), dense(3, 5, 3, "softmax", 2)]},
    {"name": "relu layers, inverted", "inputs": 3, "output": 5,
     "nodes": [dropout(0, 0.1), dense(1, 3, 4, "relu", 2), dropout(2, [0.5, 0.4, 0.25, 0.125]), dense(3, 4, 3, "relu", 2),
               dense(4, 3, 2, "linear", 1)]},
    {"name": "skip connection past a gated layer", "inputs": 3, "output": 5,
     "nodes": [dropout(0, 0.4), dense(1, 3, 3, "sigmoid", 2), dropout(2, 0.5), {"kind": "concat", "sources": [0, 3, 1]},
               dense(4, 9, 2, "sigmoid", 1)]},
    {"name": "sum of two sites over one layer", "inputs": 3, "output": 5,
     "nodes": [dense(0, 3, 3, "tanh", 1), dropout(1, 0.5), dropout(1, 0.25, "standard"),
               {"kind": "add", "sources": [2, 3, 1]}, dense(4, 3, 2, "softmax", 2)]},
    {"name": "connection gates", "inputs": 3, "output": 2,
     "nodes": [dense(0, 3, 2, "relu", 2, 0.3), dense(1, 2, 2, "sigmoid", 2, 0.5, "standard")]},
    {"name": "linear network", "inputs": 3, "output": 4,
     "nodes": [dropout(0, 0.2), dense(1, 3, 4, "linear", 2), dropout(2, 0.5), dense(3, 4, 2, "linear", 2)]},
]

if __name__ == "__main__":
    for case in CASES:
        case["rows"] = [numbers(case["inputs"], 2) for _ in range(2)]
        case["statistics"] = statistics(case)
    print("[\n  " + ",\n  ".join(json.dumps(case) for case in CASES) + "\n]")
