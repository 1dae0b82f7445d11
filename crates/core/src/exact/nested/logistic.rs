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
//!    Masks of a class share divisions, too: `1/d = d′ · 1/(dd′)`. Two do, four where all masks of a block are equally likely and no
//!    product of four overflows: `2u` more for each activity.
//! 2. Where no `|X|` exceeds [`MOST_FACTORED`], `e^−X = Π e^−λw v` over the kept gates: one multiplication a mask and no
//!    exponential ([`factored`]). Its relative error, `3u` a gate, is an error of `X`, and `log G' = log G − E[X]`.
//! 3. Elsewhere ([`direct`]) `e^−|X|` is computed mask by mask, and `log O = min(X, 0) − log(1 + e^−|X|)`: nothing overflows, and a
//!    saturated unit keeps its logarithms.

mod classes;
mod masks;

use super::sums::{UnitTotals, extremes};
use super::terms::{AffineUnit, Lanes};
use crate::activation::logistic;
use crate::exact::lane_sum::LaneSum;
use crate::exact::plan::Purpose;
use crate::exact::weighted_moments::LaneMoments;
use crate::exponential64::{ExpNormal, LogNormal};
use classes::ClassSums;
pub use classes::Classes;
use masks::{Direct, Factored, Fours, Masks};
use thinned_lanes::{Backend, F64x2};

/// Products of `1 + e^−X` of two masks are finite, and so is any product of `e^−λw v` on the way to them.
pub const MOST_FACTORED: f64 = 300.0;
/// A product of divisors stays below `e` to this.
const LARGEST_EXPONENT: f64 = 700.0;

/// Pairs of lanes whose moments are merged one after the other.
const GROUP: usize = 16;

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
    /// How many moments are wanted.
    pub purpose: Purpose,
}

