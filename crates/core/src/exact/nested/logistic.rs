//! Logistic units over a block of masks: activities, and the logarithms of both geometric means.
//!
//! The obvious loop is, with `X = λS − ln c`,
//!
//! ```text
//! for every mask { O = 1 / (1 + e^−X); log G += P·log O; log G' += P·log(1 − O) }
//! ```
//!
//! 1. `log O = −log(1 + e^−X)`, and `Σ_m log d_m = log Π_m d_m`: masks of the block's own gates that keep as many gates of every
//!    rate are equally likely ([`Classes`]), so one logarithm a class and lane is enough, while the product stays below
//!    `e^700`. Factors round within `u`, as the logarithms would.
//! 2. Where no `|X|` exceeds [`MOST_FACTORED`], `e^−X = Π e^−λw v` over the kept gates: one multiplication a mask and no
//!    exponential ([`factored`]). Its relative error, `3u` a gate, is an error of `X`, and `log G' = log G − E[X]`.
//! 3. Elsewhere ([`direct`]) `e^−|X|` is computed mask by mask, and `log O = min(X, 0) − log(1 + e^−|X|)`: nothing overflows, and a
//!    saturated unit keeps its logarithms.

use super::terms::{AffineUnit, Lanes};
use crate::exact::lane_sum::LaneSum;
use crate::exponential64::{exp, log_normal};
use core::ops::Range;
use thinned_lanes::{Backend, F64x2};

/// Products of `1 + e^−X` of two masks are finite, and so is any product of `e^−λw v` on the way to them.
pub const MOST_FACTORED: f64 = 300.0;
/// A product of divisors stays below `e` to this.
const LARGEST_EXPONENT: f64 = 700.0;

/// Masks of the gates that vary within a block, by their probability.
#[derive(Clone, Debug)]
pub struct Classes {
    masks: Vec<usize>,
    classes: Vec<(f64, Range<usize>)>,
    /// By mask.
    pub probabilities: Vec<f64>,
}

impl Classes {
    /// Of gates with these probabilities of keeping and dropping, equal ones side by side.
    ///
    /// The probability is computed once per class, since the order of its factors would change its last bits.
    pub fn new(gates: &[(f64, f64)]) -> Self {
        let mut members = vec![0]; // class by mask
        let mut classes = vec![1.0];
        for alike in gates.chunk_by(|x, y| x == y) {
            for _ in alike {
                let kept: Vec<usize> = members.iter().map(|class| class + classes.len()).collect();
                members.extend(kept);
            }
            let (keep, rate) = alike[0];
            let power = |base: f64, exponent: usize| (0..exponent).fold(1.0, |power, _| power * base);
            let own: Vec<f64> =
                (0..=alike.len()).map(|kept| power(keep, kept) * power(rate, alike.len() - kept)).collect();
            classes = own.iter().flat_map(|own| classes.iter().map(move |class| class * own)).collect();
        }
        let probabilities: Vec<f64> = members.iter().map(|&class| classes[class]).collect();
        let mut masks: Vec<usize> = (0..members.len()).collect();
        // Rates of which keep and rate are equal make classes alike.
        masks.sort_by(|&x, &y| probabilities[x].total_cmp(&probabilities[y]).then(x.cmp(&y)));
        let mut first = 0;
        let ranges = masks.chunk_by(|&x, &y| probabilities[x] == probabilities[y]).map(|class| {
            first += class.len();
            (probabilities[class[0]], first - class.len()..first)
        });
        Self { classes: ranges.collect(), masks, probabilities }
    }
}

/// `Σ P log O` and `Σ P log(1 − O)` of a block.
pub type Logarithms = [f64; 2];

/// One unit's block.
pub struct Block<'a> {
    /// The masks.
    pub classes: &'a Classes,
    /// Probabilities of the lanes, those of gates that the block keeps fixed included, `[lanes]`.
    pub weights: &'a [[f64; 2]],
    /// `λ` and `−ln c`.
    pub constants: (f64, f64),
    /// The largest `|X|` of any subnetwork.
    pub largest: f64,
}

