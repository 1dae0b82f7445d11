//! One piecewise linear unit by meeting in the middle: `2^n` subnetworks for the price of `2^(n/2)` (THEORY §4.4).
//!
//! `S = μ + A_i + B_j` over the masks `i` and `j` of two halves of the gates, both sums shifted to mean 0. The obvious loop
//! is
//!
//! ```text
//! for i { for j { O = f(μ + A_i + B_j); for k in 1..=4 { M_k += P_i·Q_j·(O − c)^k } } }
//! ```
//!
//! 1. Both halves are sorted ([`sorted`]). Then the columns with `S > 0` are the last ones, more of them as `A_i` grows:
//!    one sweep up the rows takes every column in once. A sweep down the rows takes those with `S ≤ 0` from the first.
//! 2. On either side `O − c = γ_i + sB_j` with `s` the slope and `γ_i = sA_i + (sμ − c)`, so that
//!    `Σ_j Q_j (O − c)^k = Σ_m C(k, m) γ_i^(k−m) s^m T_m` with `T_m = Σ Q_j B_j^m` of the columns taken in, `m` = 0 to 4.
//!    The sums `T_m` only ever grow, compensated: no difference of prefix sums is taken, and nothing is lost by it.
//! 3. `c = f(μ)` is the deterministic activity. Where no subnetwork passes the kink `sμ − c = 0`: every term is then of
//!    the size of the spread, and a variance of `10^−10` survives a constant of 1,000. With ReLU and `μ ≤ 0` the sweep down
//!    would add zeros only, and is left out.
//!
//! A pre-activation within rounding of 0 may be taken for the wrong side; `f` is continuous, so that it errs by no more
//! than its rounding. Cost `O(2^(n/2))`, memory `16·(2^⌈n/2⌉ + 2^⌊n/2⌋)` bytes: 32 MiB for `n = 40`, 128 MiB for `n = 44`.

mod sorted;
mod sweep;
#[cfg(test)]
mod tests;

use crate::activation::Activation;
use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::split::{Central, Gate, gates};
use crate::exact::sum::Sum;
use sorted::SortedHalf;
use sweep::{Direction, Sweep};

/// `O = below·S` for `S ≤ 0`, `above·S` for `S > 0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PiecewiseLinear {
    /// Not negative.
    pub below: f64,
    /// Not negative.
    pub above: f64,
}

impl PiecewiseLinear {
    /// `O = max(S, 0)`.
    pub const RELU: Self = Self { below: 0.0, above: 1.0 };
    /// `O = S`.
    pub const LINEAR: Self = Self { below: 1.0, above: 1.0 };

    /// That of rectified units, leaky or not.
    pub fn of(activation: Option<Activation>) -> Option<Self> {
        match activation? {
            Activation::Relu => Some(Self::RELU),
            Activation::LeakyRelu { alpha } => Some(Self { below: alpha, ..Self::RELU }),
            _ => None,
        }
    }

    fn apply(self, s: f64) -> f64 {
        (if s > 0.0 { self.above } else { self.below }) * s
    }
}

/// A run over both halves, advanced step by step; where its steps are cut never changes a bit.
#[derive(Clone, Debug)]
pub struct Halves {
    rows: SortedHalf,
    columns: SortedHalf,
    sweeps: Vec<Sweep>,
    powers: [Sum; 4],
    center: f64,
    extremes: (f64, f64), // of O
    error_bound: f64,
}

