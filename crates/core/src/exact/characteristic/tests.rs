mod distribution;
mod families;
mod lattice;

use super::*;
use crate::activation;
use distribution::{Distribution, Uniform};
use thinned_lanes::{Best, Scalar};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Roundings of the reference: products of `n` probabilities, sums of terms as large as `1 + |X|`.
fn reference_error(gates: usize, magnitude: f64) -> f64 {
    f64::EPSILON * (gates as f64 / 4.0 + 2.0) * (1.0 + magnitude / 4.0)
}

fn one_unit(constant: f64, coefficients: Vec<f64>, rate: Vec<f64>) -> AffineUnits {
    let keep = rate.iter().map(|rate| 1.0 - rate).collect();
    AffineUnits { keep, rate, constants: vec![constant], coefficients }
}

/// Rates of `n` gates: a half, a quarter, next to 0 and to 1, each its own, at 0 and at 1.
fn rates(kind: usize, gates: usize, uniform: &mut Uniform) -> Vec<f64> {
    let mut rate = || match kind % 6 {
        0 => 0.5,
        1 => 0.25,
        2 => 1e-6,
        3 => 1.0 - 1e-6,
        4 => (1.0 + (62.0 * uniform.next()).floor()) / 64.0,
        _ => (2.0 * uniform.next()).round() / 2.0,
    };
    (0..gates).map(|_| rate()).collect()
}

/// A unit whose sums are exact.
fn random_unit(gates: usize, scale: f64, kind: usize, uniform: &mut Uniform) -> AffineUnits {
    let coefficients = (0..gates).map(|_| uniform.multiple(scale / 4096.0, scale)).collect();
    one_unit(uniform.multiple(scale / 4096.0, scale.min(2.0)), coefficients, rates(kind, gates, uniform))
}

fn magnitude(units: &AffineUnits, (slope, shift): (f64, f64)) -> f64 {
    let (least, largest) = units.extremes(0);
    f64::max((slope * least + shift).abs(), (slope * largest + shift).abs())
}

/// That all statistics are within the bound and what the reference can be off.
fn agree(found: &UnitStatistics, expected: &UnitStatistics, gates: usize, magnitude: f64) {
    let (plain, log) = (reference_error(gates, 0.0), reference_error(gates, magnitude));
    let nwgm =
        |unit: &UnitStatistics| activation::logistic(unit.log_geometric_mean - unit.log_complement_geometric_mean);
    let close = |name: &str, statistic: &dyn Fn(&UnitStatistics) -> f64, tolerance: f64| {
        let difference = (statistic(found) - statistic(expected)).abs();
        assert!(difference <= tolerance, "{name} is off by {difference:e} > {tolerance:e}: {found:?}, {expected:?}");
    };
    let bound = found.error_bound;
    close("E", &|unit| unit.mean, bound + plain);
    close("V", &|unit| unit.variance, bound + plain);
    close("the third moment", &|unit| unit.third_moment, 4.0 * bound + plain);
    close("the fourth moment", &|unit| unit.fourth_moment, 4.0 * bound + plain);
    close("G", &|unit| unit.log_geometric_mean.exp(), bound + plain);
    close("G'", &|unit| unit.log_complement_geometric_mean.exp(), bound + plain);
    close("log G", &|unit| unit.log_geometric_mean, bound + log);
    close("log G'", &|unit| unit.log_complement_geometric_mean, bound + log);
    close("NWGM", &nwgm, bound + plain);
    close("the least", &|unit| unit.least, bound + plain);
    close("the largest", &|unit| unit.largest, bound + plain);
    assert!(found.variance >= 0.0 && found.fourth_moment >= found.variance.powi(2));
}

