//! `E[O | δ_i = 1]`: what a unit does on the average of the subnetworks that keep a gate, for each of its gates.
//!
//! It is what the expected dropout gradient of a unit is made of (THEORY §7: `−λ I_i p_i (t − E[O | δ_i = 1])`). Of a linear unit
//! `E O + a_i (1 − p_i)`; of a logistic unit from one characteristic function for all gates, of a tanh unit from
//! `tanh S = 2σ(2S) − 1`.

use crate::exact::affine::AffineUnits;
use crate::exact::characteristic::conditional_means;
use crate::exact::last_layer::Integral;
use thinned_lanes::Backend;

/// By gate; NaN where the unit reaches too far for the integral. `integral` is not that of softplus units.
pub fn given_gates<B: Backend>(integral: Integral, units: &AffineUnits, unit: usize) -> Vec<f64> {
    match integral {
        Integral::Logistic { c, lambda } => conditional_means::<B>(units, unit, c, lambda),
        Integral::Tanh => {
            conditional_means::<B>(units, unit, 1.0, 2.0).into_iter().map(|mean| 2.0 * mean - 1.0).collect()
        }
        Integral::Linear | Integral::Softplus => {
            let mean = units.expectation(unit);
            units.column(unit).zip(&units.rate).map(|(a, rate)| mean + a * rate).collect()
        }
    }
}