impl Halves {
    /// A run for one unit. The caller refuses what does not fit in its memory: more than 44 gates in wasm.
    pub fn new(units: &AffineUnits, unit: usize, function: PiecewiseLinear) -> Self {
        let gates = gates(units, unit, 1.0);
        let (rows, columns) = gates.split_at(gates.len() / 2);
        let mean = units.expectation(unit);
        let center = function.apply(mean);
        let sweep = |direction, slope: f64| Sweep::new(direction, slope, slope * mean - center, mean);
        let mut sweeps = vec![sweep(Direction::Up, function.above)];
        if function.below != 0.0 || center != 0.0 {
            sweeps.push(sweep(Direction::Down, function.below));
        }
        let (least, largest) = units.extremes(unit);
        Self {
            rows: SortedHalf::new(rows),
            columns: SortedHalf::new(columns),
            sweeps,
            powers: [Sum::default(); 4],
            center,
            extremes: (function.apply(least), function.apply(largest)),
            error_bound: error_bound(&gates, units.constants[unit], function),
        }
    }

    /// Entries of the sorted halves still to be written or read.
    pub fn remaining(&self) -> f64 {
        let (rows, columns) = (&self.rows, &self.columns);
        let read = self.sweeps.iter().map(|sweep| sweep.remaining(rows.entries(), columns.entries()));
        (rows.remaining() + columns.remaining() + read.sum::<u64>()) as f64
    }

    /// Writes or reads up to `entries` more.
    pub fn step(&mut self, mut entries: u64) {
        for half in [&mut self.rows, &mut self.columns] {
            entries -= half.step(entries);
        }
        for sweep in &mut self.sweeps {
            entries -= sweep.step(entries, self.rows.sorted(), self.columns.sorted(), &mut self.powers);
        }
    }

    /// The statistics, once nothing remains.
    pub fn finish(&self) -> UnitStatistics {
        let central = Central::new(self.center, self.powers.map(|sum| sum.total()), self.error_bound);
        UnitStatistics {
            mean: central.mean,
            variance: central.variance,
            third_moment: f64::NAN,
            fourth_moment: central.fourth_moment,
            log_geometric_mean: f64::NAN,
            log_complement_geometric_mean: f64::NAN,
            least: self.extremes.0,
            largest: self.extremes.1,
            error_bound: self.error_bound,
        }
    }
}

/// The larger of the bounds of mean and variance, for `n` gates, `|b|`, `w = Σ|a|`, the larger slope `s` and
/// `σ² = Σ a² p (1 − p)`, the variance of `S`.
///
/// The sums `A` and `B` are off by `(n + 4)·u·w` together, `μ` by `(n + 2)·u·(|b| + w)`. The latter matters to `O − c` where the
/// kink is in reach alone, and then `|b| ≤ w`: `O − c` is off by `e = s·u·w·(3n + 8)`. Probabilities carry `n` roundings and
/// the polynomials in `γ` at most 12, of terms that add up to no more than `E(|γ| + |sB|)² ≤ 6s²σ²`; here `|sμ − c| ≤ s|μ|`
/// counts on the side of the kink that `μ` is not on, whose probability is at most `σ²/μ²` (Cantelli). With
/// `|O − c| ≤ s|S − μ|`, hence `M₁² ≤ M₂ ≤ s²σ²`, the mean is off by `s·u·(n + 2)·(|b| + w) + e + 3(n + 12)·u·sσ` and
/// `V = M₂ − M₁²` by `4sσ·e + 11(n + 12)·u·s²σ²`.
fn error_bound(gates: &[Gate], constant: f64, function: PiecewiseLinear) -> f64 {
    let (n, u) = (gates.len() as f64, f64::EPSILON / 2.0);
    let w: f64 = gates.iter().map(|gate| gate.coefficient.abs()).sum();
    let variance: f64 = gates.iter().map(|gate| gate.coefficient * gate.coefficient * gate.keep * gate.rate).sum();
    let slope = function.above.max(function.below);
    let deviation = slope * variance.sqrt();
    let e = slope * u * w * (3.0 * n + 8.0);
    let mean = slope * u * (n + 2.0) * (constant.abs() + w) + e + 3.0 * (n + 12.0) * u * deviation;
    mean.max(4.0 * deviation * e + 11.0 * (n + 12.0) * u * deviation * deviation)
}
