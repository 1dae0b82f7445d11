//! The statistics of a logistic unit.

use crate::activation::{logistic, softplus};
use crate::exact::affine::UnitStatistics;
use crate::exact::characteristic::column::Column;
use crate::exact::characteristic::grid::Grid;
use crate::exact::characteristic::integrals::{Integrals, dot, plausible_variance, weigh};
use crate::exact::characteristic::transform::Transform;
use core::f64::consts::LN_2;
use thinned_lanes::Backend;

/// The kernels of `E σ`, `E σ′`, `E σ″`, `E σ‴` and `E log 2cosh(X/2)`.
///
/// From `E σ = ½ + ∫ Im φ / sinh πt dt`: a derivative of `sin tX` or `cos tX` brings a factor `t`, and turns `Im φ` to
/// `Re φ`, `Re φ` to `−Im φ`.
pub struct Logistic {
    value: Vec<f64>,     // w
    slope: Vec<f64>,     // w t
    bend: Vec<f64>,      // −w t²
    twist: Vec<f64>,     // −w t³
    logarithm: Vec<f64>, // w / t
}

impl Logistic {
    fn derivatives<B: Backend>(&self, Transform { real, imaginary, .. }: &Transform) -> [f64; 4] {
        [
            dot::<B>(&self.value, imaginary),
            dot::<B>(&self.slope, real),
            dot::<B>(&self.bend, imaginary),
            dot::<B>(&self.twist, real),
        ]
    }
}

impl Integrals for Logistic {
    fn new(grid: &Grid) -> Self {
        Self {
            value: weigh(grid, |_| 1.0),
            slope: weigh(grid, |t| t),
            bend: weigh(grid, |t| -t * t),
            twist: weigh(grid, |t| -t * t * t),
            logarithm: weigh(grid, |t| 1.0 / t),
        }
    }

    fn error_bound(magnitude: f64, factors: f64) -> f64 {
        0.5 * f64::EPSILON * (16.0 + 4.0 * magnitude + 8.0 * factors)
    }

    fn constant(x: f64, error_bound: f64) -> UnitStatistics {
        let mean = logistic(x);
        UnitStatistics {
            mean,
            variance: 0.0,
            third_moment: 0.0,
            fourth_moment: 0.0,
            log_geometric_mean: -softplus(-x),
            log_complement_geometric_mean: -softplus(x),
            least: mean,
            largest: mean,
            error_bound,
        }
    }

    fn saturated(column: &Column, error_bound: f64) -> UnitStatistics {
        let (least, largest) = (logistic(column.least), logistic(column.largest));
        UnitStatistics { least, largest, ..Self::constant(column.mean, error_bound) }
    }

    /// Powers of `σ` are linear in its derivatives:
    /// `σ² = σ − σ′`, `σ³ = σ − 3/2 σ′ + ½ σ″`, `σ⁴ = σ − 11/6 σ′ + σ″ − ⅙ σ‴`.
    fn wide<B: Backend>(&self, column: &Column, transform: &Transform, error_bound: f64) -> UnitStatistics {
        let [half, slope, bend, twist] = self.derivatives::<B>(transform);
        let e = 0.5 + half;
        let variance = e * (1.0 - e) - slope;
        let third = e * (1.0 - e) * (1.0 - 2.0 * e) + (3.0 * e - 1.5) * slope + 0.5 * bend;
        let fourth = e * (1.0 - e * (4.0 - e * (6.0 - 3.0 * e)))
            + (6.0 * e * (1.0 - e) - 11.0 / 6.0) * slope
            + (1.0 - 2.0 * e) * bend
            - twist / 6.0;
        let log = 0.5 * column.mean - (LN_2 + dot::<B>(&self.logarithm, &transform.lack));
        finish(column, e, (variance, third, fourth), (log, log - column.mean), error_bound)
    }

    /// Moments about `s = σ(μ)`. The parabola has `σ′(μ)² Var X`, 0 and 0 of orders two to four; the rest are the same
    /// combinations of derivatives as ever, of `(σ − s)^k`.
    fn narrow<B: Backend>(&self, column: &Column, remainder: &Transform, error_bound: f64) -> UnitStatistics {
        let [value, slope, bend, twist] = self.derivatives::<B>(remainder);
        let (s, complement) = (logistic(column.mean), logistic(-column.mean));
        let (steep, skew) = (s * complement, complement - s);
        let first = 0.5 * steep * skew * column.variance + value;
        let second = steep * steep * column.variance + skew * value - slope;
        let third = (1.0 - 3.0 * steep) * value - 1.5 * skew * slope + 0.5 * bend;
        let fourth =
            skew * (1.0 - 2.0 * steep) * value + (6.0 * steep - 11.0 / 6.0) * slope + skew * bend - twist / 6.0;
        let variance = second - first * first;
        let fourth = fourth - first * (4.0 * third - first * (6.0 * second - 3.0 * first * first));
        let bent = 0.5 * steep * column.variance + dot::<B>(&self.logarithm, &remainder.lack);
        let logs = (-softplus(-column.mean) - bent, -softplus(column.mean) - bent);
        let third = third - first * (3.0 * second - 2.0 * first * first);
        finish(column, s + first, (variance, third, fourth), logs, error_bound)
    }
}

/// What rounding put outside of what the extremes allow comes back to it.
fn finish(
    column: &Column,
    mean: f64,
    (variance, third, fourth): (f64, f64, f64),
    (log, log_complement): (f64, f64),
    error_bound: f64,
) -> UnitStatistics {
    let (least, largest) = (logistic(column.least), logistic(column.largest));
    // The range of O without cancellation near 1.
    let range = largest * logistic(-column.least) * -libm::expm1(column.least - column.largest);
    let variance = plausible_variance(variance, range, error_bound);
    UnitStatistics {
        mean: mean.max(least).min(largest),
        variance,
        // |μ₃| ≤ V·range.
        third_moment: third.max(-variance * range).min(variance * range),
        // V² ≤ μ₄ ≤ V·range² for any distribution.
        fourth_moment: fourth.min(variance * range * range).max(variance * variance),
        log_geometric_mean: log.max(-softplus(-column.least)).min(-softplus(-column.largest)),
        log_complement_geometric_mean: log_complement.max(-softplus(column.largest)).min(-softplus(column.least)),
        least,
        largest,
        error_bound,
    }
}
