use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// `O` is 0 or 1 with probability ½ each: V = 1/4, μ₄ = 1/16.
const COIN: Exact = Exact {
    mean: &[0.5],
    variance: &[0.25],
    fourth: &[0.0625],
    least: &[0.0],
    largest: &[1.0],
    floor: &[0.0],
    error_bound: &[0.0],
};

fn level() -> Level {
    Level::new(0.001, 2.0, 100.0)
}

#[test]
fn scores_of_a_fair_coin() {
    let scores = compare(&COIN, &[0.6], &[0.24], &level());
    assert!((scores.mean[0] - 2.0).abs() < 1e-12);
    // Var v̂ = (T−1)/(8 T³).
    assert!((scores.variance[0] - (0.24 - 0.2475) / (99.0f64 / 8e6).sqrt()).abs() < 1e-9);
}

#[test]
fn the_threshold_shares_alpha_over_both_sides_of_every_comparison() {
    assert!(((-0.5 * level().threshold.powi(2)).exp() - 0.001 / 4.0).abs() < 1e-15);
    assert!(Level::new(1e-300, 1e6, 10.0).threshold < 40.0);
    assert!((level().outside * 100.0 / (0.001 / 4.0) - SHARE_OF_REACH).abs() < 1e-12);
}

#[test]
fn limits_of_many_draws_are_near_the_threshold_and_none_is_below() {
    for (samples, excess) in [(1e8, 1e-3), (1e4, 0.05)] {
        let level = Level::new(0.001, 2.0, samples);
        for mean in [0.4, 0.6] {
            let limit = compare(&COIN, &[mean], &[0.25], &level).mean_limit[0];
            assert!(limit >= level.threshold && limit < level.threshold * (1.02 + excess), "{samples} draws: {limit}");
        }
    }
}

/// A gate that drops once in a million draws: one drop among a thousand is thirty standard errors, and no news.
#[test]
fn a_rare_event_is_allowed_once_and_not_ten_times() {
    let rate = 1e-6;
    let [v, t] = [rate * (1.0 - rate), 1e3];
    let exact = Exact { mean: &[1.0 - rate], variance: &[v], fourth: &[v * (1.0 - 3.0 * v)], floor: &[1e-7], ..COIN };
    let level = Level::new(0.001, 2.0, t);
    let within = |drops: f64| {
        let share = drops / t;
        let scores = compare(&exact, &[1.0 - share], &[share * (1.0 - share)], &level);
        (
            scores.mean[0].abs(),
            scores.mean[0].abs() <= scores.mean_limit[0],
            scores.variance[0] <= scores.variance_limit[0],
        )
    };
    assert!(within(1.0).0 > 30.0);
    assert_eq!((within(0.0).1, within(0.0).2), (true, true));
    assert_eq!((within(1.0).1, within(1.0).2), (true, true));
    assert_eq!((within(10.0).1, within(10.0).2), (false, false));
}

#[test]
fn no_variance_and_no_difference_is_a_score_of_zero_and_any_difference_is_too_much() {
    let still = Exact { mean: &[1.0], variance: &[0.0], fourth: &[0.0], least: &[1.0], ..COIN };
    let same = compare(&still, &[1.0], &[0.0], &level());
    assert_eq!((same.mean[0], same.variance[0]), (0.0, 0.0));
    let other = compare(&still, &[1.5], &[0.1], &level());
    assert!(other.mean[0] > other.mean_limit[0] && other.variance[0] > other.variance_limit[0]);
    let rounded = compare(&Exact { floor: &[1e-7], ..still }, &[1.0 + 2e-7], &[1e-14], &level());
    assert!(rounded.mean[0] <= rounded.mean_limit[0] && rounded.variance[0] <= rounded.variance_limit[0]);
}

#[test]
fn what_is_no_number_is_within_nothing() {
    let nan: &[f64] = &[f64::NAN];
    let agrees = |exact: &Exact, mean: f64, variance: f64| {
        let scores = compare(exact, &[mean], &[variance], &level());
        scores.mean[0].abs() <= scores.mean_limit[0] && scores.variance[0].abs() <= scores.variance_limit[0]
    };
    assert!(agrees(&COIN, 0.5, 0.25));
    for exact in [
        Exact { mean: nan, ..COIN },
        Exact { variance: nan, ..COIN },
        Exact { fourth: nan, ..COIN },
        Exact { least: nan, ..COIN },
        Exact { floor: nan, ..COIN },
        Exact { error_bound: nan, ..COIN },
    ] {
        assert!(!agrees(&exact, 0.45, 0.2), "{exact:?}");
    }
    assert!(!agrees(&COIN, f64::NAN, 0.25) && !agrees(&COIN, 0.5, f64::NAN));
}
