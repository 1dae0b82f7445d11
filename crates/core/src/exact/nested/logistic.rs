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
//!    `e^700`. Factors round within `u`, as the logarithms would. Powers of `O` are weighted once a class, too.
//! 2. Where no `|X|` exceeds [`MOST_FACTORED`], `e^−X = Π e^−λw v` over the kept gates: one multiplication a mask and no
//!    exponential ([`factored`]). Its relative error, `3u` a gate, is an error of `X`, and `log G' = log G − E[X]`.
//! 3. Elsewhere ([`direct`]) `e^−|X|` is computed mask by mask, and `log O = min(X, 0) − log(1 + e^−|X|)`: nothing overflows, and a
//!    saturated unit keeps its logarithms.

use super::sums::{UnitTotals, extremes};
use super::terms::{AffineUnit, Lanes};
use crate::activation::logistic;
use crate::exact::lane_sum::LaneSum;
use crate::exact::weighted_moments::LaneMoments;
use crate::exponential64::{LogNormal, exp};
use core::ops::Range;
use thinned_lanes::{Backend, F64x2};

/// Products of `1 + e^−X` of two masks are finite, and so is any product of `e^−λw v` on the way to them.
pub const MOST_FACTORED: f64 = 300.0;
/// A product of divisors stays below `e` to this.
const LARGEST_EXPONENT: f64 = 700.0;

/// Pairs of lanes whose moments are merged one after the other.
const GROUP: usize = 16;

/// Masks of the gates that vary within a block, by their probability.
#[derive(Clone, Debug)]
pub struct Classes {
    masks: Vec<usize>,
    classes: Vec<(f64, Range<usize>)>,
    likeliest: usize,
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
        let classes = ranges.collect();
        // Ascending in probability.
        Self { classes, likeliest: masks[masks.len() - 1], masks, probabilities }
    }
}

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

/// How a value in a block becomes an activity.
trait Form<B: Backend> {
    /// `O` and the divisor of which the logarithm is due.
    fn activity(&self, value: B::F64) -> (B::F64, B::F64);
    /// `min(X, 0)` and `max(X, 0)`, where the divisor has them not in it.
    fn linear(&self, value: B::F64) -> Option<[B::F64; 2]>;
}

/// From `e^−X`.
struct Factored<B: Backend> {
    one: B::F64,
}
/// From `S`.
struct Direct {
    lambda: f64,
    shift: f64,
}

impl<B: Backend> Form<B> for Factored<B> {
    #[inline(always)]
    fn activity(&self, value: B::F64) -> (B::F64, B::F64) {
        let divisor = self.one + value;
        (self.one / divisor, divisor)
    }

    #[inline(always)]
    fn linear(&self, _: B::F64) -> Option<[B::F64; 2]> {
        None
    }
}

impl Direct {
    #[inline(always)]
    fn x<B: Backend>(&self, value: B::F64) -> B::F64 {
        value.mul_add(B::F64::splat(self.lambda), B::F64::splat(self.shift))
    }
}

impl<B: Backend> Form<B> for Direct {
    #[inline(always)]
    fn activity(&self, value: B::F64) -> (B::F64, B::F64) {
        let (x, one) = (self.x::<B>(value), B::F64::splat(1.0));
        let decayed = exp::<B>(-x.abs());
        let divisor = one + decayed;
        (decayed.select(one, x.less_than(B::F64::splat(0.0))) / divisor, divisor)
    }

    #[inline(always)]
    fn linear(&self, value: B::F64) -> Option<[B::F64; 2]> {
        let (x, zero) = (self.x::<B>(value), B::F64::splat(0.0));
        let negative = x.less_than(zero);
        Some([x.select(zero, negative), zero.select(x, negative)])
    }
}

/// Sums over a block: `log` of the divisors, and the linear parts.
struct Logarithms<B: Backend> {
    log: LaneSum<B>,
    linear: [LaneSum<B>; 2],
}

