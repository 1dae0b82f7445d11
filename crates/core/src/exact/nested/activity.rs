//! Activities from pre-activations in lanes, in double precision.

use crate::activation::Activation;
use crate::exponential64::{exp, exp_minus_one, log, sigmoid, softplus, tanh};
use thinned_lanes::{Backend, F64x2};

/// Replaces the pre-activations of units that share a softmax, `[units, lanes]`.
pub fn activate<B: Backend>(activation: Activation, layer: &mut [f64], lanes: usize, scratch: &mut [[f64; 2]]) {
    if activation == Activation::Softmax {
        let totals = &mut scratch[..lanes / 2];
        log_sum_exp::<B>(layer, totals);
        for unit in layer.chunks_exact_mut(lanes) {
            for (s, total) in unit.as_chunks_mut().0.iter_mut().zip(&*totals) {
                exp::<B>(B::F64::load(s) - B::F64::load(total)).store(s);
            }
        }
    } else {
        activate_unit::<B>(activation, layer.as_chunks_mut().0);
    }
}

/// Replaces pre-activations, where each unit is for itself.
pub fn activate_unit<B: Backend>(activation: Activation, values: &mut [[f64; 2]]) {
    let zero = B::F64::splat(0.0);
    match activation {
        Activation::Linear | Activation::Softmax => {}
        Activation::Relu => map::<B>(values, |s| zero.select(s, s.less_than(zero))),
        Activation::Sigmoid { c, lambda } => {
            let (lambda, shift) = (B::F64::splat(lambda), B::F64::splat(-libm::log(c)));
            map::<B>(values, |s| sigmoid::<B>(s.mul_add(lambda, shift)));
        }
        Activation::Tanh => map::<B>(values, tanh::<B>),
        Activation::LeakyRelu { alpha } => {
            map::<B>(values, |s| (s * B::F64::splat(alpha)).select(s, s.less_than(zero)));
        }
        Activation::Elu { alpha } => {
            map::<B>(values, |s| (exp_minus_one::<B>(s) * B::F64::splat(alpha)).select(s, s.less_than(zero)));
        }
        Activation::Softplus => map::<B>(values, softplus::<B>),
        // Its normal distribution has no vector form in double precision.
        Activation::Gelu => activation.apply_double(values.as_flattened_mut()),
    }
}

/// `log Σ_k e^(S_k)` over the units of `layer`, `[units, lanes]`, in each lane; shifted by the maximum.
pub fn log_sum_exp<B: Backend>(layer: &[f64], totals: &mut [[f64; 2]]) {
    let lanes = 2 * totals.len();
    for (pair, total) in totals.iter_mut().enumerate() {
        let units = || layer.chunks_exact(lanes).map(|unit| B::F64::load(&unit.as_chunks().0[pair]));
        let largest = units().fold(B::F64::splat(f64::NEG_INFINITY), |a, b| b.select(a, a.less_than(b)));
        let sum = units().fold(B::F64::splat(0.0), |sum, s| sum + exp::<B>(s - largest));
        (largest + log::<B>(sum)).store(total);
    }
}

#[inline(always)]
fn map<B: Backend>(values: &mut [[f64; 2]], function: impl Fn(B::F64) -> B::F64) {
    values.iter_mut().for_each(|pair| function(B::F64::load(pair)).store(pair));
}