#[test]
fn statistics_are_those_of_every_mask() {
    let mut uniform = Uniform(0);
    for (gates, cases) in [(0, 3), (1, 60), (2, 60), (5, 60), (10, 15), (16, 5)] {
        for scale in [0.01, 0.1, 1.0, 5.0, 30.0, 100.0] {
            for kind in 0..cases {
                let units = random_unit(gates, scale, kind, &mut uniform);
                let (c, lambda) = [(1.0, 1.0), (3.0, -0.5), (0.25, 2.0)][kind % 3];
                let found = logistic::<Best>(&units, c, lambda)[0];
                assert_eq!(found, logistic::<Scalar>(&units, c, lambda)[0]);
                let expected = Distribution::enumerated(&units, 0).logistic(c, lambda);
                agree(&found, &expected, gates, magnitude(&units, (lambda, -c.ln())));
                let magnitude = magnitude(&units, (lambda, -c.ln()));
                assert!(found.error_bound <= 2.3e-16 * (9.0 + 2.0 * magnitude + 4.0 * (gates as f64).sqrt()));
            }
        }
    }
}

/// Baldi and Sadowski 2014, §8: activities σ(½) and σ(1), then ¼ and ¾, half each.
#[test]
fn the_published_examples() {
    let found = logistic::<Best>(&one_unit(0.5, vec![0.5], vec![0.5]), 1.0, 1.0)[0];
    let (log, log_complement) = (found.log_geometric_mean, found.log_complement_geometric_mean);
    let values = [found.mean, log.exp(), log_complement.exp(), activation::logistic(log - log_complement)];
    for (value, published) in values.into_iter().zip([0.676_759, 0.674_577, 0.318_648, 0.679_179]) {
        assert!((value - published).abs() < 5e-7, "{value} is not {published}");
    }
    let log_3 = 3f64.ln();
    let found = logistic::<Best>(&one_unit(-log_3, vec![2.0 * log_3], vec![0.5]), 1.0, 1.0)[0];
    assert!((found.mean - 0.5).abs() < 1e-15 && (found.variance - 0.0625).abs() < 1e-15);
}

#[test]
fn weights_of_ten_thousands_take_many_nodes() {
    let units = one_unit(3.0, vec![2e4, -1e4, 0.25, -2.0], vec![0.5, 0.25, 0.5, 0.1]);
    let expected = Distribution::enumerated(&units, 0).logistic(1.0, 1.0);
    agree(&logistic::<Best>(&units, 1.0, 1.0)[0], &expected, 4, 2e4);
    assert!(nodes(&units, 1.0, 1.0) > 4e4);
}

#[test]
fn narrow_units_keep_their_relative_accuracy() {
    let mut uniform = Uniform(1 << 16);
    for kind in 0..40 {
        let scale = [1e-3, 0.01, 0.06][kind % 3];
        let units = random_unit(10, scale, kind % 5, &mut uniform);
        let found = logistic::<Best>(&units, 1.0, 1.0)[0];
        // σ(s) − σ(μ) without cancellation.
        let mean = units.expectation(0);
        let rest = activation::logistic(-mean);
        let difference = |s: f64| activation::logistic(s) * rest * -(mean - s).exp_m1();
        let [first, variance, _, fourth] = Distribution::enumerated(&units, 0).moments(difference);
        assert!((found.mean - activation::logistic(mean) - first).abs() < 1e-15);
        assert!((found.variance / variance - 1.0).abs() < 1e-14, "{found:?} {variance:e}");
        assert!((found.fourth_moment / fourth - 1.0).abs() < 1e-12 / scale, "{found:?} {fourth:e}");
    }
}