/// Sums over a block: `log` of the denominators, and the linear parts.
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
        let (least, scratch) = scratch.split_at_mut(lanes);
        let (largest, scratch) = scratch.split_at_mut(lanes);
        let factors = &mut scratch[..(1 + gates.len()) * lanes];
        unit.base::<B>(frame, gates.len(), high, lambda, shift, mean);
        least.copy_from_slice(mean);
        largest.copy_from_slice(mean);
        let (zero, exp) = (B::F64::splat(0.0), ExpNormal::<B>::held());
        let (first, changes) = factors.split_at_mut(lanes);
        for (x, factor) in mean.iter().zip(first) {
            exp.of(-B::F64::load(x)).store(factor);
        }
        for (gate, change) in changes.chunks_exact_mut(lanes).enumerate() {
            if !unit.change::<B>(frame, gate, lambda, change) {
                change.fill([1.0; 2]);
                continue;
            }
            let keep = B::F64::splat(gates[gate].0);
            for lane in 0..lanes {
                let x = B::F64::load(&change[lane]);
                let negative = x.less_than(zero);
                x.mul_add(keep, B::F64::load(&mean[lane])).store(&mut mean[lane]);
                (B::F64::load(&least[lane]) + x.select(zero, negative)).store(&mut least[lane]);
                (B::F64::load(&largest[lane]) + zero.select(x, negative)).store(&mut largest[lane]);
                exp.of(-x).store(&mut change[lane]);
            }
        }
        let most = (LARGEST_EXPONENT / libm::log1p(libm::exp(self.largest))) as usize;
        let one = B::F64::held(1.0);
        let in_fours = self.classes.common().is_some() && gates.len() >= 2 && most >= 4;
        let row = &mut values[..1 << (gates.len() - if in_fours { 2 } else { 0 })];
        let masks = Factored { one, factors, lanes, row, last: in_fours.then_some([one; 2]) };
        let sums = self.measure::<B>(masks, most, total);
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
        // No denominator exceeds 2.
        let most = (LARGEST_EXPONENT / core::f64::consts::LN_2) as usize;
        let sums = self.measure::<B>(Direct { lambda, shift, values, lanes: self.weights.len(), lane: 0 }, most, total);
        let (log, [below, above]) = (sums.log.total(), sums.linear.map(LaneSum::total));
        total.add_logarithms([below - log, -above - log]);
        let (least, largest) = extremes::<B>(values);
        total.add_extremes([least, largest].map(|s| logistic(lambda * s + shift)));
    }

    /// Adds as many moments as are wanted.
    fn measure<B: Backend>(&self, masks: impl Masks<B>, most: usize, total: &mut UnitTotals) -> Logarithms<B> {
        match self.purpose {
            Purpose::Report => self.moments::<B, 1>(masks, most, total),
            Purpose::CrossCheck => self.moments::<B, 3>(masks, most, total),
        }
    }

    /// Adds the moments of the activities, `P` central ones. In each lane they are taken about the activity of the likeliest mask:
    /// by the law of total variance `M_2` cancels at most the bits of one over its probability, which is that of at most
    /// [`BLOCK_GATES`] gates.
    ///
    /// [`BLOCK_GATES`]: super::levels::BLOCK_GATES
    #[inline(always)]
    fn moments<B: Backend, const P: usize>(
        &self,
        mut masks: impl Masks<B>,
        most: usize,
        total: &mut UnitTotals,
    ) -> Logarithms<B> {
        let mut sums = Logarithms::<B> { log: LaneSum::new(), linear: [LaneSum::new(); 2] };
        let (log, one) = (LogNormal::<B>::held(), B::F64::held(1.0));
        let common = self.classes.common().unwrap_or(f64::NAN);
        let certainty: f64 = self.classes.probabilities.iter().sum();
        let certainty = (B::F64::splat(certainty), B::F64::splat(1.0 / certainty));
        for (group, weights) in self.weights.chunks(GROUP).enumerate() {
            let mut moments: Option<LaneMoments<B, P>> = None;
            for (lane, weight) in weights.iter().enumerate() {
                let lane = group * GROUP + lane;
                let weight = B::F64::load(weight);
                masks.go_to(lane);
                let fours = masks.fours();
                // The first mask is as likely as any there.
                let (denominator, numerator) = masks.quotient(if fours.is_some() { 0 } else { self.classes.likeliest });
                let center = numerator / denominator;
                let mut powers = [B::F64::splat(0.0); 4];
                let mut logs = B::F64::splat(0.0);
                let mut linear = [B::F64::splat(0.0); 2];
                let mut add = |probability: f64, class: ClassSums<B>| {
                    let probability = B::F64::splat(probability);
                    for (sum, of_class) in powers.iter_mut().zip(class.powers) {
                        *sum = of_class.mul_add(probability, *sum);
                    }
                    for (sum, of_class) in linear.iter_mut().zip(class.linear) {
                        *sum = of_class.mul_add(probability, *sum);
                    }
                    logs = log.of(class.product).mul_add(probability, logs);
                };
                if let Some(Fours { row, last }) = fours {
                    for values in row.chunks(most / 4) {
                        let mut class = ClassSums::<B>::new();
                        values.iter().for_each(|v| class.add_four::<P>(B::F64::load(v), last, center, one));
                        add(common, class);
                    }
                } else {
                    for (probability, members) in self.classes.iter() {
                        for members in members.chunks(most) {
                            let mut class = ClassSums::<B>::new();
                            let (pairs, rest) = members.as_chunks::<2>();
                            pairs.iter().for_each(|&two| class.add_two::<P>(&masks, center, two, one));
                            rest.iter().for_each(|&mask| class.add_one::<P>(&masks, center, mask));
                            add(probability, class);
                        }
                    }
                }
                sums.log.add(logs * weight);
                sums.linear.iter_mut().zip(linear).for_each(|(sum, part)| sum.add(part * weight));
                let of_lane = LaneMoments::about(center, powers, certainty, weight);
                moments = Some(moments.map_or(of_lane, |moments| moments.merge(&of_lane)));
            }
            moments.into_iter().flat_map(LaneMoments::lanes).for_each(|moments| total.add_moments(moments));
        }
        sums
    }
}
