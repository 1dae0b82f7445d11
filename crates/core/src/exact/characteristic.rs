//! Logistic, tanh and softplus units at any width: the trapezoid rule on the characteristic function.
//!
//! For one unit over fixed inputs `X = λ(b + Σ a_j δ_j) − ln c` has `φ(t) = E e^{itX} = e^{itx_0} Π_j (q_j + p_j e^{itλa_j})`:
//! a product of `n` terms that stands for `2^n` subnetworks. With it
//!
//! | quantity | integral over `t > 0` |
//! |---|---|
//! | `E σ(X)` | `½ + ∫ Im φ / sinh πt` |
//! | `E σ′(X)`, `E σ″(X)`, `E σ‴(X)` | `∫ t Re φ / sinh πt`, `−∫ t² Im φ / sinh πt`, `−∫ t³ Re φ / sinh πt` |
//! | `V`, `μ₄` | from these: powers of `σ` are linear in its derivatives (`σ² = σ − σ′`, …) |
//! | `L = E log 2cosh(X/2)` | `log 2 + ∫ (1 − Re φ) / (t sinh πt)` |
//! | `log G`, `log G′` | `μ/2 − L`, `−μ/2 − L` |
//!
//! Every integrand extends to an even analytic function, so equidistant nodes converge exponentially (`grid`). The
//! obvious loop is
//!
//! ```text
//! for unit { for t { φ = Π over gates of (q + p·e^{i·t·a}); sums += φ · kernels(t) } }
//! ```
//!
//! and costs `nodes · gates` complex products and sines for each unit. What is done differently, and why it is right:
//!
//! * *Sums of powers.* Where `|t a| < 0.95` the logarithm of a factor is its cumulant series, so that all those gates
//!   together are one polynomial, `Σ_m ℓ_m (it)^m Σ_j a_j^m` (`cumulants`, `exponent`): 28 powers of each coefficient
//!   instead of a factor at each of a hundred nodes or more. Its rounding does not grow with the number of gates either:
//!   an error `ε` of `log φ` is `ε|φ|` of `φ`. Gates that are too large for a node remain factors there.
//! * *Rotations.* The factors advance by recurrence, two gates to a vector, and stop where `φ` is silent (`factors`).
//! * *Zero coefficients* are never seen: rows of zero inputs are dropped for all units, other zeros for each (`column`).
//! * *Remainders.* Of a narrow unit (`Var X < 1/16`, all gates in the polynomial) the parabola about the mean is in closed
//!   form, and the integrals are those of the rest, so that `V` and `μ₄` keep relative accuracy
//!   (`transform`).
//! * *Unit by unit.* The vectors run over gates, orders or nodes of one unit rather than over units. Each unit then has
//!   its own grid, its own small and large gates and its own silence, and the same bits in any company.
//!
//! Measured for 1,200 units and 784 gates at rate ½ on one core of a shared AMD EPYC server, milliseconds of processor
//! time for all statistics:
//!
//! | inputs, weights | native, scalar | wasm, simd128 | native, every gate a factor |
//! |---|---|---|---|
//! | 150 not zero, `N(0, 0.05²)` | 10 | 16 | 47 |
//! | 784 not zero, `N(0, 0.05²)` | 31 | 45 | 213 |
//! | 784 not zero, `N(0, 1)` | 99 | 116 | 193 |
//!
//! One unit of 20 gates takes 0.02 milliseconds.

mod column;
mod conditional;
mod cumulants;
mod exponent;
mod factors;
mod grid;
mod integrals;
mod logistic;
mod small;
mod softplus;
mod steps;
#[cfg(test)]
mod tests;
mod transform;

use crate::exact::affine::{AffineUnits, UnitStatistics};
use column::Column;
pub use conditional::ConditionalMeans;
use core::ops::{ControlFlow, Range};
use cumulants::Series;
use logistic::Logistic;
use softplus::Softplus;
pub use steps::MOST_PRODUCTS;
use steps::Steps;
use thinned_lanes::Backend;

/// `|X|` from which `σ` is 0 or 1 and softplus 0 or `X`, to `e^(−45) < 3e-20`.
const SATURATED: f64 = 45.0;
/// The most nodes of a grid: a hundred megabytes, `max |X|` of 450,000.
const MOST_NODES: f64 = (1u32 << 20) as f64;

