"""Reference values of the optimisers: `python3 optimizers.py > optimizers.json` (torch 2.15.0, Python 3.11).

For each rule, in double precision:

* `steps`: a vector of five weights under a fixed list of gradients, after each of ten updates;
* `curve`: the losses before each of 50 full-batch updates of a small regression network, and its weights at the end.

Where an optimiser of PyTorch has no such option (a momentum that changes), its hyperparameter is set before each step.
"""

import json
import math
import sys

import torch

torch.set_default_dtype(torch.float64)

WEIGHTS = [0.5, -1.25, 2.0, 0.0, -0.75]


def gradient(step):
    """Plain numbers that float32 holds, some zero, of several sizes."""
    return [round(8 * math.sin(1.7 * step + 0.9 * i)) / 4 * (0.125 if i == 3 else 1) for i in range(5)]


CASES = {
    "sgd": dict(make=lambda p: torch.optim.SGD(p, lr=0.05)),
    "momentum": dict(make=lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)),
    "nesterov": dict(make=lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
    "adam": dict(make=lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.99), eps=1e-7)),
    "adamW": dict(make=lambda p: torch.optim.AdamW(p, lr=0.02, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.1)),
    "rmsprop": dict(make=lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-7)),
    "rmspropMomentum": dict(make=lambda p: torch.optim.RMSprop(p, lr=0.005, alpha=0.9, eps=1e-7, momentum=0.5)),
    "rmspropCentered": dict(make=lambda p: torch.optim.RMSprop(p, lr=0.005, alpha=0.9, eps=1e-7, centered=True)),
    "rmspropCenteredMomentum": dict(
        make=lambda p: torch.optim.RMSprop(p, lr=0.002, alpha=0.9, eps=1e-7, momentum=0.5, centered=True)
    ),
    "adagrad": dict(make=lambda p: torch.optim.Adagrad(p, lr=0.1, initial_accumulator_value=0.1, eps=1e-7)),
    "clipNorm": dict(make=lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9), clip_norm=0.5),
    "clipValue": dict(make=lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9), clip_value=0.25),
    # One step is one epoch here.
    "stepDecay": dict(
        make=lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5),
        schedule=lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=3, gamma=0.5),
    ),
    "exponentialDecay": dict(
        make=lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5),
        schedule=lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.9),
    ),
    "cosineDecay": dict(
        make=lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5),
        schedule=lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=60, eta_min=0.01),
    ),
    "cosineWarmup": dict(
        make=lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5),
        schedule=lambda o: torch.optim.lr_scheduler.SequentialLR(
            o,
            [
                torch.optim.lr_scheduler.LambdaLR(o, lambda t: t / 4),
                torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=50),
            ],
            milestones=[4],
        ),
    ),
    "momentumRamp": dict(
        make=lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.5), momentum=lambda t: 0.5 + 0.4 * min(t / 20, 1)
    ),
}


def update(case, optimizer, scheduler, parameters, step):
    if "clip_norm" in case:
        torch.nn.utils.clip_grad_norm_(parameters, case["clip_norm"])
    if "clip_value" in case:
        torch.nn.utils.clip_grad_value_(parameters, case["clip_value"])
    if "momentum" in case:
        optimizer.param_groups[0]["momentum"] = case["momentum"](step)
    optimizer.step()
    if scheduler:
        scheduler.step()


def steps(case):
    weights = torch.nn.Parameter(torch.tensor(WEIGHTS))
    optimizer = case["make"]([weights])
    scheduler = case["schedule"](optimizer) if "schedule" in case else None
    after = []
    for step in range(10):
        weights.grad = torch.tensor(gradient(step))
        update(case, optimizer, scheduler, [weights], step)
        after.append(weights.tolist())
    return after


ROWS, INPUTS, UNITS = 12, 3, 5


