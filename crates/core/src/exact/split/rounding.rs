//! How far rounding can carry the statistics of [`super::Enumeration`], known before any subnetwork is computed.

use super::columns::CHUNK;

/// Unit roundoff of double precision, `u`.
const U: f64 = f64::EPSILON / 2.0;

/// What the bounds depend on.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// `n`.
    pub gates: f64,
    /// `M = |λb| + Σ|λa| + |ln c|`, which no `|X|` exceeds.
    pub logit: f64,
    /// `|μ|`, the magnitude of `E[X]`.
    pub expectation: f64,
    /// `D`, the range of the activities.
    pub spread: f64,
}

impl Scale {
    /// `δ = (n + 8)·u·M`: a product per gate, `n` additions, two shifts of the tables, each within `u·M` or `2u·M`.
    fn logit_error(&self) -> f64 {
        (self.gates + 8.0) * U * self.logit
    }

    /// `N·u`, the relative error of a term and of the sums: `n` factors of a probability, a chunk, and all else.
    fn sum_error(&self) -> f64 {
        (self.gates + CHUNK as f64 + 16.0) * U
    }

    /// Mean and variance: with `e = δ/4 + 6u` the error of an activity (slope at most ¼; two exponentials, their product,
    /// the quotient and what it shares), the larger of `e + N·u·D + (n + 1)·u`, since keep and rate of a gate add up to 1 within `u`, and
    /// `2D·(2e + N·u·D)`.
    pub fn moments(&self) -> f64 {
        let activity = 0.25 * self.logit_error() + 6.0 * U;
        let mean = activity + self.sum_error() * self.spread + (self.gates + 1.0) * U;
        mean.max(2.0 * self.spread * (2.0 * activity + self.sum_error() * self.spread))
    }

    /// `G`, `G'` and NWGM: with `L = E log(1 + e^−X)` and `L' = L + μ`, their logarithms `−L` and `−L'` are off by `δ` for each
    /// of `L` and `μ` and by `N·u·L`. A mean is off by itself times that, and `L·e^−L'`, `L·e^−L ≤ |μ| + 1/e`.
    pub fn logarithms(&self) -> f64 {
        2.0 * self.logit_error() + self.sum_error() * (self.expectation + 0.5)
    }
}
