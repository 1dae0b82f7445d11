//! What a dense layer does to its pre-activations `S`, in single and in double precision.

use crate::error::Error;
use crate::exponential::{exp, exp_minus_one, gelu, sigmoid, softplus as softplus_single, tanh};
use crate::normal::distribution;
use thinned_lanes::{Backend, F32x4};

/// An activation function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// `O = S`.
    Linear,
    /// `O = max(S, 0)`.
    Relu,
    /// `O = 1 / (1 + c·e^(−λS))`: the logistic unit of Baldi and Sadowski 2013, §3.1; `c = λ = 1` is the plain sigmoid.
    Sigmoid {
        /// Positive.
        c: f64,
        /// Any finite number but 0.
        lambda: f64,
    },
    /// `O = tanh S`.
    Tanh,
    /// `O = S` above 0, `αS` below (Maas et al. 2013).
    LeakyRelu {
        /// Not negative.
        alpha: f64,
    },
    /// `O = S` above 0, `α(e^S − 1)` below (Clevert et al. 2016).
    Elu {
        /// Positive.
        alpha: f64,
    },
    /// `O = S·Φ(S)` (Hendrycks and Gimpel 2016), exactly, not by its approximation with a tanh.
    Gelu,
    /// `O = log(1 + e^S)`.
    Softplus,
    /// `O_k = e^(S_k) / Σ_j e^(S_j)` over all units of the layer.
    Softmax,
}

impl Activation {
    /// The activation of this name; `c` and `lambda` concern the sigmoid alone, but for `c`, the `α` of a leaky ReLU or ELU.
    ///
    /// # Errors
    /// `Type` for an unknown name, `Range` for `c` not positive or `lambda` zero or not finite.
    pub fn parse(name: &str, c: f64, lambda: f64) -> Result<Self, Error> {
        match name {
            "linear" => Ok(Self::Linear),
            "relu" => Ok(Self::Relu),
            "tanh" => Ok(Self::Tanh),
            "softmax" => Ok(Self::Softmax),
            "gelu" => Ok(Self::Gelu),
            "softplus" => Ok(Self::Softplus),
            "leakyRelu" if c >= 0.0 && (c as f32).is_finite() => Ok(Self::LeakyRelu { alpha: c }),
            "elu" if c > 0.0 && (c as f32).is_finite() => Ok(Self::Elu { alpha: c }),
            "leakyRelu" | "elu" => Err(Error::range(format!(
                "Cannot make a {name}: alpha is {c}, wanted a positive number that float32 can hold"
            ))),
            "sigmoid" if !(c > 0.0 && c.is_finite()) => {
                Err(Error::range(format!("Cannot make a sigmoid: c is {c}, wanted a positive finite number")))
            }
            "sigmoid" if !(lambda as f32 != 0.0 && (lambda as f32).is_finite()) => Err(Error::range(format!(
                "Cannot make a sigmoid: lambda is {lambda}, wanted a number other than 0 that float32 can hold"
            ))),
            "sigmoid" => Ok(Self::Sigmoid { c, lambda }),
            _ => Err(Error::word(format!(
                "Cannot find activation \"{name}\", wanted \"linear\", \"relu\", \"leakyRelu\", \"elu\", \"gelu\", \
                 \"sigmoid\", \"tanh\", \"softplus\" or \"softmax\""
            ))),
        }
    }

