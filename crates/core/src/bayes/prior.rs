//! The L2 penalty that a prior is.
//!
//! Training minimises a mean loss per row with `λ·‖w‖²` added. With `N` rows and the loss `c` times the negative log-likelihood of a row, up
//! to a constant, `c/N` times the negative ELBO is that, with `λ = (c/N)·(l²/2)·E_q‖W‖²/‖w‖²`:
//!
//! | loss | likelihood of `D` outputs | `c` |
//! |---|---|---|
//! | half squared error `½‖y − ŷ‖²` (Gal and Ghahramani 2016, eq. 5) | `N(y; ŷ, I/τ)` | `1/τ` |
//! | meanSquaredError `‖y − ŷ‖²/D` | the same | `2/(τD)` |
//! | gaussianNegativeLogLikelihood, mean over `D` targets | `Π N(y; μ, e^s)` | `1/D` |
//! | binaryCrossentropy, mean over `D` outputs | Bernoulli | `1/D` |
//! | categoricalCrossentropy, sparse or not | categorical | `1` |
//!
//! So `λ = l²p/(2Nτ)` of the paper is that of the half squared error with standard scaling.

use super::weights::gated_weights;
use crate::error::Error;
use crate::gates::Scaling;
use crate::network::Graph;
use crate::train::loss::Loss;

/// A prior and a likelihood for `rows` observations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// `l`: weights have variance `l⁻²`.
    pub length_scale: f64,
    /// Precision of the noise; 1 where the likelihood has none.
    pub tau: f64,
    /// `N`.
    pub rows: f64,
}

/// `E_q[W²]/w²` of a stored weight `w` whose gate is kept with probability `keep`.
pub fn second_moment(keep: f64, scaling: Scaling) -> f64 {
    match scaling {
        Scaling::Standard => keep,
        Scaling::Inverted => 1.0 / keep,
    }
}

/// What the negative log-likelihood of a row is multiplied by to be the loss, `τ` times that of a squared error; `None` where the loss
/// is none.
pub fn loss_factor(loss: Loss, outputs: usize) -> Option<f64> {
    let outputs = outputs as f64;
    match loss {
        Loss::MeanSquaredError => Some(2.0 / outputs),
        Loss::GaussianNegativeLogLikelihood | Loss::BinaryCrossentropy => Some(1.0 / outputs),
        Loss::CategoricalCrossentropy | Loss::SparseCategoricalCrossentropy => Some(1.0),
        Loss::MeanAbsoluteError | Loss::Huber { .. } => None,
    }
}

impl Prior {
    /// `λ·τ`, given `c·τ` and `E_q‖W‖²/‖w‖²`, divided by one of its factors: by `τ` it is `λ`, by `λ` it is `τ`.
    ///
    /// It is 0 or infinite where it is beyond the range of numbers.
    pub fn weight_decay(self, loss_factor: f64, second_moment: f64, by: f64) -> f64 {
        product(&[loss_factor, self.length_scale, self.length_scale, second_moment, 0.5], &[self.rows, by])
    }

    /// `λ` of every parameter of a network trained by `loss`.
    ///
    /// # Errors
    /// `Range` where the loss is no likelihood, a layer has a penalty of its own or rates that differ, weights are not `M·diag(z)`, or
    /// single precision, in which steps are taken, does not hold `2λ`.
    pub fn penalties(self, graph: &Graph, loss: Loss) -> Result<Vec<f64>, Error> {
        let targets = loss.target_width(graph.nodes[graph.output].width);
        let factor = loss_factor(loss, targets).ok_or_else(no_likelihood)?;
        let mut penalties = vec![0.0; graph.parameters.len()];
        for gated in gated_weights(graph)? {
            let parameter = &graph.parameters[gated.parameter];
            let name = &graph.nodes[parameter.node].name;
            if parameter.penalty.l1 != 0.0 || parameter.penalty.l2 != 0.0 {
                return Err(Error::range(format!(
                    "Cannot fit with a prior: layer \"{name}\" has a regularizer of its own, one of them is wanted"
                )));
            }
            let moment = |gate: &Option<(usize, usize)>| {
                gate.map_or(1.0, |(site, gate)| {
                    let site = &graph.sites[site];
                    site.keep(gate) * site.kept_factor(gate) * site.kept_factor(gate)
                })
            };
            let first = gated.gates.first().map_or(1.0, moment);
            if gated.gates.iter().any(|gate| moment(gate) != first) {
                return Err(Error::range(format!(
                    "Cannot fit with a prior: the inputs of layer \"{name}\" have different rates, and an L2 penalty is one \
                     number; one rate is wanted"
                )));
            }
            let decay = self.weight_decay(factor, first, self.tau);
            if !(f32::MIN_POSITIVE..=f32::MAX).contains(&((2.0 * decay) as f32)) {
                return Err(self.unheld(decay, name, loss));
            }
            penalties[gated.parameter] = decay;
        }
        Ok(penalties)
    }

    /// The error of a `λ` that would be no penalty at all, or an infinite one.
    fn unheld(self, decay: f64, layer: &str, loss: Loss) -> Error {
        let Self { length_scale, tau, rows } = self;
        let noise = if loss == Loss::MeanSquaredError { format!(", prior.tau {tau:?}") } else { String::new() };
        Error::range(format!(
            "Cannot fit with a prior: prior.lengthScale {length_scale:?}{noise} and {rows} rows give layer \"{layer}\" the weight \
             decay {decay:.2e}, a number from 1e-38 to 1e38 is wanted, which float32 holds"
        ))
    }
}

/// A product of numbers above 0 over another, each taken apart into mantissa and power of two so that no step of it leaves the range.
fn product(above: &[f64], below: &[f64]) -> f64 {
    let (mut mantissa, mut exponent) = (1.0, 0);
    for (factors, over) in [(above, false), (below, true)] {
        for (part, power) in factors.iter().map(|&factor| libm::frexp(factor)) {
            mantissa = if over { mantissa / part } else { mantissa * part };
            exponent += if over { -power } else { power };
        }
    }
    libm::ldexp(mantissa, exponent)
}

/// The error of a loss that is no negative log-likelihood of the library.
pub fn no_likelihood() -> Error {
    Error::range(
        "Cannot find the likelihood of this loss: wanted \"meanSquaredError\", \"gaussianNegativeLogLikelihood\" or a cross-entropy",
    )
}