impl Block<'_> {
    /// Adds a unit by departure 2; `gates` are the odds of the block's own gates.
    pub fn factored<B: Backend>(
        &self,
        unit: &AffineUnit,
        frame: Lanes,
        (gates, high): (&[(f64, f64)], u64),
        scratch: &mut [[f64; 2]],
        values: &mut [[f64; 2]],
        total: &mut UnitTotals,
    ) {
        let (lambda, shift) = self.constants;
        let lanes = self.weights.len();
        let (mean, scratch) = scratch.split_at_mut(lanes);
        let (change, scratch) = scratch.split_at_mut(lanes);
        let (least, largest) = scratch[..2 * lanes].split_at_mut(lanes);
        unit.base::<B>(frame, gates.len(), high, lambda, shift, mean);
        least.copy_from_slice(mean);
        largest.copy_from_slice(mean);
        for (x, e) in mean.iter().zip(&mut *values) {
            exp::<B>(-B::F64::load(x)).store(e);
        }
        let zero = B::F64::splat(0.0);
        for (gate, (keep, _)) in gates.iter().enumerate() {
            let (without, with) = values.split_at_mut(lanes << gate);
            let with = &mut with[..without.len()];
            if !unit.change::<B>(frame, gate, lambda, change) {
                with.copy_from_slice(without);
                continue;
            }
            for lane in 0..lanes {
                let x = B::F64::load(&change[lane]);
                let negative = x.less_than(zero);
                x.mul_add(B::F64::splat(*keep), B::F64::load(&mean[lane])).store(&mut mean[lane]);
                (B::F64::load(&least[lane]) + x.select(zero, negative)).store(&mut least[lane]);
                (B::F64::load(&largest[lane]) + zero.select(x, negative)).store(&mut largest[lane]);
                exp::<B>(-x).store(&mut change[lane]);
            }
            for (without, with) in without.chunks_exact(lanes).zip(with.chunks_exact_mut(lanes)) {
                for ((without, with), change) in without.iter().zip(with).zip(&*change) {
                    (B::F64::load(without) * B::F64::load(change)).store(with);
                }
            }
        }
        let most = (LARGEST_EXPONENT / libm::log1p(libm::exp(self.largest))) as usize;
        let sums = self.measure::<B>(&Factored { one: B::F64::held(1.0) }, most, values, total);
        let mut expectation = LaneSum::<B>::new();
        for (mean, weight) in mean.iter().zip(self.weights) {
            expectation.add(B::F64::load(mean) * B::F64::load(weight));
        }
        let log = sums.log.total();
        total.add_logarithms([-log, -log - expectation.total()]);
        let ends = [extremes::<B>(least).0, extremes::<B>(largest).1];
        total.add_extremes(ends.map(logistic));
    }

    /// Adds a unit with pre-activations `S`, `[masks, lanes]`, by departure 3.
    pub fn direct<B: Backend>(&self, values: &[[f64; 2]], total: &mut UnitTotals) {
        let (lambda, shift) = self.constants;
        // No divisor exceeds 2.
        let most = (LARGEST_EXPONENT / core::f64::consts::LN_2) as usize;
        let sums = self.measure::<B>(&Direct { lambda, shift }, most, values, total);
        let (log, [below, above]) = (sums.log.total(), sums.linear.map(LaneSum::total));
        total.add_logarithms([below - log, -above - log]);
        let (least, largest) = extremes::<B>(values);
        total.add_extremes([least, largest].map(|s| logistic(lambda * s + shift)));
    }

    /// Adds the moments of the activities. In each lane they are taken about the activity of the likeliest mask: by the law of
    /// total variance `M_2` cancels at most the bits of one over its probability, which is that of at most [`BLOCK_GATES`] gates.
    ///
    /// [`BLOCK_GATES`]: super::levels::BLOCK_GATES
    #[inline(always)]
    fn measure<B: Backend>(
        &self,
        form: &impl Form<B>,
        most: usize,
        values: &[[f64; 2]],
        total: &mut UnitTotals,
    ) -> Logarithms<B> {
        let lanes = self.weights.len();
        let mut sums = Logarithms::<B> { log: LaneSum::new(), linear: [LaneSum::new(); 2] };
        let log = LogNormal::<B>::held();
        let certainty: f64 = self.classes.probabilities.iter().sum();
        for (group, weights) in self.weights.chunks(GROUP).enumerate() {
            let mut moments: Option<LaneMoments<B>> = None;
            for (lane, weight) in weights.iter().enumerate() {
                let lane = group * GROUP + lane;
                let weight = B::F64::load(weight);
                let center = form.activity(B::F64::load(&values[self.classes.likeliest * lanes + lane])).0;
                let mut powers = [B::F64::splat(0.0); 4];
                let mut logs = B::F64::splat(0.0);
                let mut linear = [B::F64::splat(0.0); 2];
                for (probability, class) in &self.classes.classes {
                    let probability = B::F64::splat(*probability);
                    for masks in self.classes.masks[class.clone()].chunks(most) {
                        let mut product = B::F64::splat(1.0);
                        let mut of_class = [B::F64::splat(0.0); 4];
                        for &mask in masks {
                            let value = B::F64::load(&values[mask * lanes + lane]);
                            let (activity, divisor) = form.activity(value);
                            product = product * divisor;
                            let difference = activity - center;
                            let square = difference * difference;
                            let terms = [difference, square, square * difference, square * square];
                            of_class.iter_mut().zip(terms).for_each(|(sum, term)| *sum = *sum + term);
                            if let Some(parts) = form.linear(value) {
                                for (sum, part) in linear.iter_mut().zip(parts) {
                                    *sum = part.mul_add(probability, *sum);
                                }
                            }
                        }
                        for (power, sum) in powers.iter_mut().zip(of_class) {
                            *power = sum.mul_add(probability, *power);
                        }
                        logs = log.of(product).mul_add(probability, logs);
                    }
                }
                sums.log.add(logs * weight);
                sums.linear.iter_mut().zip(linear).for_each(|(sum, part)| sum.add(part * weight));
                let of_lane = LaneMoments::about(center, powers, B::F64::splat(certainty), weight);
                moments = Some(moments.map_or(of_lane, |moments| moments.merge(&of_lane)));
            }
            moments.into_iter().flat_map(LaneMoments::lanes).for_each(|moments| total.add_moments(moments));
        }
        sums
    }
}
