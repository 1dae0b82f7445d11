use super::naive::{Numbers, SIZES, every_mask_logistic, one_unit, repetitions};
use super::*;
use thinned_lanes::{Best, Scalar};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn complete<K: Kernel>(mut run: Enumeration<K>) -> UnitStatistics {
    run.step(u64::MAX);
    assert_eq!(run.remaining(), 0.0);
    run.finish()
}

fn moments(units: &AffineUnits) -> UnitStatistics {
    complete(Split::<Scalar, 4>::new(units, 0, 1.0, 1.0))
}

fn geometric(units: &AffineUnits, c: f64, lambda: f64) -> UnitStatistics {
    complete(SplitGeometric::<Scalar, 4>::new(units, 0, c, lambda))
}

fn bits(found: &UnitStatistics) -> [u64; 5] {
    let logs = [found.log_geometric_mean, found.log_complement_geometric_mean];
    [found.mean, found.variance, found.fourth_moment, logs[0], logs[1]].map(f64::to_bits)
}

/// What bounds `|X|`, and what the a-priori error is proportional to.
fn scale(units: &AffineUnits, c: f64, lambda: f64) -> f64 {
    let sum = units.column(0).map(f64::abs).sum::<f64>() + units.constants[0].abs();
    1f64.max(lambda.abs() * sum + c.ln().abs())
}

#[test]
fn statistics_are_those_of_every_mask() {
    for seed in 0..repetitions() {
        agree_with_every_mask(&mut Numbers::new(seed));
    }
}

fn agree_with_every_mask(numbers: &mut Numbers) {
    for gates in SIZES {
        for weight in [0.01, 1.0, 10.0, 100.0] {
            for (c, lambda) in [(1.0, 1.0), (0.2, -1.7)] {
                let units = numbers.unit(gates, weight);
                let exact = every_mask_logistic(&units, c, lambda);
                let found = geometric(&units, c, lambda);
                let plain = complete(Split::<Scalar, 4>::new(&units, 0, c, lambda));
                // The loop over every mask rounds as often as the tables: its bound is the same.
                let tolerance = 2.0 * found.error_bound;
                assert!(tolerance <= 1e-12 * scale(&units, c, lambda), "{tolerance:e} for {gates} gates");
                assert!(plain.error_bound <= found.error_bound);
                let moments = |of: &UnitStatistics| [of.mean, of.variance, of.fourth_moment, of.least, of.largest];
                let means =
                    |of: &UnitStatistics| [of.log_geometric_mean, of.log_complement_geometric_mean].map(f64::exp);
                let near = |found: &[f64], exact: &[f64], tolerance: f64| {
                    for (found, exact) in found.iter().zip(exact) {
                        assert!(
                            (found - exact).abs() <= tolerance,
                            "{found} is not {exact}: {gates} gates of {weight}"
                        );
                    }
                };
                near(&moments(&found), &moments(&exact), tolerance);
                near(&means(&found), &means(&exact), tolerance);
                near(&moments(&plain), &moments(&exact), 2.0 * plain.error_bound);
                assert!(means(&plain).iter().all(|mean| mean.is_nan()));
            }
        }
    }
}

/// Baldi and Sadowski 2014, §8: activities σ(½) and σ(1), half each; then ¼ and ¾.
#[test]
fn the_published_examples() {
    let found = geometric(&one_unit(0.5, &[0.5], &[0.5]), 1.0, 1.0);
    let (log, log_complement) = (found.log_geometric_mean, found.log_complement_geometric_mean);
    let values = [found.mean, log.exp(), log_complement.exp(), logistic(log - log_complement)];
    for (value, published) in values.iter().zip([0.676_759, 0.674_577, 0.318_648, 0.679_179]) {
        assert!((value - published).abs() < 5e-7, "{value} is not {published}");
    }
    let log_3 = 3f64.ln();
    let found = geometric(&one_unit(-log_3, &[2.0 * log_3], &[0.5]), 1.0, 1.0);
    assert!((found.mean - 0.5).abs() < 1e-15 && (found.variance - 0.0625).abs() < 1e-15);
}

