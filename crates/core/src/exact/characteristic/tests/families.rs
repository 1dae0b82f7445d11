//! What is not a plain logistic unit: tanh, softplus, and logistic units that know a gate.

use super::*;
use core::f64::consts::PI;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn tanh_is_that_of_every_mask() {
    let mut uniform = Uniform(1 << 20);
    for scale in [0.01, 0.3, 3.0, 30.0] {
        for kind in 0..15 {
            let units = random_unit(7, scale, kind, &mut uniform);
            let found = tanh::<Best>(&units)[0];
            assert_eq!(found.mean.to_bits(), tanh::<Scalar>(&units)[0].mean.to_bits());
            let [mean, variance, third, fourth] = Distribution::enumerated(&units, 0).moments(libm::tanh);
            let tolerance = found.error_bound + reference_error(7, 0.0);
            assert!((found.mean - mean).abs() <= tolerance && (found.variance - variance).abs() <= tolerance);
            assert!((found.third_moment - third).abs() <= 4.0 * tolerance);
            assert!((found.fourth_moment - fourth).abs() <= 4.0 * tolerance);
            let (least, largest) = units.extremes(0);
            assert_eq!((found.least, found.largest), (libm::tanh(least), libm::tanh(largest)));
            assert!(found.log_geometric_mean.is_nan());
        }
    }
}

#[test]
fn softplus_is_that_of_every_mask() {
    let mut uniform = Uniform(1 << 21);
    for scale in [0.01, 0.1, 1.0, 10.0, 100.0] {
        for kind in 0..15 {
            let mut units = random_unit(9, scale, kind, &mut uniform);
            units.constants[0] += [0.0, 60.0, -60.0, 5.0][kind % 4];
            let found = softplus::<Best>(&units)[0];
            assert_eq!(found.variance.to_bits(), softplus::<Scalar>(&units)[0].variance.to_bits());
            let [mean, variance, ..] = Distribution::enumerated(&units, 0).moments(activation::softplus);
            let largest = magnitude(&units, (1.0, 0.0));
            let reference = reference_error(9, largest);
            assert!((found.mean - mean).abs() <= found.error_bound + reference, "{found:?} {mean}");
            assert!((found.variance - variance).abs() <= found.error_bound + reference * (1.0 + largest));
            assert!(found.fourth_moment.is_nan() && found.variance >= 0.0);
        }
    }
}

/// `E[O | δ = 1]` for each gate, by enumeration without it.
fn known_gates(units: &AffineUnits, c: f64, lambda: f64) -> Vec<f64> {
    let mean = |gate: usize| {
        let mut rest = units.clone();
        rest.constants[0] += core::mem::take(&mut rest.coefficients[gate]);
        Distribution::enumerated(&rest, 0).expectation(|s| activation::logistic(lambda * s - c.ln()))
    };
    (0..units.gates()).map(mean).collect()
}

#[test]
fn conditional_means_are_those_of_every_mask() {
    let mut uniform = Uniform(1 << 22);
    for scale in [0.01, 0.1, 1.0, 5.0, 30.0] {
        for kind in 0..15 {
            let mut units = random_unit(8, scale, kind, &mut uniform);
            units.coefficients[5] = 0.0;
            let (c, lambda) = [(1.0, 1.0), (3.0, -0.5)][kind % 2];
            let found = conditional_means::<Best>(&units, 0, c, lambda);
            assert_eq!(found, conditional_means::<Scalar>(&units, 0, c, lambda));
            let whole = logistic::<Best>(&units, c, lambda)[0];
            let tolerance = whole.error_bound + reference_error(8, 0.0);
            for (gate, (found, expected)) in found.iter().zip(known_gates(&units, c, lambda)).enumerate() {
                assert!((found - expected).abs() <= tolerance, "gate {gate}: {found} {expected}");
                // E O = p E[O | 1] + q E[O | 0].
                let mut dropped = units.clone();
                dropped.coefficients[gate] = 0.0;
                let dropped = logistic::<Best>(&dropped, c, lambda)[0].mean;
                let total = units.keep[gate] * found + units.rate[gate] * dropped;
                assert!((total - whole.mean).abs() <= 2.0 * tolerance);
            }
        }
    }
}

/// At rate ½ a factor vanishes where the angle is π: `φ` says nothing about the others there.
#[test]
fn a_factor_may_be_zero_at_a_node() {
    let step = grid::step(13.0);
    let coefficient = PI / (2.5 * step);
    let units = one_unit(0.0, vec![coefficient, 1.5, -0.75], vec![0.5; 3]);
    let grid = grid::Grid::new(grid::step(coefficient + 1.5));
    let factor = 0.5 + 0.5 * (grid.nodes[2] * coefficient).cos();
    assert!(grid.step == step && factor < 1e-15, "the test must hit the zero");
    for (found, expected) in conditional_means::<Best>(&units, 0, 1.0, 1.0).iter().zip(known_gates(&units, 1.0, 1.0)) {
        assert!((found - expected).abs() < 1e-15);
    }
}

#[test]
fn nothing_to_know_about_a_unit_without_gates() {
    let units = one_unit(0.3, vec![0.0, 0.0], vec![0.5, 0.5]);
    assert_eq!(conditional_means::<Best>(&units, 0, 1.0, 1.0), vec![activation::logistic(0.3); 2]);
}