impl Block<'_> {
    /// Activities into `out`, `[masks, lanes]`, by departure 2. `gates` are keep probabilities of the block's own gates.
    pub fn factored<B: Backend>(
        &self,
        unit: &AffineUnit,
        frame: Lanes,
        (gates, high): (&[(f64, f64)], u64),
        scratch: &mut [[f64; 2]],
        out: &mut [[f64; 2]],
    ) -> Logarithms {
        let (lambda, shift) = self.constants;
        let lanes = self.weights.len();
        let (base, change) = scratch[..2 * lanes].split_at_mut(lanes);
        unit.base::<B>(frame, gates.len(), high, lambda, shift, base); // X, then its expectation
        for (x, e) in base.iter().zip(&mut *out) {
            exp::<B>(-B::F64::load(x)).store(e);
        }
        for (gate, (keep, _)) in gates.iter().enumerate() {
            let (without, with) = out.split_at_mut(lanes << gate);
            let with = &mut with[..without.len()];
            if !unit.change::<B>(frame, gate, lambda, change) {
                with.copy_from_slice(without);
                continue;
            }
            for (change, mean) in change.iter_mut().zip(&mut *base) {
                let x = B::F64::load(change);
                x.mul_add(B::F64::splat(*keep), B::F64::load(mean)).store(mean);
                exp::<B>(-x).store(change);
            }
            for (without, with) in without.chunks_exact(lanes).zip(with.chunks_exact_mut(lanes)) {
                for ((without, with), change) in without.iter().zip(with).zip(&*change) {
                    (B::F64::load(without) * B::F64::load(change)).store(with);
                }
            }
        }
        let most = (LARGEST_EXPONENT / libm::log1p(libm::exp(self.largest))) as usize;
        let one = B::F64::splat(1.0);
        let log = self.logarithms::<B>(most, out, |e, _| {
            let divisor = one + e;
            (one / divisor, divisor)
        });
        let mut expectation = LaneSum::<B>::new();
        for (mean, weight) in base.iter().zip(self.weights) {
            expectation.add(B::F64::load(mean) * B::F64::load(weight));
        }
        [-log, -log - expectation.total()]
    }

    /// Replaces pre-activations `S`, `[masks, lanes]`, by activities, by departure 3.
    pub fn direct<B: Backend>(&self, values: &mut [[f64; 2]]) -> Logarithms {
        let splat = B::F64::splat;
        let (lambda, shift) = (splat(self.constants.0), splat(self.constants.1));
        let (zero, one) = (splat(0.0), splat(1.0));
        let (mut below, mut above) = (LaneSum::<B>::new(), LaneSum::<B>::new());
        // No divisor exceeds 2.
        let log = self.logarithms::<B>((LARGEST_EXPONENT / core::f64::consts::LN_2) as usize, values, |s, weight| {
            let x = s.mul_add(lambda, shift);
            let decayed = exp::<B>(-x.abs());
            let divisor = one + decayed;
            let negative = x.less_than(zero);
            below.add(weight * x.select(zero, negative));
            above.add(weight * zero.select(x, negative));
            (decayed.select(one, negative) / divisor, divisor)
        });
        [below.total() - log, -above.total() - log]
    }

    /// `Σ P log d` of the divisors that `step` makes of each value and its probability, beside what replaces the value.
    #[inline(always)]
    fn logarithms<B: Backend>(
        &self,
        most: usize,
        values: &mut [[f64; 2]],
        mut step: impl FnMut(B::F64, B::F64) -> (B::F64, B::F64),
    ) -> f64 {
        let lanes = self.weights.len();
        let mut total = LaneSum::<B>::new();
        for (lane, weight) in self.weights.iter().enumerate() {
            let weight = B::F64::load(weight);
            let mut logs = B::F64::splat(0.0);
            for (probability, class) in &self.classes.classes {
                let probability = B::F64::splat(*probability);
                for masks in self.classes.masks[class.clone()].chunks(most) {
                    let mut product = B::F64::splat(1.0);
                    for &mask in masks {
                        let value = &mut values[mask * lanes + lane];
                        let (activity, divisor) = step(B::F64::load(value), weight * probability);
                        product = product * divisor;
                        activity.store(value);
                    }
                    logs = log_normal::<B>(product).mul_add(probability, logs);
                }
            }
            total.add(logs * weight);
        }
        total.total()
    }
}
