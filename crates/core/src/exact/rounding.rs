//! How far rounding can carry the activities, known before any subnetwork is computed, and the moments once they are.
//!
//! Each node gets a magnitude `M`, a bound on `|O|` over all subnetworks, and an error `e`, a bound on the rounding of
//! any computed `O`, both carried forward from the inputs (Higham, *Accuracy and stability*, §3.1): for a sum of `n`
//! products `e_S = Σ|w|·e + γ·Σ|w|·M`, `γ = (n + 2)·u`; through an activation by its Lipschitz constant. What single
//! precision makes of one pass is estimated in [`crate::exact::floor`].

mod range;

use crate::activation::Activation;
use crate::exact::affine::UnitStatistics;
use crate::network::{Dense, Graph, Network, Operation};
use range::dense_range;

pub use range::propagate;

/// Unit roundoff of double precision.
const DOUBLE: f64 = f64::EPSILON / 2.0;

/// What is known of a target before any subnetwork is computed.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The largest magnitude of an argument of the activation, by node: `|λS − ln c|` of a logistic unit.
    pub logits: Vec<f64>,
    activity: f64,   // the largest e
    magnitude: f64,  // the largest M
    logarithms: f64, // the error of a geometric mean
    roundings: f64,  // (n + 8)·u
    given: Given,
    is_bounded: bool,
}

/// The largest errors of an activity and of an argument of the activation where the sum of the target is exact, its terms not.
#[derive(Clone, Copy, Debug)]
struct Given {
    activity: f64,
    logit: f64,
}

/// Roundings of one term of a sum: of a weight times a factor times an activity.
const ROUNDINGS_OF_A_TERM: f64 = 3.0;

/// The bounds of an enumeration of `gates` gates for `target` and row `x`.
///
/// With `e` the error of an activity and `D` the range of the activities, sums over `2^n` subnetworks whose probabilities
/// carry `n` roundings add `n·u·D` to a mean and a few times as much, times `D`, to a variance; a geometric mean is off by the
/// error of a logarithm, at most that of its pre-activation.
pub fn bounds(network: &Network, target: usize, gates: usize, x: &[f32]) -> Bounds {
    let ranges = propagate(network, target, x);
    let range = &ranges[target];
    let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let is_bounded = matches!(network.graph.activation(target), Some(Activation::Sigmoid { .. } | Activation::Softmax));
    let roundings = (gates as f64 + 8.0) * DOUBLE;
    let given = match &network.graph.nodes[target].operation {
        Operation::Dense(dense) if has_own_terms(&network.graph, dense) => {
            dense_range(network, dense, &ranges[dense.source], ROUNDINGS_OF_A_TERM * DOUBLE)
        }
        _ => range.clone(),
    };
    Bounds {
        given: Given { activity: largest(&given.error), logit: if is_bounded { given.logit_error } else { 0.0 } },
        activity: largest(&range.error),
        magnitude: largest(&range.magnitude),
        logarithms: if is_bounded { 2.0 * range.logit_error + roundings * (range.logit + 1.0) } else { 0.0 },
        roundings,
        is_bounded,
        logits: ranges.iter().map(|range| range.logit).collect(),
    }
}

/// Whether every coefficient of a dense layer is one term: nothing reaches it on two ways, and nothing past the gates.
fn has_own_terms(graph: &Graph, dense: &Dense) -> bool {
    let site = match (dense.site, &graph.nodes[dense.source].operation) {
        (Some(site), _) if graph.sites[site].is_random() => site,
        (_, Operation::Dropout { site, .. }) => *site,
        _ => return false,
    };
    graph.sites[site].random_gates() == graph.sites[site].len()
}

impl Bounds {
    /// The absolute error of `O*`.
    pub fn pass(&self) -> f64 {
        self.activity
    }

    /// What the error of its coefficients adds to that of a unit whose method takes them as given.
    pub fn of_coefficients(&self, unit: &UnitStatistics) -> f64 {
        let e = self.given.activity;
        let variance = (2.0 * unit.variance.max(0.0).sqrt() + e) * e;
        self.capped(e.max(variance).max(self.given.logit))
    }

    /// The absolute error of `E`, `V`, covariances and geometric means of all units, before any of them is known; second-order
    /// estimates and bounds of the gap are off by a few times as much.
    pub fn moments(&self) -> f64 {
        let spread = if self.is_bounded { 1.0 } else { 2.0 * self.magnitude };
        let mean = self.activity + self.roundings * self.magnitude.max(spread);
        let variance = 2.0 * spread * (2.0 * self.activity + self.roundings * spread);
        self.capped(mean.max(variance).max(self.logarithms))
    }

    /// The same of a unit whose statistics are known, from sums of powers about `center`.
    ///
    /// Activities that are off by `e` at most have a standard deviation that is: `|V − V′| ≤ 2σe + e²`. No term of
    /// `M₂ = Σ P (O − center)² = V + (E − center)²` is negative, so that it rounds by `n·u·M₂`, and `M₁²` by twice that. Where activities vary
    /// little, or less than their weights would let them, this is far below what could be said before.
    pub fn about(&self, unit: &UnitStatistics, center: f64) -> f64 {
        let spread = (unit.variance.max(0.0) + (unit.mean - center).powi(2)).sqrt();
        self.of(unit, spread, unit.mean.abs())
    }

    /// The same from moments of blocks about their own means, which lie between the extremes.
    pub fn of_blocks(&self, unit: &UnitStatistics) -> f64 {
        self.of(unit, unit.largest - unit.least, unit.largest.abs().max(unit.least.abs()))
    }

    fn of(&self, unit: &UnitStatistics, spread: f64, largest: f64) -> f64 {
        let e = self.activity;
        let spread = spread + 2.0 * e;
        let mean = e + self.roundings * spread + 2.0 * DOUBLE * largest;
        let sums = 3.0 * self.roundings * spread * spread;
        let deviation = (unit.variance.max(0.0) + sums).sqrt() + e;
        let variance = (2.0 * deviation + e) * e + sums;
        let found = self.capped(mean.max(variance).max(self.logarithms));
        // What does not fit a double is refused by its bound, in whatever it shows.
        if found.is_nan() { f64::INFINITY } else { found.min(self.moments()) }
    }

    /// A probability is never off by more than 1, whatever the arithmetic.
    fn capped(&self, error: f64) -> f64 {
        if self.is_bounded { error.min(1.0) } else { error }
    }
}
