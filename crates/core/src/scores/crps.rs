//! The continuous ranked probability score, `∫ (F(x) − [x ≥ y])² dx = E|X − y| − ½ E|X − X'|`, in the unit of the target.
//!
//! `X` and `X'` are independent draws of the prediction (Gneiting and Raftery 2007, eq. 20 and 21). Of a point it is the
//! absolute error.

use super::ordered::ordered;
use super::{headroom, same_length, sample_count};
use crate::error::Error;
use crate::normal::distribution;
use core::f64::consts::PI;

/// Of `N(μ, σ²)`: `σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π)` with `z = (y − μ)/σ`, and `|y − μ|` where σ is 0.
///
/// The first product is taken as `|y − μ| (2Φ(z) − 1)`, which is a number where `z` has none.
///
/// # Errors
/// `Shape` when the lists differ in length.
pub fn gaussian(means: &[f64], variances: &[f64], targets: &[f64]) -> Result<Vec<f64>, Error> {
    same_length("a CRPS", &[means.len(), variances.len(), targets.len()])?;
    let one = |i: usize| {
        let (error, deviation) = ((targets[i] - means[i]).abs(), variances[i].sqrt());
        if deviation == 0.0 {
            return error;
        }
        let z = error / deviation;
        let density = libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
        error * (2.0 * distribution(z) - 1.0) + deviation * (2.0 * density - 1.0 / PI.sqrt())
    };
    Ok((0..targets.len()).map(one).collect())
}

/// Of samples `[samples, targets]`, for each target.
///
/// `E|X − X'|` is over all pairs of samples, which makes the score that of the empirical distribution, or, where `fair`, over
/// those of two different samples, which makes it an unbiased estimate of the score of the distribution that the samples were
/// drawn from (Ferro 2014, *Fair scores for ensemble forecasts*). The plain sum over pairs,
/// `½ Σ_s Σ_t |x_s − x_t|`, is `Σ_i i (T − i) (x_(i+1) − x_(i))` over sorted samples: between neighbours `i` and `i + 1` lie
/// the paths of `i (T − i)` pairs. No term is negative, so nothing cancels when all samples are far from 0.
///
/// # Errors
/// `Shape` when the samples are not as many for each target, `Range` when there is one only and the score should be fair.
pub fn sampled(samples: &[f64], targets: &[f64], fair: bool) -> Result<Vec<f64>, Error> {
    let count = sample_count("a CRPS", samples, targets.len())?;
    if fair && count < 2 {
        return Err(Error::range("Cannot compute a fair CRPS: 1 sample, at least 2 are wanted"));
    }
    let total = count as f64;
    let pairs = total * if fair { total - 1.0 } else { total };
    let one = |(column, target): (usize, &f64)| {
        let own = || samples[column..].iter().step_by(targets.len());
        let scale = headroom(own().chain([target]));
        let sorted = ordered(own().map(|sample| (sample * scale, 0.0)));
        let distance: f64 = sorted.iter().map(|(sample, _)| (sample - target * scale).abs()).sum();
        let gap = |(i, pair): (usize, &[(f64, f64)])| {
            let below = (i + 1) as f64;
            below * (total - below) * (pair[1].0 - pair[0].0)
        };
        (distance / total - sorted.windows(2).enumerate().map(gap).sum::<f64>() / pairs) / scale
    };
    Ok(targets.iter().enumerate().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::philox;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn sampled_scores_are_the_sums_over_pairs() {
        for count in 2..12u32 {
            let draw = |i: u32| f64::from(philox([i, count, 0, 0], [3, 4])[0] % 9) - 4.0;
            let samples: Vec<f64> = (0..2 * count).map(draw).collect(); // [samples, 2]
            for fair in [false, true] {
                let found = sampled(&samples, &[0.5, -3.0], fair).unwrap();
                for (column, y) in [(0, 0.5), (1, -3.0)] {
                    let own: Vec<f64> = samples[column..].iter().copied().step_by(2).collect();
                    let distance: f64 = own.iter().map(|x| (x - y).abs()).sum();
                    let spread: f64 = own.iter().flat_map(|a| own.iter().map(move |b| (a - b).abs())).sum();
                    let total = f64::from(count);
                    let wanted = distance / total - 0.5 * spread / (total * (total - f64::from(u8::from(fair))));
                    assert!((found[column] - wanted).abs() < 1e-13, "{count} {fair}");
                }
            }
        }
        assert!(sampled(&[1.0], &[1.0], true).is_err());
        assert_eq!(sampled(&[1.0], &[3.0], false).unwrap(), [2.0]);
    }

    #[test]
    fn the_score_of_quantiles_tends_to_that_of_the_gaussian() {
        let samples: Vec<f64> = (0..4000).map(|i| crate::normal::quantile((f64::from(i) + 0.5) / 4000.0)).collect();
        for target in [-3.0, 0.0, 0.3, 9.0] {
            let exact = gaussian(&[0.0], &[1.0], &[target]).unwrap()[0];
            assert!((sampled(&samples, &[target], false).unwrap()[0] - exact).abs() < 1e-3, "{target}");
        }
        assert_eq!(gaussian(&[1.0], &[0.0], &[-1.5]).unwrap(), [2.5]);
    }

    #[test]
    fn numbers_at_the_ends_of_the_range_have_scores() {
        let ends = [-1e308, 1e308];
        assert_eq!(sampled(&ends, &[1e308], true).unwrap(), [0.0]);
        assert_eq!(sampled(&ends, &[0.0], false).unwrap(), [5e307]);
        assert_eq!(gaussian(&[0.0], &[5e-324], &[1e308]).unwrap(), [1e308]);
        // A distance of 2e308 is no number.
        assert_eq!(gaussian(&ends[..1], &[1.0], &ends[1..]).unwrap(), [f64::INFINITY]);
    }
}