#[test]
fn saturated_units_stay_finite() {
    for (constant, coefficients) in [(1000.0, [0.0; 4]), (-1000.0, [0.0; 4]), (-1000.0, [500.0; 4]), (1e9, [-1e9; 4])] {
        let units = one_unit(constant, &coefficients, &[0.5; 4]);
        let (found, exact) = (geometric(&units, 1.0, 1.0), every_mask_logistic(&units, 1.0, 1.0));
        assert!((found.mean - exact.mean).abs() < 1e-15 && (found.variance - exact.variance).abs() < 1e-15);
        let logs = [(found.log_geometric_mean, exact.log_geometric_mean)];
        for (found, exact) in
            logs.into_iter().chain([(found.log_complement_geometric_mean, exact.log_complement_geometric_mean)])
        {
            assert!((found - exact).abs() <= 1e-14 * scale(&units, 1.0, 1.0), "{found} is not {exact}");
        }
    }
}

/// Both parts of `X` beyond what a double's exponential holds, their sum of ordinary size.
#[test]
fn opposite_parts_of_any_size_cancel() {
    for part in [800.0, 1e5, 1e12] {
        let units = one_unit(0.25, &[part, part, 0.5, -part, -part, 1.5], &[0.5, 0.3, 0.2, 0.5, 0.3, 0.2]);
        let (found, exact) = (geometric(&units, 1.0, 1.0), every_mask_logistic(&units, 1.0, 1.0));
        // The sums are exact up to the bits that `part` leaves them: this also bounds what the loop loses.
        let tolerance = 1e-15 + 4.0 * part * f64::EPSILON;
        assert!((found.mean - exact.mean).abs() <= tolerance, "{} is not {}", found.mean, exact.mean);
        assert!((found.variance - exact.variance).abs() <= tolerance);
        let (found, exact) = (found.log_geometric_mean, exact.log_geometric_mean);
        assert!((found - exact).abs() <= tolerance, "{found} is not {exact}");
    }
}

/// The relative error of mean and variance, where the activities are tiny, nearly equal, or far from the deterministic one.
#[test]
fn small_moments_keep_their_digits() {
    let tiny = one_unit(-60.0, &[1.0, -2.0, 0.5, 1.5], &[0.5; 4]);
    let narrow = one_unit(0.3, &[1e-6, -2e-6, 3e-6, 1e-6, -2e-6], &[0.5; 5]);
    // E[X] = 0 is the X of unlikely subnetworks alone: about σ(0), or their mean, M₂ would be 10⁵ V.
    let lopsided = one_unit(1.0, &[1e-3, -1e6, 2e-3, -1.0], &[0.5, 1.0 - 1e-6, 0.5, 1.0 - 1e-6]);
    for (units, tolerance) in [(tiny, 1e-14), (narrow, 1e-9), (lopsided, 1e-13)] {
        let (found, exact) = (moments(&units), every_mask_logistic(&units, 1.0, 1.0));
        for (found, exact) in [(found.mean, exact.mean), (found.variance, exact.variance)] {
            assert!((found - exact).abs() <= tolerance * exact, "{found:e} is not {exact:e}");
        }
    }
}

#[test]
fn steps_and_blocks_do_not_change_a_bit() {
    let units = Numbers::new(2).unit(17, 2.0);
    let whole = geometric(&units, 1.0, 1.0);
    let new = || SplitGeometric::<Scalar, 4>::new(&units, 0, 1.0, 1.0);
    let mut pieces = new();
    for evaluations in [1, 1000, 3, 70_000].into_iter().cycle() {
        if pieces.remaining() == 0.0 {
            break;
        }
        assert!(pieces.finish().mean.is_nan());
        pieces.step(evaluations);
    }
    assert_eq!(bits(&pieces.finish()), bits(&whole));

    let mut first = new();
    let blocks = first.blocks();
    assert!(blocks > 2);
    first.step(1); // A block that was begun starts anew.
    for blocks in [1..blocks, 0..1] {
        let mut worker = new();
        worker.restrict(blocks.clone());
        worker.step(u64::MAX);
        first.accept(blocks.start, &worker.block_sums()[blocks]);
    }
    assert_eq!(bits(&first.finish()), bits(&whole));
}

