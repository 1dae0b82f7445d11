"""Reference values of Gaussian processes: `python3 gp.py > gp.json` (scikit-learn 1.7.2, numpy 2.4.6, Python 3.11).

Each case: a kernel, data, noise (`alpha`), and what GaussianProcessRegressor makes of them without optimising: mean, standard
deviation and covariance at new points, and the log marginal likelihood. One case is optimised from its start.

scikit-learn has no kernels of infinite networks. They are written here as subclasses, from the expectation itself: quadrature of
E[g(u) g(v)] over the normal pair (u, v), without the closed form.
"""

import json
import sys

import numpy as np
from scipy.integrate import quad
from scipy.special import erf
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, ExpSineSquared, Kernel, StationaryKernelMixin
from sklearn.gaussian_process.kernels import WhiteKernel


def erf_expectation(s, a, b):
    """E[erf(u) erf(v)], u and v normal with variances a and b and covariance s: E[erf(v) | u] is known, u is integrated over."""
    rest = max(b - s * s / a, 0.0)
    inner = lambda u: erf(u) * erf(s / a * u / np.sqrt(1 + 2 * rest))
    density = lambda u: np.exp(-u * u / (2 * a)) / np.sqrt(2 * np.pi * a)
    value, _ = quad(lambda u: inner(u) * density(u), 0, 40 * np.sqrt(a), points=[0.5, 1, 2, 4], epsabs=1e-14, epsrel=1e-13, limit=400)
    return 2 * value


def relu_expectation(s, a, b):
    """E[relu(u) relu(v)] in polar coordinates of the pair: Gauss-Legendre over the angle, E[r^2] = 2 over the radius."""
    cosine = s / np.sqrt(a * b)
    # u = sqrt(a) r cos(t), v = sqrt(b) r cos(t - theta): smooth where both are positive.
    theta = np.arccos(np.clip(cosine, -1, 1))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    low, high = theta - np.pi / 2, np.pi / 2
    t = (high - low) / 2 * nodes + (high + low) / 2
    integral = (high - low) / 2 * np.sum(weights * np.cos(t) * np.cos(t - theta))
    return float(2 * np.sqrt(a * b) * integral / (2 * np.pi))


class Units(Kernel):
    """variance · E[g(u) g(v)] for units with normal weights and bias."""

    def __init__(self, kind="relu", weight=1.0, bias=1.0, variance=1.0):
        self.kind, self.weight, self.bias, self.variance = kind, weight, bias, variance

    def __call__(self, X, Y=None, eval_gradient=False):
        Y = X if Y is None else Y
        of = relu_expectation if self.kind == "relu" else erf_expectation
        inner = lambda x, y: self.weight * float(x @ y) + self.bias
        return self.variance * np.array([[of(inner(x, y), inner(x, x), inner(y, y)) for y in Y] for x in X])

    def diag(self, X):
        return np.array([self(x[None])[0, 0] for x in X])

    def is_stationary(self):
        return False


def c(value):
    return ConstantKernel(value, "fixed")


X1 = [[round(0.31 * i + 0.2 * np.sin(5 * i), 3)] for i in range(14)]
Y1 = [round(float(np.sin(1.3 * x[0]) + 0.1 * np.cos(9 * x[0])), 3) for x in X1]
NEW1 = [[-1.0], [0.05], [1.7], [3.33], [6.5]]
X3 = [[round(float(np.sin(1.1 * i + j)), 3) for j in range(3)] for i in range(12)]
Y3 = [[round(x[0] - x[1] * x[2], 3), round(float(np.cos(3 * x[1])), 3)] for x in X3]
NEW3 = [[0.1, 0.2, -0.3], [0.9, -0.9, 0.4], [2.0, 2.0, 2.0]]

def rbf(variance, length):
    return {"kind": "rbf", "variance": variance, "lengthScale": length}


CASES = [
    ("rbf", rbf(1.7, 0.8), c(1.7) * RBF(0.8, "fixed"), X1, Y1, NEW1, 0.01),
    ("ard, two outputs", rbf(0.9, [0.5, 1.5, 3.0]), c(0.9) * RBF([0.5, 1.5, 3.0], "fixed"), X3, Y3, NEW3, 0.05),
    (
        "periodic",
        {"kind": "periodic", "variance": 1.2, "lengthScale": 0.9, "period": 1.9},
        c(1.2) * ExpSineSquared(0.9, 1.9, "fixed", "fixed"),
        X1, Y1, NEW1, 0.1,
    ),
    (
        "linear",
        {"kind": "linear", "variance": 0.6, "biasVariance": 0.35},
        c(0.6) * DotProduct(float(np.sqrt(0.35 / 0.6)), "fixed"),
        X3, Y3, NEW3, 0.2,
    ),
    (
        "sum and product with white noise",
        {"kind": "sum", "kernels": [
            {"kind": "product", "kernels": [
                {"kind": "periodic", "variance": 0.8, "lengthScale": 1.1, "period": 1.3}, rbf(1.0, 4.0)]},
            {"kind": "linear", "variance": 0.3, "biasVariance": 0.0},
            {"kind": "constant", "variance": 0.5},
            {"kind": "white", "variance": 0.04}]},
        c(0.8) * ExpSineSquared(1.1, 1.3, "fixed", "fixed") * RBF(4.0, "fixed")
        + c(0.3) * DotProduct(0.0, "fixed") + c(0.5) + WhiteKernel(0.04, "fixed"),
        X1, Y1, NEW1, 0.02,
    ),
    (
        "arc-cosine",
        {"kind": "arcCosine", "weightVariance": 1.3, "biasVariance": 0.7, "variance": 1.4},
        Units("relu", 1.3, 0.7, 1.4), X3, Y3, NEW3, 0.1,
    ),
    (
        "arc-sine",
        {"kind": "arcSine", "weightVariance": 0.8, "biasVariance": 0.5, "variance": 0.9},
        Units("erf", 0.8, 0.5, 0.9), X3, Y3, NEW3, 0.1,
    ),
]


def values():
    cases = []
    for name, kernel, theirs, x, y, new, noise in CASES:
        process = GaussianProcessRegressor(theirs, alpha=noise, optimizer=None).fit(np.array(x), np.array(y))
        mean, covariance = process.predict(np.array(new), return_cov=True)
        # Of two outputs scikit-learn repeats the covariance for each.
        covariance = covariance if covariance.ndim == 2 else covariance[:, :, 0]
        cases.append({
            "name": name, "kernel": kernel, "x": x, "y": y, "new": new, "noise": noise,
            "prior": theirs(np.array(x), np.array(new)).tolist(),
            "mean": mean.tolist(), "covariance": covariance.tolist(),
            "logMarginalLikelihood": float(process.log_marginal_likelihood_value_),
        })
    start = ConstantKernel(1.0, (1e-3, 1e3)) * RBF(1.0, (1e-3, 1e3)) + WhiteKernel(0.1, (1e-6, 1e1))
    process = GaussianProcessRegressor(start, alpha=0).fit(np.array(X1), np.array(Y1) + 0.2 * np.sin(77 * np.array(X1)[:, 0]))
    found = process.kernel_
    optimized = {
        "x": X1, "y": (np.array(Y1) + 0.2 * np.sin(77 * np.array(X1)[:, 0])).tolist(),
        "variance": found.k1.k1.constant_value, "lengthScale": found.k1.k2.length_scale, "noise": found.k2.noise_level,
        "logMarginalLikelihood": float(process.log_marginal_likelihood_value_),
    }
    return {"cases": cases, "optimized": optimized}


json.dump(values(), sys.stdout, indent=1)
sys.stdout.write("\n")
