//! How far a sampled mean or variance lies from the exact one, in standard errors.

/// `(m̂ − E) / √(V/T + f²)`: z-scores of sampled means with the exact variance `V` in the denominator.
///
/// The sampled variance would not do: a sample at a small rate may contain no drop at all. `floor` is the rounding of
/// single-precision activities (see [`crate::exact::rounding`]), which no number of samples removes.
pub fn z_mean(sampled: &[f64], mean: &[f64], variance: &[f64], floor: &[f64], samples: f64) -> Vec<f64> {
    let units = sampled.iter().zip(mean).zip(variance.iter().zip(floor));
    units
        .map(|((sampled, mean), (variance, floor))| ratio(sampled - mean, variance / samples + floor * floor))
        .collect()
}

/// `(v̂ − V·(T−1)/T) / √(Var v̂ + (2σf + f²)²)`: z-scores of sampled variances with divisor `T`.
///
/// `Var v̂ = (T−1)/T³ · ((T−1)·μ₄ − (T−3)·V²)` for independent samples (Kendall and Stuart, §10), with the exact fourth
/// central moment `μ₄`; the floor propagates through the square.
pub fn z_variance(sampled: &[f64], variance: &[f64], fourth: &[f64], floor: &[f64], samples: f64) -> Vec<f64> {
    let t = samples;
    let units = sampled.iter().zip(variance).zip(fourth.iter().zip(floor));
    units
        .map(|((sampled, variance), (fourth, floor))| {
            let spread = (t - 1.0) / (t * t * t) * ((t - 1.0) * fourth - (t - 3.0) * variance * variance);
            let rounding = 2.0 * variance.sqrt() * floor + floor * floor;
            ratio(sampled - variance * (t - 1.0) / t, spread.max(0.0) + rounding * rounding)
        })
        .collect()
}

/// The |z| that no one of `comparisons` normal scores exceeds with probability `1 − alpha` (Bonferroni).
pub fn z_threshold(alpha: f64, comparisons: f64) -> f64 {
    let tail = alpha / comparisons; // of both sides of one score
    let (mut low, mut high) = (0.0, 40.0); // erfc underflows beyond
    // Bisection: erfc is monotonic, and 60 halvings reach the last digit.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if libm::erfc(middle * core::f64::consts::FRAC_1_SQRT_2) > tail { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

fn ratio(difference: f64, square: f64) -> f64 {
    if difference == 0.0 { 0.0 } else { difference / square.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn thresholds_are_the_normal_quantiles() {
        assert!((z_threshold(0.05, 1.0) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((z_threshold(0.001, 1.0) - 3.290_526_731_491_895).abs() < 1e-12);
        assert!((z_threshold(0.001, 100.0) - z_threshold(0.00001, 1.0)).abs() < 1e-12);
    }

    #[test]
    fn scores_of_a_fair_coin() {
        // O is 0 or 1 with probability 1/2 each: V = 1/4, fourth central moment 1/16, Var v̂ = (T-1)/(8 T³).
        let z = z_mean(&[0.6], &[0.5], &[0.25], &[0.0], 100.0);
        assert!((z[0] - 2.0).abs() < 1e-12);
        let z = z_variance(&[0.24], &[0.25], &[0.0625], &[0.0], 100.0);
        assert!((z[0] - (0.24 - 0.2475) / (99.0f64 / 8e6).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn no_variance_and_no_difference_is_a_score_of_zero() {
        assert_eq!(z_mean(&[1.0], &[1.0], &[0.0], &[0.0], 10.0), [0.0]);
        assert_eq!(z_mean(&[1.5], &[1.0], &[0.0], &[0.0], 10.0), [f64::INFINITY]);
    }
}
