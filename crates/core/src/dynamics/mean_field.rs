//! The ensemble of all subnetworks as one unit, and the weight decay that dropout adds to its gradient.

use crate::dynamics::unit::{Objective, Point, Unit};

/// An error and its gradient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradient {
    /// The error.
    pub error: f64,
    /// By the bias.
    pub bias: f64,
    /// By the weights as they are stored.
    pub weights: Vec<f64>,
}

/// `E_ENS` and its gradient `p_i z_i g(S_ENS)` (Baldi and Sadowski 2013, eq. 23 and 25): the error of the weight-scaled unit.
///
/// For logistic units with cross-entropy it is the error of the normalised geometric mean, `σ(E S)`.
pub fn ensemble(unit: &Unit, objective: Objective, target: f64) -> Gradient {
    let Point { error, first, .. } = objective.at(unit.expectation(), target);
    let factor = objective.factor;
    let inputs = unit.carried.iter().zip(&unit.rates);
    Gradient {
        error: factor * error,
        bias: factor * first,
        weights: inputs.map(|(z, rate)| factor * first * z * (1.0 - rate)).collect(),
    }
}

/// The adaptive weight decay: `½ g′(S_ENS) Σ w² z² p(1 − p)` and `g′(S_ENS) w_i z_i² p_i(1 − p_i)` (eq. 27, 28 and 30).
///
/// `g′` counts as constant. Of a linear unit with half the squared error it is 1, and the decay is what the expected error and
/// gradient have beyond those of the ensemble, exactly; elsewhere it is their second order. With standard scaling it is largest
/// at `p = ½`.
pub fn weight_decay(unit: &Unit, objective: Objective, target: f64) -> Gradient {
    let curvature = objective.factor * objective.at(unit.expectation(), target).second;
    let terms = unit.weights.iter().zip(&unit.carried).zip(&unit.rates);
    let weights: Vec<f64> = terms.map(|((w, z), rate)| curvature * w * z * z * (rate * (1.0 - rate))).collect();
    let error = 0.5 * weights.iter().zip(&unit.weights).map(|(slope, w)| slope * w).sum::<f64>();
    Gradient { error, bias: 0.0, weights }
}

/// The sum of both: eq. 27 and 28, exact, of a linear unit with a squared error; eq. 30 of logistic units with cross-entropy; the first
/// order of `g` about `S_ENS` of any other.
pub fn approximation(unit: &Unit, objective: Objective, target: f64) -> Gradient {
    let Gradient { error, bias, weights } = ensemble(unit, objective, target);
    let decay = weight_decay(unit, objective, target);
    let weights = weights.iter().zip(&decay.weights).map(|(slope, decay)| slope + decay).collect();
    Gradient { error: error + decay.error, bias, weights }
}
