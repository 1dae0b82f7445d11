//! Dropout as variational inference (Gal and Ghahramani 2016): the prior behind an L2 penalty, the likelihood behind a loss, and the
//! divergence between the two distributions of the weights.
//!
//! The approximate posterior `q(W)` is `M·diag(z)`: weights `M` of which a gate `z`, kept with probability `p`, takes a row away. The prior
//! is `N(0, l⁻²)` for every weight and bias, `l` being the length-scale. As the width of the components of `q` goes to zero,
//!
//! `KL(q ‖ prior) = (l²/2)·E_q‖W‖² − Σ_gates H(p) + constant`,
//!
//! where `E_q‖W‖²` is `p‖M‖²` of gated weights, and of others their square. Of stored weights `w` a gate with standard scaling has `M = w`,
//! so that it is `p‖w‖²`; with inverted scaling `M = w/p`, so that it is `‖w‖²/p`.

pub mod covariance;
pub mod divergence;
pub mod heteroscedastic;
pub mod likelihood;
pub mod prior;
#[cfg(test)]
mod tests;
pub mod weights;