def grid(rows, columns, phase):
    """Numbers in [-1, 1] on a grid of 1/64, so that float32 holds them."""
    return [[round(64 * math.sin(phase + 1.3 * r + 2.1 * c * (r + 1))) / 64 for c in range(columns)] for r in range(rows)]


def problem():
    x = torch.tensor(grid(ROWS, INPUTS, 0.3))
    y = torch.tensor(grid(ROWS, 1, 1.1))
    parameters = [
        torch.nn.Parameter(torch.tensor(grid(INPUTS, UNITS, 2.2))),
        torch.nn.Parameter(torch.tensor(grid(1, UNITS, 0.7)[0])),
        torch.nn.Parameter(torch.tensor(grid(UNITS, 1, 1.9))),
        torch.nn.Parameter(torch.tensor(grid(1, 1, 0.1)[0])),
    ]
    return x, y, parameters


def curve(case):
    x, y, parameters = problem()
    kernel1, bias1, kernel2, bias2 = parameters
    optimizer = case["make"](parameters)
    scheduler = case["schedule"](optimizer) if "schedule" in case else None
    losses = []
    for step in range(50):
        optimizer.zero_grad()
        output = torch.tanh(x @ kernel1 + bias1) @ kernel2 + bias2
        loss = torch.nn.functional.mse_loss(output, y)
        losses.append(loss.item())
        loss.backward()
        update(case, optimizer, scheduler, parameters, step)
    return {"losses": losses, "weights": [p.tolist() for p in parameters]}


def losses():
    """Losses, weighted by row, with their gradients by the outputs."""
    outputs = torch.tensor([[0.25, -1.5, 3.0, 0.5], [1.0, 0.125, -2.0, -0.75], [0.0, 2.0, -0.5, 1.25]])
    targets = torch.tensor([[0.5, 1.0, 0.0, 0.25], [0.75, 0.125, 1.0, 0.5], [0.0, 0.5, 1.0, 0.0]])
    weights = torch.tensor([1.0, 0.5, 2.0])
    functional = torch.nn.functional
    rows = {
        "meanSquaredError": lambda o, t: ((o - t) ** 2).mean(1),
        "meanAbsoluteError": lambda o, t: (o - t).abs().mean(1),
        "huber": lambda o, t: functional.huber_loss(o, t, reduction="none", delta=0.75).mean(1),
        "gaussianNegativeLogLikelihood": lambda o, t: functional.gaussian_nll_loss(
            o[:, :2], t[:, :2], o[:, 2:].exp(), reduction="none", eps=1e-300
        ).mean(1),
        "binaryCrossentropy": lambda o, t: functional.binary_cross_entropy_with_logits(o, t, reduction="none").mean(1),
        "categoricalCrossentropy": lambda o, t: -(t * functional.log_softmax(o, 1)).sum(1),
        "sparseCategoricalCrossentropy": lambda o, t: functional.cross_entropy(
            o, torch.tensor([3, 0, 1]), reduction="none"
        ),
    }
    found = {}
    for name, row in rows.items():
        leaf = outputs.clone().requires_grad_()
        loss = (weights * row(leaf, targets)).mean()
        loss.backward()
        found[name] = {"loss": loss.item(), "gradient": leaf.grad.tolist()}
    return {"outputs": outputs.tolist(), "targets": targets.tolist(), "weights": weights.tolist(), "classes": [3, 0, 1],
            "delta": 0.75, "losses": found}


def main():
    x, y, parameters = problem()
    json.dump(
        {
            "torch": torch.__version__.split("+")[0],
            "weights": WEIGHTS,
            "gradients": [gradient(step) for step in range(10)],
            "problem": {"x": x.tolist(), "y": y.tolist(), "weights": [p.tolist() for p in parameters]},
            "cases": {name: {"steps": steps(case), "curve": curve(case)} for name, case in CASES.items()},
            "losses": losses(),
        },
        sys.stdout,
        indent=1,
    )
    print()


main()
