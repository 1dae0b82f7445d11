//! Against the formulas by every mask, written out.

use crate::activation::{Activation, logistic};
use crate::dynamics::expected::{Method, expected};
use crate::dynamics::mean_field::{ensemble, weight_decay};
use crate::dynamics::unit::{Objective, Unit};
use thinned_lanes::Scalar;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn unit() -> Unit {
    Unit {
        weights: vec![0.8, -1.3, 0.4, 2.0, 0.7],
        carried: vec![1.5, 0.6, -2.0, 0.9, 0.0],
        rates: vec![0.5, 0.2, 0.7, 0.0, 0.4],
        bias: -0.3,
    }
}

/// Error, slope by the bias and by each weight, summed over all masks.
fn naive(unit: &Unit, objective: Objective, target: f64) -> (f64, f64, Vec<f64>) {
    let n = unit.weights.len();
    let (mut error, mut bias, mut weights) = (0.0, 0.0, vec![0.0; n]);
    for mask in 0..1u32 << n {
        let is_kept = |i: usize| mask >> i & 1 == 1;
        let probability: f64 = (0..n).map(|i| if is_kept(i) { 1.0 - unit.rates[i] } else { unit.rates[i] }).product();
        let s = unit.bias + (0..n).filter(|&i| is_kept(i)).map(|i| unit.weights[i] * unit.carried[i]).sum::<f64>();
        let point = objective.at(s, target);
        error += objective.factor * probability * point.error;
        bias += objective.factor * probability * point.first;
        for i in (0..n).filter(|&i| is_kept(i)) {
            weights[i] += objective.factor * probability * point.first * unit.carried[i];
        }
    }
    (error, bias, weights)
}

fn assert_close(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() < tolerance, "{found} is not {wanted}");
    }
}

#[test]
fn every_method_is_the_sum_over_all_masks() {
    let logistic = Activation::Sigmoid { c: 1.7, lambda: -0.8 };
    let cases = [
        (Activation::Linear, "halfSquaredError", Method::ClosedForm),
        (Activation::Linear, "meanSquaredError", Method::Enumeration),
        (logistic, "binaryCrossentropy", Method::Characteristic),
        (logistic, "binaryCrossentropy", Method::Enumeration),
        (logistic, "halfSquaredError", Method::Enumeration),
        (Activation::Tanh, "meanSquaredError", Method::Enumeration),
        (Activation::Gelu, "halfSquaredError", Method::Enumeration),
        (Activation::Relu, "halfSquaredError", Method::Enumeration),
    ];
    for (activation, loss, method) in cases {
        for target in [0.0, 0.3, 1.0] {
            let objective = Objective::parse(loss, activation, 3).unwrap();
            let (gradient, _) = expected::<Scalar>(&unit(), objective, target, method).unwrap();
            let (error, bias, weights) = naive(&unit(), objective, target);
            assert_close(&[gradient.error, gradient.bias], &[error, bias], 1e-13);
            assert_close(&gradient.weights, &weights, 1e-13);
        }
    }
}

#[test]
fn the_decay_of_a_linear_unit_is_the_difference_to_the_ensemble() {
    let objective = Objective::parse("", Activation::Linear, 1).unwrap();
    let (error, bias, weights) = naive(&unit(), objective, 2.0);
    let (ensemble, decay) = (ensemble(&unit(), objective, 2.0), weight_decay(&unit(), objective, 2.0));
    assert_close(&[ensemble.error + decay.error, ensemble.bias], &[error, bias], 1e-13);
    let sum: Vec<f64> = ensemble.weights.iter().zip(&decay.weights).map(|(a, b)| a + b).collect();
    assert_close(&sum, &weights, 1e-13);
}

#[test]
fn the_decay_is_largest_at_one_half() {
    let objective = Objective::parse("", Activation::Linear, 1).unwrap();
    let decay = |rate: f64| {
        let unit = Unit { weights: vec![2.0], carried: vec![3.0], rates: vec![rate], bias: 0.0 };
        weight_decay(&unit, objective, 0.0).weights[0]
    };
    assert_eq!(decay(0.5), 2.0 * 9.0 * 0.25);
    for rate in [0.0, 0.1, 0.4, 0.49, 0.51, 0.8] {
        assert!(decay(rate) < decay(0.5));
    }
}

#[test]
fn a_logistic_unit_without_a_live_gate_has_its_own_error() {
    let objective = Objective::parse("", Activation::Sigmoid { c: 1.0, lambda: 1.0 }, 1).unwrap();
    let silent = Unit { carried: vec![0.0; 5], ..unit() };
    let (gradient, mean) = expected::<Scalar>(&silent, objective, 1.0, Method::Characteristic).unwrap();
    assert_close(&[mean, gradient.error], &[logistic(-0.3), libm::log1p(libm::exp(0.3))], 1e-15);
    assert_eq!(gradient.weights, vec![0.0; 5]);
}

#[test]
fn a_saturated_unit_keeps_its_error() {
    let objective = Objective::parse("", Activation::Sigmoid { c: 1.0, lambda: 1.0 }, 1).unwrap();
    for (bias, target, wanted) in [(200.0, 0.0, 200.0), (-200.0, 1.0, 200.0), (200.0, 1.0, 0.0), (-200.0, 0.0, 0.0)] {
        let wide = Unit { weights: vec![1.0], carried: vec![2.0], rates: vec![0.5], bias };
        let (gradient, _) = expected::<Scalar>(&wide, objective, target, Method::Characteristic).unwrap();
        let moved = if wanted == 0.0 { 0.0 } else { bias.signum() };
        assert_close(&[gradient.error], &[wanted + moved], 1e-11);
    }
}

#[test]
fn what_is_beyond_the_integral_or_float64_is_refused() {
    let logistic = Objective::parse("", Activation::Sigmoid { c: 1.0, lambda: 1.0 }, 1).unwrap();
    let wide = Unit { weights: vec![6e5], carried: vec![6e5], rates: vec![0.5], bias: 0.0 };
    let error = expected::<Scalar>(&wide, logistic, 1.0, Method::Characteristic).unwrap_err();
    assert!(error.message.contains("reach beyond 400,000"), "{}", error.message);
    let (gradient, mean) = expected::<Scalar>(&wide, logistic, 1.0, Method::Enumeration).unwrap();
    assert_close(&[mean, gradient.error], &[0.75, 0.5 * core::f64::consts::LN_2], 1e-14);
    let linear = Objective::parse("", Activation::Linear, 1).unwrap();
    let huge = Unit { weights: vec![1e200], carried: vec![1e200], rates: vec![0.5], bias: 0.0 };
    assert!(expected::<Scalar>(&huge, linear, 1.0, Method::ClosedForm).is_err());
}

#[test]
fn more_gates_than_are_enumerated_are_refused() {
    let objective = Objective::parse("", Activation::Tanh, 1).unwrap();
    let wide = Unit { weights: vec![1.0; 21], carried: vec![1.0; 21], rates: vec![0.5; 21], bias: 0.0 };
    let error = expected::<Scalar>(&wide, objective, 0.0, Method::Enumeration).unwrap_err();
    assert_eq!(error.message, "Cannot enumerate an expected gradient: 21 gates reach a unit, wanted at most 20");
}
