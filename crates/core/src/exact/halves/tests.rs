use super::*;
use crate::exact::split::naive::{Numbers, SIZES, every_mask, one_unit, repetitions};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const LEAKY: PiecewiseLinear = PiecewiseLinear { below: 0.1, above: 1.0 };

fn complete(units: &AffineUnits, function: PiecewiseLinear) -> UnitStatistics {
    let mut run = Halves::new(units, 0, function);
    run.step(u64::MAX);
    assert_eq!(run.remaining(), 0.0);
    run.finish()
}

fn moments(of: &UnitStatistics) -> [f64; 5] {
    [of.mean, of.variance, of.fourth_moment, of.least, of.largest]
}

#[test]
fn statistics_are_those_of_every_mask() {
    for seed in 0..repetitions() {
        agree_with_every_mask(&mut Numbers::new(seed));
    }
}

fn agree_with_every_mask(numbers: &mut Numbers) {
    for gates in SIZES {
        for weight in [0.01, 1.0, 100.0] {
            for function in [PiecewiseLinear::RELU, PiecewiseLinear::LINEAR, LEAKY] {
                let units = numbers.unit(gates, weight);
                let exact = every_mask(&units, |s| function.apply(s), |_| [f64::NAN; 2]);
                let found = complete(&units, function);
                let scale = 1f64.max(units.column(0).map(f64::abs).sum::<f64>() + units.constants[0].abs());
                // The loop over every mask rounds as often: its bound is the same.
                let tolerance = 2.0 * found.error_bound;
                assert!(tolerance <= 1e-12 * scale * scale, "{tolerance:e} for {gates} gates");
                let tolerances = [tolerance, tolerance, tolerance * 1f64.max(scale * scale), tolerance, tolerance];
                for ((found, exact), tolerance) in moments(&found).iter().zip(moments(&exact)).zip(tolerances) {
                    assert!((found - exact).abs() <= tolerance, "{found} is not {exact}: {gates} gates of {weight}");
                }
            }
        }
    }
}

#[test]
fn a_saturated_unit_is_linear_or_zero() {
    let (coefficients, rates) = ([1.0, -2.0, 0.5, 3.0, 1.0], [0.5, 0.1, 1e-6, 0.3, 0.5]);
    let on = one_unit(1000.0, &coefficients, &rates);
    let (relu, linear) = (complete(&on, PiecewiseLinear::RELU), crate::exact::closed_form::linear(&on)[0]);
    assert!((relu.mean - linear.mean).abs() <= 1e-15 * linear.mean);
    assert!((relu.variance - linear.variance).abs() <= 1e-14 * linear.variance);
    assert!((relu.fourth_moment - linear.fourth_moment).abs() <= 1e-14 * linear.fourth_moment);
    let off = complete(&one_unit(-1000.0, &coefficients, &rates), PiecewiseLinear::RELU);
    assert_eq!(moments(&off), [0.0; 5]);
}

/// A spread of 10⁻⁶ about 1,000: the sums are about the mean, so the variance keeps its digits.
#[test]
fn a_narrow_ensemble_keeps_the_digits_of_its_variance() {
    let units = one_unit(1000.0, &[1e-6, -2e-6, 3e-6, 1e-6], &[0.5, 0.25, 0.5, 0.1]);
    let exact: f64 = units.column(0).zip(&units.rate).map(|(a, rate)| a * a * rate * (1.0 - rate)).sum();
    let found = complete(&units, PiecewiseLinear::RELU).variance;
    assert!((found - exact).abs() <= 1e-14 * exact, "{found:e} is not {exact:e}");
}

/// The exact distribution of a sum of integers, by adding one gate after the other.
fn by_lattice(constant: i64, coefficients: &[i64], rates: &[f64]) -> [f64; 3] {
    let reach: i64 = coefficients.iter().map(|a| a.abs()).sum();
    let mut distribution = vec![0.0; 2 * reach as usize + 1];
    distribution[reach as usize] = 1.0;
    for (a, rate) in coefficients.iter().zip(rates) {
        let old = distribution.clone();
        let kept = |sum: usize| old.get((sum as i64 - a) as usize).copied().unwrap_or(0.0);
        (0..old.len()).for_each(|sum| distribution[sum] = rate * old[sum] + (1.0 - rate) * kept(sum));
    }
    let relu = |index: usize| (constant + index as i64 - reach).max(0) as f64;
    let expect = |of: &dyn Fn(f64) -> f64| {
        let mut sum = Sum::default();
        distribution.iter().enumerate().for_each(|(index, p)| sum.add(p * of(relu(index))));
        sum.total()
    };
    let mean = expect(&|o| o);
    [mean, expect(&|o| (o - mean).powi(2)), expect(&|o| (o - mean).powi(4))]
}

#[test]
fn forty_gates_agree_with_the_distribution_on_a_lattice() {
    let mut numbers = Numbers::new(5);
    for (constant, rates) in
        [(-3, vec![0.5; 40]), (20, vec![0.3; 40]), (-30, (0..40).map(|i| 0.02 * f64::from(i + 1)).collect())]
    {
        let coefficients: Vec<i64> = (0..40).map(|_| (numbers.next() * 21.0) as i64 - 10).collect();
        let doubles: Vec<f64> = coefficients.iter().map(|&a| a as f64).collect();
        let found = complete(&one_unit(constant as f64, &doubles, &rates), PiecewiseLinear::RELU);
        let exact = by_lattice(constant, &coefficients, &rates);
        assert!(exact[1] > 1.0);
        for (found, exact) in moments(&found).into_iter().zip(exact) {
            assert!((found - exact).abs() <= 1e-13 * exact, "{found} is not {exact}");
        }
    }
}

#[test]
fn halves_are_sorted_and_certain() {
    let gates = gates(&Numbers::new(6).unit(14, 3.0), 0, 1.0);
    let mut half = SortedHalf::new(&gates);
    let all = half.remaining();
    assert_eq!(half.step(u64::MAX), all);
    assert!(half.sorted().is_sorted_by(|x, y| x[0] <= y[0]));
    let total: f64 = half.sorted().iter().map(|entry| entry[1]).sum();
    assert!((total - 1.0).abs() < 1e-14);
}

#[test]
fn steps_do_not_change_a_bit() {
    let units = Numbers::new(7).unit(15, 2.0);
    for function in [PiecewiseLinear::RELU, LEAKY] {
        let mut pieces = Halves::new(&units, 0, function);
        for entries in [1, 100, 3, 17].into_iter().cycle() {
            let before = pieces.remaining();
            if before == 0.0 {
                break;
            }
            pieces.step(entries);
            assert!(before - pieces.remaining() >= entries.min(before as u64) as f64);
        }
        let bits = |found: UnitStatistics| moments(&found).map(f64::to_bits);
        assert_eq!(bits(pieces.finish()), bits(complete(&units, function)));
    }
}