/// The statistics of the units `O = 1 / (1 + c e^{−λS})`, for the coefficients as given.
///
/// `E`, `V`, `G`, `G′` and NWGM are within the unit's `error_bound`, absolutely; the logarithms and `μ₄` are
/// within four times of it. With `R = max |X|`, `u = 2^−53`, `n_b` the gates that are factors in octave `b` of the nodes
/// and `W_b` the sum of its weights `h / sinh πt`, the bound is `u (16 + 4 R + 8 Σ_b W_b √n_b)`:
///
/// * 16 roundings of the weights, of the exponential, sine and cosine, and of sums of falling terms; in it also what
///   periodisation (`2π/h ≥ A + 40`, where `|X| > A` has a probability below `1e-18`), the end of the nodes (`t < 14.5`)
///   and the end of the series leave, each below `u`;
/// * `4 R` for the phase `tμ`, and for `μ/2 − L`, whose terms are as large as `R`;
/// * for `n` factors a random walk of as many roundings, no more than 8 each (Higham and Mary 2019).
///
/// The error of `E` and `V` is seldom above `3e-16`. It is absolute: of a saturated unit (`E` near 0 or 1) no digit of
/// `V` may be left, and `V = 0` then says that it is below the bound. What a distribution between the extremes cannot
/// have is never returned: `V > range²/4`, `μ₄ < V²`. Units with `Var X < 1/16` and every `|λ a| ≤ 1/16` have relative
/// accuracy about the middle of `σ`: `1e-14` for `V`, `1e-12 / max |λ a|` for `μ₄`.
///
/// A unit with more than a million nodes ([`nodes`]) is not computed: NaN, with an infinite bound.
///
/// Cost `O(n)` for each unit, and `O(nodes)` or, with `m` gates above `1/t` at the end of `φ`, `O(nodes · m)`.
pub fn logistic<B: Backend>(units: &AffineUnits, c: f64, lambda: f64) -> Vec<UnitStatistics> {
    Kind::Logistic { c, lambda }.of_all::<B>(units)
}

/// The statistics of the units `O = tanh S = 2σ(2S) − 1`, as accurate as [`logistic`] with `λ = 2`, times 4.
#[cfg(test)]
pub fn tanh<B: Backend>(units: &AffineUnits) -> Vec<UnitStatistics> {
    Kind::Tanh.of_all::<B>(units)
}

/// Mean and variance of the units `O = log(1 + e^S)`; `μ₄` is NaN.
///
/// The bound is that of [`logistic`] times `1 + max |S|`: both are differences of numbers as large as `S` and `S²`. With
/// it the cross-entropy of a logistic unit and its expected value are exact: `−log σ(S)` is the softplus of `−S`.
pub fn softplus<B: Backend>(units: &AffineUnits) -> Vec<UnitStatistics> {
    Kind::Softplus.of_all::<B>(units)
}

/// Statistics of the units of a range, in order: of its first ones only after some ten milliseconds, or of none, where a unit
/// takes so long that it is left open, to be gone on with when the next range begins with it. A unit has the same bits in
/// any range.
pub type ByRange = Box<dyn FnMut(Range<usize>) -> Vec<UnitStatistics>>;

/// What the units are.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// As for [`logistic`].
    Logistic {
        /// `c`.
        c: f64,
        /// `λ`.
        lambda: f64,
    },
    /// As for [`tanh`].
    Tanh,
    /// As for [`softplus`].
    Softplus,
}

impl Kind {
    /// Statistics a few units at a time; what the units share is made once.
    pub fn by_range<B: Backend>(self, units: AffineUnits) -> ByRange {
        let (gates, mut integrator) = (Gates::of(&units), Integrator::<B>::default());
        Box::new(move |range| integrator.next(self, &units, &gates, range))
    }

    fn of_all<B: Backend>(self, units: &AffineUnits) -> Vec<UnitStatistics> {
        let (gates, mut integrator) = (Gates::of(units), Integrator::<B>::default());
        let mut statistics = Vec::with_capacity(units.units());
        while statistics.len() < units.units() {
            statistics.extend(integrator.next(self, units, &gates, statistics.len()..units.units()));
        }
        statistics
    }

