//! Learning dynamics of one layer of units over gated inputs: what a step of dropout training is in the mean
//! (Baldi and Sadowski 2013, §5, as corrected by direct computation).
//!
//! With `S = b + Σ w_i z_i δ_i`, `z_i` what an open gate lets through (the input, with inverted scaling divided by its keep
//! probability), and `g(S) = ∂E_D/∂S` the slope of the error:
//!
//! | quantity | formula |
//! |---|---|
//! | sampled gradient (eq. 26, 29) | `∂E_D/∂w_i = g(S) z_i δ_i` |
//! | expected gradient, exact | `E ∂E_D/∂w_i = p_i z_i E[g(S) \| δ_i = 1]` |
//! | of the ensemble (eq. 25), `S_ENS = E S` | `∂E_ENS/∂w_i = p_i z_i g(S_ENS)` |
//! | adaptive weight decay | `g′(S_ENS) w_i z_i² p_i(1 − p_i)` |
//!
//! A linear unit with `½(t − O)²` has `g′ = 1`, and the expected gradient is exactly the sum of the last two (eq. 27); its
//! expected error is `E_ENS + ½ Σ w² z² p(1 − p)` (eq. 28). For a logistic unit with cross-entropy `g = λ(O − t)`,
//! `g′ = λ² O(1 − O)`, and the sum is the approximation of eq. 30: the Taylor series of `g` about `S_ENS`, of which any
//! activation has one.
//!
//! [`unit`] is a unit over one row and what it is to minimise, [`mean_field`] the ensemble and the weight decay, [`expected`] the exact
//! expectations, [`layer`] finds the units in a network, [`run`] takes rows through them.

pub mod expected;
pub mod layer;
pub mod mean_field;
pub mod run;
pub mod slope;
#[cfg(test)]
mod tests;
pub mod unit;
