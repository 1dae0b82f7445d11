//! Activations with their first two derivatives, in double precision.

use crate::activation::{Activation, logistic};
use crate::normal::distribution;

/// An activation at one `S`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slopes {
    /// `f`.
    pub value: f64,
    /// `f′`; at a kink that of the left side, as in training.
    pub first: f64,
    /// `f″`; at a kink that of the left side.
    pub second: f64,
}

/// `f(S)`, `f′(S)`, `f″(S)` of an activation of single units; a softmax is none, and NaN.
pub fn slopes(activation: Activation, s: f64) -> Slopes {
    let (first, second) = match activation {
        Activation::Linear => (1.0, 0.0),
        Activation::Relu => (if s > 0.0 { 1.0 } else { 0.0 }, 0.0),
        Activation::LeakyRelu { alpha } => (if s > 0.0 { 1.0 } else { alpha }, 0.0),
        Activation::Elu { alpha } if s <= 0.0 => (alpha * libm::exp(s), alpha * libm::exp(s)),
        Activation::Elu { .. } => (1.0, 0.0),
        Activation::Sigmoid { c, lambda } => {
            let o = logistic(lambda * s - libm::log(c));
            let slope = lambda * o * (1.0 - o);
            (slope, lambda * slope * (1.0 - 2.0 * o))
        }
        Activation::Tanh => {
            let o = libm::tanh(s);
            (1.0 - o * o, -2.0 * o * (1.0 - o * o))
        }
        Activation::Softplus => {
            let o = logistic(s);
            (o, o * (1.0 - o))
        }
        Activation::Gelu => {
            let density = libm::exp(-0.5 * s * s) / (2.0 * core::f64::consts::PI).sqrt();
            (distribution(s) + s * density, (2.0 - s * s) * density)
        }
        Activation::Softmax => (f64::NAN, f64::NAN),
    };
    let mut value = [s];
    if activation != Activation::Softmax {
        activation.apply_double(&mut value);
    } else {
        value = [f64::NAN];
    }
    Slopes { value: value[0], first, second }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn derivatives_are_those_of_finite_differences() {
        let activations = [
            Activation::Linear,
            Activation::Relu,
            Activation::LeakyRelu { alpha: 0.1 },
            Activation::Elu { alpha: 1.5 },
            Activation::Sigmoid { c: 2.0, lambda: -1.5 },
            Activation::Tanh,
            Activation::Softplus,
            Activation::Gelu,
        ];
        let step = 1e-5;
        for activation in activations {
            for s in [-3.0, -0.7, 0.4, 2.5] {
                let at = |s| slopes(activation, s);
                let (below, here, above) = (at(s - step), at(s), at(s + step));
                let difference = |low: f64, high: f64| (high - low) / (2.0 * step);
                assert!((difference(below.value, above.value) - here.first).abs() < 1e-9, "{activation:?} at {s}");
                assert!((difference(below.first, above.first) - here.second).abs() < 1e-9, "{activation:?} at {s}");
            }
        }
    }

    #[test]
    fn slopes_at_a_kink_are_those_of_training() {
        for activation in [Activation::Relu, Activation::LeakyRelu { alpha: 0.1 }, Activation::Elu { alpha: 2.0 }] {
            let mut gradient = [1.0];
            activation.backward(&[0.0], &mut gradient, 1);
            assert_eq!(slopes(activation, 0.0).first as f32, gradient[0], "{activation:?}");
        }
    }
}
