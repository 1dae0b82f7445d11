//! Rules that move the parameters along their gradients, as PyTorch states them.
//!
//! `η` is the learning rate of the step, `g` the gradient, `t` the number of the step from 1. Where Keras states a rule
//! otherwise the rule says so; both run the same course unless `ε` matters or `η` changes.

use crate::error::Error;

/// A rule and its settings, without the learning rate and the momentum, which change from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// `v ← μ·v + g`, `w ← w − η·v`; with Nesterov's lookahead `w ← w − η·(g + μ·v)`.
    ///
    /// Keras keeps `η·v` in place of `v`, so that a change of `η` reaches it a little later.
    Sgd {
        /// Nesterov's lookahead (Sutskever et al. 2013).
        nesterov: bool,
    },
    /// Kingma and Ba 2015, algorithm 1: `w ← w − η·m̂/(√v̂ + ε)` with bias-corrected moments.
    ///
    /// Keras adds its `ε` before the correction, to `√v` (the paper's `ε̂`). With `weight_decay` it is AdamW (Loshchilov
    /// and Hutter 2019): first `w ← (1 − η·λ)·w`.
    Adam {
        /// Decay of the first moment, in [0, 1).
        beta_1: f64,
        /// Decay of the second moment, in [0, 1).
        beta_2: f64,
        /// `ε`, positive.
        epsilon: f64,
        /// `λ`, at least 0.
        weight_decay: f64,
    },
    /// `s ← ρ·s + (1 − ρ)·g²`, `v ← μ·v + g/(√s + ε)`, `w ← w − η·v` (Tieleman and Hinton 2012); centred:
    /// `√(s − a²)` in place of `√s`, with `a ← ρ·a + (1 − ρ)·g`.
    ///
    /// Keras adds `ε` under the root, and keeps `η·v` in place of `v`.
    RmsProp {
        /// `ρ`, in [0, 1).
        rho: f64,
        /// `ε`, positive.
        epsilon: f64,
        /// Whether the mean gradient is taken off.
        centered: bool,
    },
    /// `s ← s + g²`, `w ← w − η·g/(√s + ε)`, from `s = initial` (Duchi, Hazan and Singer 2011).
    ///
    /// Keras adds `ε` under the root.
    Adagrad {
        /// Where `s` starts, at least 0.
        initial: f64,
        /// `ε`, positive.
        epsilon: f64,
    },
}

impl Optimizer {
    /// The rule of this name with its settings in the order of the fields.
    pub fn parse(name: &str, settings: &[f64]) -> Result<Self, Error> {
        let is_on = |value: f64| value != 0.0;
        let optimizer = match (name, settings) {
            ("sgd", &[nesterov]) => Self::Sgd { nesterov: is_on(nesterov) },
            ("adam", &[beta_1, beta_2, epsilon, weight_decay]) => {
                check(name, &[epsilon], &[beta_1, beta_2], &[weight_decay])?;
                Self::Adam { beta_1, beta_2, epsilon, weight_decay }
            }
            ("rmsprop", &[rho, epsilon, centered]) => {
                check(name, &[epsilon], &[rho], &[])?;
                Self::RmsProp { rho, epsilon, centered: is_on(centered) }
            }
            ("adagrad", &[initial, epsilon]) => {
                check(name, &[epsilon], &[], &[initial])?;
                Self::Adagrad { initial, epsilon }
            }
            _ => {
                return Err(Error::word(format!(
                    "Cannot find optimizer \"{name}\" with {} settings, wanted \"sgd\" with 1, \"adam\" with 4, \
                     \"rmsprop\" with 3 or \"adagrad\" with 2",
                    settings.len()
                )));
            }
        };
        Ok(optimizer)
    }

    /// What each number that the rule remembers of a weight starts from; `momentum` says whether there is any.
    pub fn memory(self, momentum: bool) -> Vec<f32> {
        match self {
            Self::Sgd { .. } => vec![0.0; usize::from(momentum)],
            Self::Adam { .. } => vec![0.0; 2],
            // Mean square, momentum and mean: all, or the first alone.
            Self::RmsProp { centered, .. } => vec![0.0; if momentum || centered { 3 } else { 1 }],
            Self::Adagrad { initial, .. } => vec![initial as f32],
        }
    }
}

fn check(name: &str, positive: &[f64], fractions: &[f64], at_least_0: &[f64]) -> Result<(), Error> {
    let refuse = |value: &f64, wanted| {
        Err(Error::range(format!("Cannot use optimizer \"{name}\" with {value}, wanted {wanted}")))
    };
    if let Some(value) = positive.iter().find(|value| !(**value as f32 > 0.0 && (**value as f32).is_finite())) {
        return refuse(value, "a positive number that float32 can hold");
    }
    if let Some(value) = fractions.iter().find(|value| !(**value >= 0.0 && (**value as f32) < 1.0)) {
        return refuse(value, "a number in [0, 1), in float32 too");
    }
    match at_least_0.iter().find(|value| !(**value >= 0.0 && (**value as f32).is_finite())) {
        Some(value) => refuse(value, "a number of at least 0 that float32 can hold"),
        None => Ok(()),
    }
}
