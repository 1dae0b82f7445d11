//! Mean and variance of a softplus unit `s = log(1 + e^X)`; its fourth moment has no such formula and is NaN.
//!
//! With `ℓ = log 2cosh(X/2)` and `g = s(X) s(−X)`, `s = X/2 + ℓ` and `s² = X²/2 + Xℓ + g`. The mean of `Xℓ` is
//! `μ log 2 + ∫ (μ − (Im φ)′) / (t sinh πt) dt`; by parts it wants no derivative of `φ`:
//! `∫ (μt − Im φ) (1 + πt coth πt) / (t² sinh πt) dt`. The mean of `g` is
//! `∫ 2 (Re ψ(1 + it) + γ) Re φ / (t sinh πt) dt`.

use crate::activation::{logistic, softplus};
use crate::exact::affine::UnitStatistics;
use crate::exact::characteristic::column::Column;
use crate::exact::characteristic::grid::Grid;
use crate::exact::characteristic::integrals::{Integrals, dot, plausible_variance, weigh};
use crate::exact::characteristic::logistic::Logistic;
use crate::exact::characteristic::transform::Transform;
use core::f64::consts::{LN_2, PI};
use thinned_lanes::Backend;

/// The kernels of `E ℓ`, `E Xℓ` and `E g`.
pub struct Softplus {
    logarithm: Vec<f64>, // w / t
    product: Vec<f64>,   // w (1 + πt coth πt) / t²
    overlap: Vec<f64>,   // 2 w (Re ψ(1 + it) + γ) / t
}

impl Softplus {
    fn integrals<B: Backend>(&self, Transform { lack, drift, real, .. }: &Transform) -> [f64; 3] {
        [dot::<B>(&self.logarithm, lack), dot::<B>(&self.product, drift), dot::<B>(&self.overlap, real)]
    }
}

impl Integrals for Softplus {
    fn new(grid: &Grid) -> Self {
        Self {
            logarithm: weigh(grid, |t| 1.0 / t),
            product: weigh(grid, |t| (1.0 + PI * t / libm::tanh(PI * t)) / (t * t)),
            overlap: weigh(grid, |t| 2.0 * digamma(t) / t),
        }
    }

    /// As of a logistic unit; what cancels is as large as `X` and `X²`.
    fn error_bound(magnitude: f64, factors: f64) -> f64 {
        Logistic::error_bound(magnitude, factors) * (1.0 + magnitude)
    }

    fn constant(x: f64, error_bound: f64) -> UnitStatistics {
        let mean = softplus(x);
        statistics(mean, 0.0, (mean, mean), error_bound)
    }

    fn saturated(column: &Column, error_bound: f64) -> UnitStatistics {
        let variance = if column.mean > 0.0 { column.variance } else { 0.0 };
        finish(column, softplus(column.mean), variance, error_bound)
    }

    fn wide<B: Backend>(&self, column: &Column, transform: &Transform, error_bound: f64) -> UnitStatistics {
        let [bend, product, overlap] = self.integrals::<B>(transform);
        let (mean, level) = (column.mean, LN_2 + bend);
        // E s² − (E s)² with the products μ log 2 cancelled on paper.
        let curved = 0.25 * mean * mean - mean * bend + product + overlap - level * level;
        finish(column, 0.5 * mean + level, 0.5 * column.variance + curved, error_bound)
    }

    /// Moments about `s(μ)`; `(s − s(μ))²` bends by `2σ(μ)²` there.
    fn narrow<B: Backend>(&self, column: &Column, remainder: &Transform, error_bound: f64) -> UnitStatistics {
        let [bend, product, overlap] = self.integrals::<B>(remainder);
        let (s, slope, complement) = (softplus(column.mean), logistic(column.mean), logistic(-column.mean));
        let first = 0.5 * slope * complement * column.variance + bend;
        let second = slope * slope * column.variance + product + overlap - 2.0 * s * bend;
        finish(column, s + first, second - first * first, error_bound)
    }
}

fn finish(column: &Column, mean: f64, variance: f64, error_bound: f64) -> UnitStatistics {
    let (least, largest) = (softplus(column.least), softplus(column.largest));
    let variance = plausible_variance(variance, largest - least, error_bound);
    statistics(mean.max(least).min(largest), variance, (least, largest), error_bound)
}

fn statistics(mean: f64, variance: f64, (least, largest): (f64, f64), error_bound: f64) -> UnitStatistics {
    UnitStatistics {
        mean,
        variance,
        third_moment: f64::NAN,
        fourth_moment: f64::NAN,
        log_geometric_mean: f64::NAN,
        log_complement_geometric_mean: f64::NAN,
        least,
        largest,
        error_bound,
    }
}

/// `Re ψ(1 + it) + γ = Σ_n t² / (n (n² + t²))`, to its own accuracy for a small `t`: forty terms, and the rest by the
/// midpoint form of Euler and Maclaurin, whose next term is below `1e-15`.
fn digamma(t: f64) -> f64 {
    const LAST: i32 = 40;
    const MIDDLE: f64 = LAST as f64 + 0.5;
    let square = t * t;
    let term = |n: f64| square / (n * (n * n + square));
    let terms: f64 = (1..=LAST).rev().map(|n| term(f64::from(n))).sum();
    // Derivatives of 1/x − Re 1/(x + it): differences of powers, by the powers of (x + it)^−2.
    let inverse = 1.0 / (MIDDLE * MIDDLE + square);
    let base = ((MIDDLE * MIDDLE - square) * inverse * inverse, -2.0 * MIDDLE * t * inverse * inverse);
    let fourth = (base.0 * base.0 - base.1 * base.1, 2.0 * base.0 * base.1);
    let sixth = fourth.0 * base.0 - fourth.1 * base.1;
    let middle = 1.0 / (MIDDLE * MIDDLE);
    let corrections = -(middle - base.0) / 24.0 + (middle * middle - fourth.0) * (7.0 / 960.0)
        - (middle * middle * middle - sixth) * (31.0 / 8064.0);
    terms + 0.5 * libm::log1p(square * middle) + corrections
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const EULER: f64 = 0.577_215_664_901_532_9;

    #[test]
    fn digamma_agrees_with_its_series_at_either_end() {
        assert!((digamma(1.0) - EULER - 0.094_650_320_622_476_98).abs() < 1e-15);
        // ζ(3) t² − ζ(5) t⁴ + ζ(7) t⁶ − …
        let t = 1e-3f64;
        let small = 1.202_056_903_159_594_3 * t.powi(2) - 1.036_927_755_143_37 * t.powi(4) + 1.008_349_277 * t.powi(6);
        assert!((digamma(t) / small - 1.0).abs() < 1e-14);
        // log t + 1/(12 t²) + 1/(120 t⁴) + 1/(252 t⁶) + …
        let (t, square) = (14.5f64, 14.5f64.powi(-2));
        let asymptotic =
            [132.0, 240.0, 252.0, 120.0, 12.0].iter().fold(0.0, |sum, n| (sum + 1.0 / n) * square) + t.ln();
        assert!((digamma(t) - EULER - asymptotic).abs() < 2e-15);
    }
}