    /// The name that [`Activation::parse`] takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::Sigmoid { .. } => "sigmoid",
            Self::Tanh => "tanh",
            Self::LeakyRelu { .. } => "leakyRelu",
            Self::Elu { .. } => "elu",
            Self::Gelu => "gelu",
            Self::Softplus => "softplus",
            Self::Softmax => "softmax",
        }
    }

    /// The largest slope, and for softmax that of any unit by any pre-activation of its row.
    pub fn lipschitz(self) -> f64 {
        match self {
            Self::Linear | Self::Relu | Self::Tanh | Self::Softplus => 1.0,
            Self::LeakyRelu { alpha } | Self::Elu { alpha } => alpha.max(1.0),
            Self::Gelu => 1.129, // at S = √2
            Self::Sigmoid { lambda, .. } => 0.25 * lambda.abs(),
            Self::Softmax => 0.5,
        }
    }

    /// Replaces pre-activations `[rows, width]` by activities.
    pub fn apply<B: Backend>(self, values: &mut [f32], width: usize) {
        match self {
            Self::Linear => {}
            Self::Relu => map::<B>(values, |s| s.max_or_self(B::F32::splat(0.0))),
            Self::Sigmoid { c, lambda } => {
                let (slope, shift) = (B::F32::splat(lambda as f32), B::F32::splat(-libm::log(c) as f32));
                map_large::<B>(values, |s| sigmoid::<B>(s.mul_add(slope, shift)));
            }
            Self::Tanh => map_large::<B>(values, tanh::<B>),
            Self::LeakyRelu { alpha } => {
                let (slope, zero) = (B::F32::splat(alpha as f32), B::F32::splat(0.0));
                map::<B>(values, |s| (s * slope).select(s, s.less_than(zero)));
            }
            Self::Elu { alpha } => {
                let (slope, zero) = (B::F32::splat(alpha as f32), B::F32::splat(0.0));
                map_large::<B>(values, |s| (exp_minus_one::<B>(s) * slope).select(s, s.less_than(zero)));
            }
            Self::Gelu => map_large::<B>(values, gelu::<B>),
            Self::Softplus => map_large::<B>(values, softplus_single::<B>),
            Self::Softmax => values.chunks_exact_mut(width).for_each(softmax::<B>),
        }
    }

    /// Replaces pre-activations of one row by activities, in double precision.
    pub fn apply_double(self, values: &mut [f64]) {
        match self {
            Self::Linear => {}
            Self::Relu => values.iter_mut().for_each(|s| *s = if *s < 0.0 { 0.0 } else { *s }),
            Self::Sigmoid { c, lambda } => {
                let shift = libm::log(c);
                values.iter_mut().for_each(|s| *s = logistic(lambda * *s - shift));
            }
            Self::Tanh => values.iter_mut().for_each(|s| *s = libm::tanh(*s)),
            Self::LeakyRelu { alpha } => values.iter_mut().for_each(|s| *s = if *s < 0.0 { alpha * *s } else { *s }),
            Self::Elu { alpha } => {
                values.iter_mut().for_each(|s| *s = if *s < 0.0 { alpha * libm::expm1(*s) } else { *s });
            }
            Self::Gelu => values.iter_mut().for_each(|s| *s *= distribution(*s)),
            Self::Softplus => values.iter_mut().for_each(|s| *s = softplus(*s)),
            Self::Softmax => {
                let log_sum = log_sum_exp(values);
                values.iter_mut().for_each(|s| *s = libm::exp(*s - log_sum));
            }
        }
    }

    /// Whether [`Activation::backward`] wants pre-activations, because activities do not tell the slope.
    pub fn is_ambiguous(self) -> bool {
        self == Self::Gelu
    }

    /// Turns the gradient by activities `[rows, width]` into the gradient by pre-activations, given the activities, or
    /// the pre-activations where [`Activation::is_ambiguous`].
    pub fn backward(self, activities: &[f32], gradient: &mut [f32], width: usize) {
        let pairs = gradient.iter_mut().zip(activities);
        match self {
            Self::Linear => {}
            Self::Relu => pairs.for_each(|(g, &o)| *g = if o > 0.0 { *g } else { 0.0 }),
            Self::Sigmoid { lambda, .. } => pairs.for_each(|(g, &o)| *g *= lambda as f32 * o * (1.0 - o)),
            Self::Tanh => pairs.for_each(|(g, &o)| *g *= 1.0 - o * o),
            Self::LeakyRelu { alpha } => pairs.for_each(|(g, &o)| *g *= if o > 0.0 { 1.0 } else { alpha as f32 }),
            Self::Elu { alpha } => pairs.for_each(|(g, &o)| *g *= if o > 0.0 { 1.0 } else { o + alpha as f32 }),
            Self::Gelu => pairs.for_each(|(g, &s)| {
                let s = f64::from(s);
                let density = libm::exp(-0.5 * s * s)
                    * (0.5 * core::f64::consts::FRAC_1_SQRT_2 * core::f64::consts::FRAC_2_SQRT_PI);
                *g *= (distribution(s) + s * density) as f32;
            }),
            // The slope is σ(S) = 1 − e^−O.
            Self::Softplus => pairs.for_each(|(g, &o)| *g *= -libm::expm1f(-o)),
            Self::Softmax => {
                let rows = gradient.chunks_exact_mut(width).zip(activities.chunks_exact(width));
                rows.for_each(|(gradient, activities)| {
                    let mean: f32 = gradient.iter().zip(activities).map(|(g, o)| g * o).sum();
                    gradient.iter_mut().zip(activities).for_each(|(g, o)| *g = o * (*g - mean));
                });
            }
        }
    }
}

/// `1 / (1 + e^-x)` without loss at either end.
pub fn logistic(x: f64) -> f64 {
    let decayed = libm::exp(-x.abs());
    (if x < 0.0 { decayed } else { 1.0 }) / (1.0 + decayed)
}

/// `log(1 + e^x)` without overflow; `log σ(x) = −softplus(−x)`.
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// `log Σ e^x`, shifted by the maximum.
pub fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + libm::log(values.iter().map(|value| libm::exp(value - largest)).sum())
}

/// The same for functions of some size, of which one copy is enough: the rest goes round the loop once more.
#[inline(always)]
fn map_large<B: Backend>(values: &mut [f32], function: impl Fn(B::F32) -> B::F32) {
    let (quads, rest) = values.as_chunks_mut::<4>();
    let mut last = [0.0; 4];
    last[..rest.len()].copy_from_slice(rest);
    for index in 0..quads.len() + usize::from(!rest.is_empty()) {
        let quad = quads.get_mut(index).unwrap_or(&mut last);
        function(B::F32::load(quad)).store(quad);
    }
    rest.copy_from_slice(&last[..rest.len()]);
}

#[inline(always)]
fn map<B: Backend>(values: &mut [f32], function: impl Fn(B::F32) -> B::F32) {
    // Two vectors a turn: engines make the constants of a function anew for every use, here for every other.
    let both = |eight: &mut [f32; 8]| {
        let quads = eight.as_chunks_mut::<4>().0;
        quads.iter_mut().for_each(|quad| function(B::F32::load(quad)).store(quad));
    };
    let (eights, rest) = values.as_chunks_mut::<8>();
    eights.iter_mut().for_each(both);
    if !rest.is_empty() {
        let mut eight = [0.0; 8];
        eight[..rest.len()].copy_from_slice(rest);
        both(&mut eight);
        rest.copy_from_slice(&eight[..rest.len()]);
    }
}

/// One row, shifted by its maximum so that no exponential overflows.
fn softmax<B: Backend>(row: &mut [f32]) {
    // NaN stays in front, so that a diverged row shows.
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, |a, b| if a >= b { a } else { b });
    map_large::<B>(row, |s| exp::<B>(s - B::F32::splat(largest)));
    let sum: f32 = row.iter().sum();
    map::<B>(row, |e| e / B::F32::splat(sum));
}
