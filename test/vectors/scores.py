"""Reference values of the scores: `python3 scores.py > scores.json`.

scikit-learn 1.9.1, scipy 1.17.1, properscoring 0.1, scoringrules 0.10.0, torchmetrics 1.9.0, torch-uncertainty 0.13.0,
torch 2.15.0, numpy 2.4.6, Python 3.11.

Each value comes from a package; numpy only draws the inputs, but for the sampled likelihood (scipy's logsumexp over scipy's normal
densities), the area under a risk-coverage curve (the mean of its risks, as the definition says: the package takes trapezoids), and
moments of samples. torchmetrics compares in float64 and sums confidences in float32.
"""

import json
import sys
import warnings

import numpy as np
import properscoring
import scoringrules
import sklearn
import torch
from scipy import optimize, special, stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss, root_mean_squared_error, roc_auc_score
from torch_uncertainty.metrics.classification import AURC
from torchmetrics.functional.classification import binary_calibration_error, multiclass_calibration_error

warnings.simplefilter("ignore")
torch.set_default_dtype(torch.float64)
draw = np.random.default_rng(8)


def softmax(logits):
    return special.softmax(logits, axis=-1)


def top_label(probabilities, labels):
    """Confidence and correctness of the likeliest class; ties go to the first."""
    return probabilities.max(1), (probabilities.argmax(1) == labels).astype(int)


def quantile_error(confidence, right, bins):
    """ECE over the bins of calibration_curve(strategy="quantile"), whose counts are those of numpy's quantiles."""
    accuracy, mean = calibration_curve(right, confidence, n_bins=bins, strategy="quantile")
    edges = np.quantile(confidence, np.linspace(0, 1, bins + 1))
    counts = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=bins)
    counts = counts[counts > 0]
    return curve_of(mean, accuracy, counts), float((counts * np.abs(accuracy - mean)).sum() / counts.sum())


def curve_of(confidence, accuracy, counts):
    return {"confidence": confidence.tolist(), "accuracy": accuracy.tolist(), "count": [int(c) for c in counts]}


def classification(name, probabilities, labels, bins):
    """Scores of probabilities `[rows, classes]`, or `[rows]` of class 1."""
    binary = probabilities.ndim == 1
    p, y = torch.tensor(probabilities), torch.tensor(labels)
    confidence, right = (probabilities, labels) if binary else top_label(probabilities, labels)
    accuracy, mean = calibration_curve(right, confidence, n_bins=bins, strategy="uniform")
    counts = np.bincount(np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence), minlength=bins)
    width_error = (
        binary_calibration_error(p, y, n_bins=bins)
        if binary
        else multiclass_calibration_error(p, y, num_classes=probabilities.shape[1], n_bins=bins)
    )
    mass, mass_error = quantile_error(confidence, right, bins)
    classes = [0, 1] if binary else range(probabilities.shape[1])
    return {
        "name": name,
        "probabilities": probabilities.tolist(),
        "labels": labels.tolist(),
        "bins": bins,
        "negativeLogLikelihood": log_loss(labels, probabilities, labels=classes),
        "brier": brier_score_loss(labels, probabilities, labels=classes, scale_by_half=binary),
        "equalWidth": {**curve_of(mean, accuracy, counts[counts > 0]), "error": float(width_error)},
        "equalMass": {**mass, "error": mass_error},
    }


def labels_of(probabilities):
    return np.array([draw.choice(len(row), p=row / row.sum()) for row in probabilities])


def classifications():
    found = []
    for name, rows, classes, scale, bins in [("ten classes", 60, 10, 3, 15), ("three classes", 40, 3, 1, 7), ("two classes", 30, 2, 2, 10)]:
        probabilities = softmax(scale * draw.standard_normal((rows, classes)))
        found.append(classification(name, probabilities, labels_of(probabilities), bins))
    rows = draw.random(50)
    found.append(classification("one probability", rows, (draw.random(50) < rows).astype(int), 10))
    # Few different values: rows share bins and quantiles; bins stay empty.
    rows = draw.choice([0.125, 0.3, 0.55, 0.85], 40)
    found.append(classification("ties", rows, (draw.random(40) < rows).astype(int), 6))
    probabilities = np.array([[0.98, 0.01, 0.01], [0.96, 0.02, 0.02], [0.97, 0.02, 0.01], [0.01, 0.98, 0.01]])
    found.append(classification("one bin, one error", probabilities, np.array([0, 0, 2, 1]), 15))
    return found


def aurocs():
    cases = {
        "random": (draw.standard_normal(50), draw.integers(0, 2, 50)),
        "ties": (draw.integers(0, 4, 40).astype(float), draw.integers(0, 2, 40)),
        "negative zero": (np.array([0.0, -0.0, 1.0, -1.0]), np.array([1, 0, 1, 0])),
        "all equal": (np.full(6, 0.25), np.array([0, 1, 1, 0, 0, 1])),
        "float64 apart": (0.5 + 2.0**-50 * draw.permutation(20), draw.integers(0, 2, 20)),
    }
    return [
        {"name": name, "scores": scores.tolist(), "labels": labels.tolist(), "auroc": roc_auc_score(labels, scores)}
        for name, (scores, labels) in cases.items()
    ]