    /// Slope and shift of `X` by `S`.
    fn line(self) -> (f64, f64) {
        match self {
            Self::Logistic { c, lambda } => (lambda, -libm::log(c)),
            Self::Tanh => (2.0, 0.0),
            Self::Softplus => (1.0, 0.0),
        }
    }

    /// From the statistics of `σ(X)`: those of tanh by `tanh S = 2σ(2S) − 1`.
    fn finished(self, units: &AffineUnits, range: Range<usize>, found: Vec<UnitStatistics>) -> Vec<UnitStatistics> {
        if !matches!(self, Self::Tanh) {
            return found;
        }
        let extremes = range.map(|unit| units.extremes(unit));
        let tanh = |(unit, (least, largest)): (UnitStatistics, (f64, f64))| UnitStatistics {
            mean: 2.0 * unit.mean - 1.0,
            variance: 4.0 * unit.variance,
            third_moment: 8.0 * unit.third_moment,
            fourth_moment: 16.0 * unit.fourth_moment,
            log_geometric_mean: f64::NAN,
            log_complement_geometric_mean: f64::NAN,
            least: libm::tanh(least),
            largest: libm::tanh(largest),
            error_bound: 4.0 * unit.error_bound,
        };
        found.into_iter().zip(extremes).map(tanh).collect()
    }
}

/// What the probabilities of gates come to in the integrals: the same for all units and rows over them.
#[derive(Clone, Debug)]
pub struct Gates((Vec<Series>, Vec<usize>));

impl Gates {
    /// The gates of these units.
    pub fn of(units: &AffineUnits) -> Self {
        Self(column::series(units))
    }
}

/// Integrals of units of any kind, row after row: the nodes of one serve the next.
pub struct Integrator<B: Backend> {
    logistic: Steps<B, Logistic>, // and tanh
    softplus: Steps<B, Softplus>,
}

impl<B: Backend> Default for Integrator<B> {
    fn default() -> Self {
        Self { logistic: Steps::new(), softplus: Steps::new() }
    }
}

impl<B: Backend> Integrator<B> {
    /// As [`ByRange`] says; other units may follow once none is left open.
    pub fn next(&mut self, kind: Kind, units: &AffineUnits, gates: &Gates, range: Range<usize>) -> Vec<UnitStatistics> {
        let first = range.start;
        match kind {
            Kind::Softplus => self.softplus.next(units, range, kind.line(), &gates.0),
            Kind::Logistic { .. } | Kind::Tanh => {
                let found = self.logistic.next(units, range, kind.line(), &gates.0);
                kind.finished(units, first..first + found.len(), found)
            }
        }
    }

    /// What was done since the last call of this, in products of which [`MOST_PRODUCTS`] take some ten milliseconds.
    pub fn take_spent(&mut self) -> usize {
        self.logistic.take_spent() + self.softplus.take_spent()
    }
}

/// `E[O | δ_i = 1]` of one logistic unit, by gate, within the `error_bound` of [`logistic`].
///
/// Cost as there, and as much again for the gates; where `m` gates are factors `O(nodes · m)`.
pub fn conditional_means<B: Backend>(units: &AffineUnits, unit: usize, c: f64, lambda: f64) -> Vec<f64> {
    let means = ConditionalMeans::<B>::new(units, unit, c, lambda);
    means.map_or_else(|| vec![f64::NAN; units.gates()], ConditionalMeans::finish)
}

/// How many nodes the widest unit of a logistic layer takes; 0 when none of them needs any.
///
/// About `2.3 (max |X| + 40)`, less where the Hoeffding bound makes the far ends of the range too improbable to matter.
pub fn nodes(units: &AffineUnits, c: f64, lambda: f64) -> f64 {
    let mut most: f64 = 0.0;
    let series = column::series(units);
    column::visit(units, 0..units.units(), (lambda, -libm::log(c)), &series, |column| {
        if !column.coefficients.is_empty() && !is_saturated(column) {
            most = most.max(grid::count(grid::step(column.extent())));
        }
        ControlFlow::Continue(())
    });
    most
}

fn is_saturated(column: &Column) -> bool {
    column.least > SATURATED || column.largest < -SATURATED
}