#[test]
fn the_best_backend_has_the_bits_of_the_scalar_one() {
    let mut numbers = Numbers::new(3);
    for gates in SIZES {
        for weight in [1.0, 100.0] {
            let units = numbers.unit(gates, weight);
            let best = complete(SplitGeometric::<Best, 4>::new(&units, 0, 0.5, 2.0));
            assert_eq!(bits(&best), bits(&geometric(&units, 0.5, 2.0)));
            assert_eq!(complete(Split::<Best, 4>::new(&units, 0, 1.0, 1.0)).mean, moments(&units).mean);
        }
    }
}

#[test]
fn fewer_powers_have_the_bits_of_more() {
    let mut numbers = Numbers::new(5);
    for gates in SIZES {
        let units = numbers.unit(gates, 30.0);
        let [two, four] = [
            complete(SplitGeometric::<Scalar, 2>::new(&units, 0, 0.5, 2.0)),
            complete(SplitGeometric::<Scalar, 4>::new(&units, 0, 0.5, 2.0)),
        ];
        assert_eq!((two.mean, two.variance), (four.mean, four.variance));
        assert_eq!(two.log_geometric_mean, four.log_geometric_mean);
        assert!(two.fourth_moment.is_nan() && !four.fourth_moment.is_nan());
    }
}

#[test]
fn a_coefficient_of_zero_makes_no_subnetworks() {
    let run = Split::<Scalar, 4>::new(&one_unit(0.0, &[1.0, 0.0, 2.0], &[0.5; 3]), 0, 1.0, 1.0);
    assert_eq!(run.remaining(), 4.0);
}

#[test]
fn an_integral_of_logarithms_agrees_with_every_logarithm() {
    let mut numbers = Numbers::new(4);
    for (gates, weight) in [(14, 1.0), (15, 30.0), (14, 1e9)] {
        for slope in [0.0, 0.06] {
            let rate = |gate: usize| 0.05 + slope * gate as f64;
            let units = AffineUnits {
                rate: (0..gates).map(rate).collect(),
                keep: (0..gates).map(|gate| 1.0 - rate(gate)).collect(),
                ..numbers.unit(gates, weight)
            };
            let mut run = walk::<Best>(&units, 0, (0.5, 2.0), Purpose::Report);
            run.step(u64::MAX);
            // Beyond the reach of the integral each subnetwork has a logarithm.
            assert_eq!(run.block_sums()[0][4].is_nan(), weight < 1e9);
            let (found, exact) = (run.finish(), geometric(&units, 0.5, 2.0));
            let bound = found.error_bound + exact.error_bound;
            for (found, exact) in [
                (found.mean, exact.mean),
                (found.variance, exact.variance),
                (found.log_geometric_mean.exp(), exact.log_geometric_mean.exp()),
                (found.log_complement_geometric_mean.exp(), exact.log_complement_geometric_mean.exp()),
            ] {
                assert!((found - exact).abs() <= bound, "{gates} gates: {found:e} is not {exact:e} within {bound:e}");
            }
        }
    }
}

#[test]
fn an_integral_is_taken_once_it_is_cheaper() {
    let mut numbers = Numbers::new(6);
    for (gates, weight, pays) in [(9, 1.0, false), (12, 1.0, true), (12, 1e3, false), (20, 1e3, true), (14, 1e9, false)]
    {
        let coefficients: Vec<f64> = (0..gates).map(|_| weight * (0.5 + 0.5 * numbers.next())).collect();
        let units = one_unit(-weight, &coefficients, &vec![0.5; gates]);
        assert_eq!(pays_to_integrate(&units, 0, (1.0, 1.0)), pays, "{gates} gates of {weight}");
    }
}

/// A value-stability test: checkpoints and workers of one version must be those of the next.
#[test]
fn rows_and_blocks_are_where_they_were() {
    let units = one_unit(0.0, &[1.0; 30], &[0.5; 30]);
    let run = Split::<Scalar, 4>::new(&units, 0, 1.0, 1.0);
    assert_eq!((run.remaining(), run.blocks()), (2f64.powi(30), 1 << 9));
}