def regression(name, mean, deviation, samples, target, tau, alpha):
    """Scores of Gaussians, and of samples `[samples, rows, outputs]`."""
    log_density = stats.norm.logpdf(target, samples, tau**-0.5).sum(2)  # [samples, rows]
    lower, upper = stats.norm.interval(1 - alpha, mean, deviation)
    low, high = np.quantile(samples, [alpha / 2, 1 - alpha / 2], axis=0)
    by_row = np.moveaxis(samples, 0, -1)
    return {
        "name": name,
        "mean": mean.tolist(),
        "variance": (deviation**2).tolist(),
        "samples": samples.tolist(),
        "targets": target.tolist(),
        "tau": tau,
        "alpha": alpha,
        "rootMeanSquaredError": root_mean_squared_error(target.ravel(), mean.ravel()),
        "gaussianNegativeLogLikelihood": -stats.norm.logpdf(target, mean, deviation).sum(1).mean(),
        "sampledNegativeLogLikelihood": -(special.logsumexp(log_density, axis=0) - np.log(len(samples))).mean(),
        "gaussianCrps": properscoring.crps_gaussian(target, mean, deviation).mean(),
        "gaussianCrpsAgain": scoringrules.crps_normal(target, mean, deviation).mean(),
        "empiricalCrps": properscoring.crps_ensemble(target, by_row).mean(),
        "fairCrps": scoringrules.crps_ensemble(target, by_row, estimator="fair").mean(),
        "gaussianInterval": {"lower": lower.tolist(), "upper": upper.tolist()},
        "sampledInterval": {"lower": low.tolist(), "upper": high.tolist()},
        "intervalScore": scoringrules.interval_score(target, lower, upper, alpha).mean(),
        "coverage": ((lower <= target) & (target <= upper)).mean(),
        "width": (upper - lower).mean(),
    }


def regressions():
    found = []
    for name, rows, outputs, count, offset, spread in [
        ("one output", 12, 1, 25, 0, 1),
        ("two outputs", 6, 2, 10, 100, 5),
        ("far from 0", 8, 1, 9, 1e6, 1e-2),
        ("two samples", 5, 1, 2, 0, 1),
    ]:
        mean = offset + draw.standard_normal((rows, outputs))
        deviation = spread * np.exp(draw.standard_normal((rows, outputs)) / 2)
        target = mean + 1.5 * deviation * draw.standard_normal((rows, outputs))
        samples = mean + deviation * draw.standard_normal((count, rows, outputs))
        # Equal samples, and a target that is one of them.
        samples[1, 0] = samples[0, 0]
        target[1] = samples[0, 1]
        found.append(regression(name, mean, deviation, samples, target, float(0.8 / spread**2), 0.1))
    return found


def risks():
    """Error rates by coverage; the uncertainties, all different, are made into confidences of a class."""
    uncertainty = draw.permutation(30) / 30
    losses = (draw.random(30) < uncertainty).astype(int)
    metric = AURC()
    metric.update(torch.tensor(np.stack([1 - uncertainty / 2, uncertainty / 2], 1)), torch.tensor(losses))
    rates = metric.partial_compute().numpy()
    return {"uncertainty": uncertainty.tolist(), "losses": losses.tolist(), "risk": rates.tolist(), "aurc": rates.mean()}


def temperatures():
    """The minimum by scipy over scikit-learn's log_loss."""
    found = []
    for name, rows, classes, scale in [("too sure", 200, 5, 3.0), ("too modest", 150, 3, 0.3), ("large", 80, 10, 400.0)]:
        truth = draw.standard_normal((rows, classes))
        logits, labels = np.round(scale * truth, 6), labels_of(softmax(truth))
        loss = lambda t: log_loss(labels, softmax(logits / t), labels=range(classes))
        best = optimize.minimize_scalar(lambda s: loss(np.exp(s)), bracket=(np.log(scale) - 1, np.log(scale) + 1), tol=1e-12)
        found.append(
            {
                "name": name,
                "logits": logits.tolist(),
                "labels": labels.tolist(),
                "temperature": float(np.exp(best.x)),
                "after": float(best.fun),
                "probabilities": softmax(logits / np.exp(best.x))[:3].tolist(),
            }
        )
    return found


def acquisitions():
    """Entropies by scipy, in nats; samples `[samples, rows, classes]`."""
    samples = softmax(2 * draw.standard_normal((20, 8, 4)))
    samples[:, 0] = samples[0, 0]
    samples[:, 1] = np.eye(4)[draw.integers(0, 4, 20)]
    mean = samples.mean(0)
    predictive = stats.entropy(mean, axis=1)
    votes = stats.mode(samples.argmax(2), axis=0)
    return {
        "samples": samples.tolist(),
        "bald": (predictive - stats.entropy(samples, axis=2).mean(0)).tolist(),
        "maxEntropy": predictive.tolist(),
        "variationRatio": (1 - votes.count / 20).tolist(),
        "meanStandardDeviation": samples.std(0).mean(1).tolist(),
    }


def plain(value):
    """Numpy's numbers as Python's."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.item() if isinstance(value, np.generic) else value


json.dump(
    plain(
        {
            "versions": {"scikit-learn": sklearn.__version__, "torch": torch.__version__.split("+")[0]},
            "classifications": classifications(),
            "aurocs": aurocs(),
            "regressions": regressions(),
            "risk": risks(),
            "temperatures": temperatures(),
            "acquisition": acquisitions(),
        }
    ),
    sys.stdout,
)
print()
