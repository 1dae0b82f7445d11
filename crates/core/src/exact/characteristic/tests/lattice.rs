//! Hundreds of gates, against the distribution of their sum on a lattice.

use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const GATES: usize = 784;

/// Coefficients that are multiples of `spacing`; most of them zero in every third unit.
fn unit(spacing: f64, largest: f64, kind: usize, uniform: &mut Uniform) -> AffineUnits {
    let mut coefficients: Vec<f64> = (0..GATES).map(|_| uniform.multiple(spacing, largest)).collect();
    if kind % 3 == 2 {
        coefficients.iter_mut().for_each(|a| *a *= f64::from(u8::from(uniform.next() < 0.2)));
    }
    one_unit(uniform.multiple(spacing, 2.0), coefficients, rates(kind, GATES, uniform))
}

#[test]
fn statistics_are_those_of_the_lattice() {
    let mut uniform = Uniform(1 << 18);
    // From narrow units, all of whose gates are in the polynomial, to characteristic functions that come back at
    // multiples of 2π.
    for (spacing, largest) in [(0.001_953_125, 0.007_812_5), (0.015_625, 0.25), (0.125, 4.0), (1.0, 30.0)] {
        for kind in 0..6 {
            let units = unit(spacing, largest, kind, &mut uniform);
            let found = logistic::<Best>(&units, 1.0, 1.0)[0];
            assert_eq!(found, logistic::<Scalar>(&units, 1.0, 1.0)[0]);
            let expected = Distribution::on_lattice(&units, 0, spacing).logistic(1.0, 1.0);
            agree(&found, &expected, 16, magnitude(&units, (1.0, 0.0)));
        }
    }
}

#[test]
fn conditional_means_are_those_of_the_lattice() {
    let mut uniform = Uniform(1 << 19);
    for (spacing, largest) in [(0.015_625, 0.25), (0.125, 4.0)] {
        for kind in [0, 2, 4] {
            let mut units = unit(spacing, largest, kind, &mut uniform);
            let found = conditional_means::<Best>(&units, 0, 1.0, 1.0);
            let bound = logistic::<Best>(&units, 1.0, 1.0)[0].error_bound + reference_error(16, 0.0);
            for gate in (0..GATES).step_by(97) {
                let coefficient = core::mem::take(&mut units.coefficients[gate]);
                let rest = Distribution::on_lattice(&units, 0, spacing);
                let expected = rest.expectation(|s| activation::logistic(s + coefficient));
                assert!((found[gate] - expected).abs() <= bound, "{} {expected}", found[gate]);
                units.coefficients[gate] = coefficient;
            }
        }
    }
}
