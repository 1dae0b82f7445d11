//! What the units of the target add to their totals in a block of masks.

use super::activity::{activate_unit, log_sum_exp};
use super::logistic::{self, Classes, MOST_FACTORED};
use super::sums::UnitTotals;
use super::terms::{AffineUnit, Lanes};
use crate::activation::Activation;
use crate::exact::lane_sum::LaneSum;
use crate::exact::plan::Purpose;
use crate::exponential64::exp;
use thinned_lanes::{Backend, F64x2};

/// The masks of a block.
pub struct Block<'a> {
    /// Of the target, where it is a dense layer.
    pub activation: Option<Activation>,
    /// Masks of the gates that vary within the block.
    pub classes: &'a Classes,
    /// Probabilities of its lanes, `[lanes]`.
    pub fixed: &'a [[f64; 2]],
    /// Probabilities of its masks, `[masks, lanes]`.
    pub probabilities: &'a [[f64; 2]],
    /// The largest magnitude of an argument of the activation, in any subnetwork.
    pub largest: f64,
    /// How many moments are wanted.
    pub purpose: Purpose,
}

impl Block<'_> {
    /// A unit that is affine in the gates of the block, which keep with the first of `gates`, drop with the second.
    pub fn affine<B: Backend>(
        &self,
        unit: &AffineUnit,
        frame: Lanes,
        (gates, high): (&[(f64, f64)], u64),
        scratch: &mut [[f64; 2]],
        values: &mut [f64],
        total: &mut UnitTotals,
    ) {
        match self.logistic() {
            Some(logistic) if self.largest <= MOST_FACTORED => {
                logistic.factored::<B>(unit, frame, (gates, high), scratch, values.as_chunks_mut().0, total);
            }
            _ => {
                unit.values::<B>(frame, gates.len(), high, scratch, values);
                self.pre_activations::<B>(values, total);
            }
        }
    }

    /// A unit with these pre-activations, `[masks, lanes]`, which may become activities; no softmax.
    pub fn pre_activations<B: Backend>(&self, values: &mut [f64], total: &mut UnitTotals) {
        let values = values.as_chunks_mut().0;
        match self.logistic() {
            Some(logistic) => logistic.direct::<B>(values, total),
            None => {
                activate_unit::<B>(self.activation.unwrap_or(Activation::Linear), values);
                total.add_logarithms([f64::NAN; 2]);
                total.add::<B>(values, self.probabilities);
            }
        }
    }

    /// All units of a softmax layer with these pre-activations, `[units, masks, lanes]`.
    pub fn softmax<B: Backend>(
        &self,
        layer: &[f64],
        scratch: &mut [[f64; 2]],
        values: &mut [f64],
        totals: &mut [UnitTotals],
    ) {
        let sums = &mut scratch[..self.probabilities.len()];
        log_sum_exp::<B>(layer, sums);
        let values = values.as_chunks_mut().0;
        for (logits, total) in layer.chunks_exact(2 * sums.len()).zip(totals) {
            let mut logarithm = LaneSum::<B>::new();
            let logits = logits.as_chunks().0.iter().zip(&*sums).zip(self.probabilities);
            for (((logit, sum), p), value) in logits.zip(&mut *values) {
                let log = B::F64::load(logit) - B::F64::load(sum);
                logarithm.add(log * B::F64::load(p));
                exp::<B>(log).store(value);
            }
            total.add_logarithms([logarithm.total(), f64::NAN]);
            total.add::<B>(&values[..sums.len()], self.probabilities);
        }
    }

    fn logistic(&self) -> Option<logistic::Block<'_>> {
        let Some(Activation::Sigmoid { c, lambda }) = self.activation else { return None };
        let constants = (lambda, -libm::log(c));
        let (classes, largest, purpose) = (self.classes, self.largest, self.purpose);
        Some(logistic::Block { classes, weights: self.fixed, constants, largest, purpose })
    }
}
