//! Negative log-likelihoods, in nats.

use super::labelled::{Labelled, probability};
use super::{same_length, sample_count};
use crate::bayes::likelihood::LogMeanExp;
use crate::error::Error;
use crate::normal::log_density;

/// The mean over rows of `−log p(label)`; infinite where a label had probability 0.
pub fn of_classes(labelled: Labelled) -> f64 {
    labelled.mean(|row, label| -libm::log(probability(row, label)))
}

/// `½ log 2πσ² + (y − μ)² / 2σ²` of each target under `N(μ, σ²)`.
///
/// # Errors
/// `Shape` when the lists differ in length.
pub fn gaussian(means: &[f64], variances: &[f64], targets: &[f64]) -> Result<Vec<f64>, Error> {
    same_length("a likelihood", &[means.len(), variances.len(), targets.len()])?;
    let one = |i: usize| {
        let deviations = deviations(targets[i], means[i], variances[i].sqrt().recip());
        -log_density(deviations, 0.5 * libm::log(variances[i]))
    };
    Ok((0..targets.len()).map(one).collect())
}

/// `(y − μ)/σ`, given `1/σ`: by halves, so that numbers at both ends of the range have a difference.
fn deviations(target: f64, mean: f64, precision: f64) -> f64 {
    (0.5 * target - 0.5 * mean) * (2.0 * precision)
}

/// `−log (1/T) Σ_t N(y; ŷ_t, τ⁻¹ I)` of each row: samples `[samples, rows, D]`, targets `[rows, D]`.
///
/// That is `−logsumexp_t(−½τ‖y − ŷ_t‖²) + log T + ½ D log 2π − ½ D log τ` (Gal and Ghahramani 2016, appendix, eq. 8). The
/// exponents are taken relative to the largest, so that a target far from every sample has a finite likelihood.
///
/// # Errors
/// `Shape` when the targets are no such rows, or the samples are not as many for each of them.
pub fn sampled(samples: &[f64], targets: &[f64], rows: usize, tau: f64) -> Result<Vec<f64>, Error> {
    let count = sample_count("a likelihood", samples, targets.len())?;
    let outputs = sample_count("a likelihood", targets, rows)?;
    let (root, log_deviation) = (tau.sqrt(), -0.5 * libm::log(tau));
    let row = |(row, target): (usize, &[f64])| {
        let mut mixture = LogMeanExp::EMPTY;
        for sample in 0..count {
            let predicted = &samples[sample * targets.len() + row * outputs..][..outputs];
            let pairs = predicted.iter().zip(target);
            mixture.push(pairs.map(|(mean, y)| log_density(deviations(*y, *mean, root), log_deviation)).sum());
        }
        -mixture.value()
    };
    Ok(targets.chunks_exact(outputs).enumerate().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn equal_samples_are_one_gaussian() {
        let (tau, targets) = (4.0, [1.0, -2.0, 0.5, 40.0]);
        let samples: Vec<f64> = [0.5, -1.0, 0.25, 3.0].repeat(7);
        let mixture = sampled(&samples, &targets, 2, tau).unwrap();
        let each = gaussian(&samples[..4], &[1.0 / tau; 4], &targets).unwrap();
        for row in 0..2 {
            assert!((mixture[row] - each[2 * row] - each[2 * row + 1]).abs() < 1e-12 * mixture[row]);
        }
    }

    #[test]
    fn a_target_beyond_all_distances_is_no_nan() {
        assert_eq!(sampled(&[1e200, 0.0], &[-1e200], 1, 1.0).unwrap(), [f64::INFINITY]);
        assert!(sampled(&[1e100, 0.0], &[-1e100], 1, 1.0).unwrap()[0].is_finite());
    }

    #[test]
    fn scales_at_the_ends_of_the_range_change_the_logarithm_only() {
        let log = |scale: f64| libm::log(scale);
        let standard = gaussian(&[1.0], &[1.0], &[3.0]).unwrap()[0];
        for scale in [1e-150, 1e-100, 1e100, 1e154] {
            let one = gaussian(&[scale], &[scale * scale], &[3.0 * scale]).unwrap()[0];
            assert!((one - standard - log(scale)).abs() < 1e-12, "{scale}");
            let tau = scale.recip() / scale;
            let one = sampled(&[scale, scale], &[3.0 * scale], 1, tau).unwrap()[0];
            assert!((one - standard - log(scale)).abs() < 1e-12, "{scale}");
        }
        // −1.5e308 and 1.5e308 are 3e308/1e154 deviations apart, whose square has no number; of half of that it has.
        assert_eq!(gaussian(&[-1.5e308], &[1e308], &[1.5e308]).unwrap(), [f64::INFINITY]);
        assert!(sampled(&[-1.5e308], &[1.5e308], 1, 1e-308).unwrap()[0].is_infinite());
        assert!(sampled(&[-1e308], &[0.5e308], 1, 1e-308).unwrap()[0].is_finite());
    }

    #[test]
    fn lists_that_do_not_fit_are_refused() {
        assert!(gaussian(&[1.0], &[1.0], &[1.0, 2.0]).is_err());
        assert!(sampled(&[1.0, 2.0, 3.0], &[1.0, 2.0], 2, 1.0).is_err());
        assert!(sampled(&[], &[], 0, 1.0).is_err());
        assert!(sampled(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], 2, 1.0).is_err());
        assert!(Labelled::new(&[1.0, 2.0], 2, &[2]).is_err());
        assert!(Labelled::new(&[1.0, 2.0], 1, &[0]).is_err());
    }
}
