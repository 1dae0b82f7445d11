//! `E[O | δ_i = 1]`: what a unit does on the average of the subnetworks that keep a gate, for each of its gates.
//!
//! It is what the expected dropout gradient of a unit is made of (THEORY §7: `−λ I_i p_i (t − E[O | δ_i = 1])`). Of a linear unit
//! `E O + a_i (1 − p_i)`; of a logistic unit from one characteristic function for all gates, of a tanh unit from
//! `tanh S = 2σ(2S) − 1`.

use crate::exact::affine::AffineUnits;
use crate::exact::characteristic::{ConditionalMeans, MOST_PRODUCTS};
use crate::exact::closed_form;
use crate::exact::last_layer::Integral;
use thinned_lanes::Backend;

/// The means of one unit, under way.
pub enum GivenGates<B: Backend> {
    /// By gate, and how far they can be off.
    Linear(Vec<f64>, f64),
    /// Those of `σ(X)`.
    Logistic(Box<ConditionalMeans<B>>),
    /// The same, for `2σ(X) − 1`.
    Tanh(Box<ConditionalMeans<B>>),
}

impl<B: Backend> GivenGates<B> {
    /// Of one of `units`; nothing where it reaches too far for the integral, nor of softplus units.
    pub fn new(integral: Integral, units: &AffineUnits, unit: usize) -> Option<Self> {
        let means = |c, lambda| ConditionalMeans::new(units, unit, c, lambda).map(Box::new);
        match integral {
            Integral::Logistic { c, lambda } => means(c, lambda).map(Self::Logistic),
            Integral::Tanh => means(1.0, 2.0).map(Self::Tanh),
            Integral::Softplus => None,
            Integral::Linear => {
                let mean = units.expectation(unit);
                let means = units.column(unit).zip(&units.rate).map(|(a, rate)| mean + a * rate).collect();
                Some(Self::Linear(means, closed_form::selected(units, unit..unit + 1)[0].error_bound))
            }
        }
    }

    /// How far the means can be off.
    pub fn error_bound(&self) -> f64 {
        match self {
            Self::Linear(_, bound) => *bound,
            Self::Logistic(means) => means.error_bound(),
            Self::Tanh(means) => 4.0 * means.error_bound(),
        }
    }

    /// Works for some ten milliseconds; returns whether little is left.
    pub fn step(&mut self) -> bool {
        match self {
            Self::Linear(..) => true,
            // A gate that is left out costs several products.
            Self::Logistic(means) | Self::Tanh(means) => means.step(MOST_PRODUCTS / 4),
        }
    }

    /// The means by gate.
    pub fn finish(self) -> Vec<f64> {
        match self {
            Self::Linear(means, _) => means,
            Self::Logistic(means) => means.finish(),
            Self::Tanh(means) => means.finish().into_iter().map(|mean| 2.0 * mean - 1.0).collect(),
        }
    }
}