#[test]
fn a_unit_is_itself_in_any_company() {
    let mut uniform = Uniform(1 << 17);
    let (gates, width) = (12, 19);
    let mut units = AffineUnits {
        rate: vec![0.5; gates],
        keep: vec![0.5; gates],
        constants: (0..width).map(|_| uniform.next()).collect(),
        coefficients: (0..gates * width).map(|i| uniform.multiple(0.01, 0.1 * (1 + i % width * 9) as f64)).collect(),
    };
    units.coefficients[3 * width..5 * width].fill(0.0);
    let together = logistic::<Best>(&units, 1.0, 1.0);
    for unit in 0..width {
        let coefficients: Vec<f64> = units.column(unit).filter(|a| *a != 0.0).collect();
        let alone = one_unit(units.constants[unit], coefficients.clone(), vec![0.5; coefficients.len()]);
        assert_eq!(logistic::<Best>(&alone, 1.0, 1.0)[0], together[unit]);
    }
}

#[test]
fn a_long_unit_takes_several_steps_and_has_the_same_bits() {
    let mut uniform = Uniform(1 << 18);
    let (gates, width) = (300, 3);
    let sizes = [0.1, 900.0, 0.1];
    let units = AffineUnits {
        rate: vec![1e-6; gates],
        keep: vec![1.0 - 1e-6; gates],
        constants: vec![0.0; width],
        coefficients: (0..gates * width).map(|i| sizes[i % width] * (uniform.next() - 0.5)).collect(),
    };
    let kinds = [Kind::Logistic { c: 1.0, lambda: 1.0 }, Kind::Tanh, Kind::Softplus];
    let wholes = [logistic::<Best>(&units, 1.0, 1.0), tanh::<Best>(&units), softplus::<Best>(&units)];
    for (kind, whole) in kinds.into_iter().zip(wholes) {
        let mut by_range = kind.by_range::<Best>(units.clone());
        let (mut found, mut steps) = (Vec::new(), 0);
        while found.len() < width {
            found.extend(by_range(found.len()..width));
            steps += 1;
        }
        assert!(steps > 3, "{steps}");
        assert_eq!(format!("{found:?}"), format!("{whole:?}")); // NaN is not itself.
    }
    let begin = || ConditionalMeans::<Best>::new(&units, 1, 1.0, 1.0).unwrap();
    let (mut means, mut steps) = (begin(), 1);
    while !means.step(1 << 20) {
        steps += 1;
    }
    assert!(steps > 3, "{steps}");
    assert_eq!(means.error_bound(), logistic::<Best>(&units, 1.0, 1.0)[1].error_bound);
    assert_eq!(means.finish(), begin().finish());
}

#[test]
fn units_without_a_choice_are_exact() {
    for b in [-800.0, -3.0, 0.0, 0.5, 40.0, 800.0] {
        for units in [one_unit(b, vec![], vec![]), one_unit(b, vec![0.0; 3], vec![0.5; 3])] {
            let found = logistic::<Best>(&units, 1.0, 1.0)[0];
            assert_eq!((found.mean, found.variance, found.fourth_moment), (activation::logistic(b), 0.0, 0.0));
            assert_eq!((found.least, found.largest), (found.mean, found.mean));
            assert_eq!(found.log_geometric_mean, -activation::softplus(-b));
            assert_eq!(softplus::<Best>(&units)[0].mean, activation::softplus(b));
        }
    }
}

#[test]
fn saturated_and_immense_units_are_honest() {
    let saturated = one_unit(100.0, vec![50.0, -30.0], vec![0.5, 0.1]);
    let expected = Distribution::enumerated(&saturated, 0).logistic(1.0, 1.0);
    agree(&logistic::<Best>(&saturated, 1.0, 1.0)[0], &expected, 2, 150.0);
    let immense = one_unit(0.0, vec![1e30, -1e30], vec![0.5, 0.5]);
    let found = logistic::<Best>(&immense, 1.0, 1.0)[0];
    assert!(found.mean.is_nan() && found.error_bound == f64::INFINITY && (found.least, found.largest) == (0.0, 1.0));
    assert!(conditional_means::<Best>(&immense, 0, 1.0, 1.0).iter().all(|mean| mean.is_nan()));
    assert!(nodes(&immense, 1.0, 1.0) > MOST_NODES && nodes(&saturated, 1.0, 1.0) == 0.0);
}
