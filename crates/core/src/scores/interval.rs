//! Prediction intervals: from a distribution, and how good they are.

use super::ordered::ordered;
use super::{headroom, same_length, sample_count};
use crate::error::Error;
use crate::normal;

/// What is said of intervals `[lower, upper]` against targets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// The share of targets inside, ends included (PICP).
    Coverage,
    /// The mean of `u − l` (MPIW).
    Width,
    /// The mean of `(u − l) + 2/α (l − y)₊ + 2/α (y − u)₊`, the interval score of a central `1 − α` interval (Gneiting and
    /// Raftery 2007, eq. 43): proper, and least at the quantiles `α/2` and `1 − α/2`.
    Score {
        /// In (0, 1).
        alpha: f64,
    },
}

impl Measure {
    /// The mean over all targets.
    ///
    /// # Errors
    /// `Shape` when the lists differ in length or are empty.
    pub fn of(self, lower: &[f64], upper: &[f64], targets: &[f64]) -> Result<f64, Error> {
        same_length("a score of intervals", &[lower.len(), upper.len(), targets.len()])?;
        let scale = match self {
            Self::Coverage => 1.0,
            _ => headroom(lower.iter().chain(upper).chain(targets)),
        };
        let one = |i: usize| {
            let (l, u, y) = (lower[i] * scale, upper[i] * scale, targets[i] * scale);
            match self {
                Self::Coverage => f64::from(u8::from(l <= y && y <= u)),
                Self::Width => u - l,
                Self::Score { alpha } => (u - l) + 2.0 / alpha * ((l - y).max(0.0) + (y - u).max(0.0)),
            }
        };
        Ok((0..targets.len()).map(one).sum::<f64>() / targets.len() as f64 / scale)
    }
}

/// The central intervals `μ ± Φ⁻¹(1 − α/2) σ`: all lower ends, then all upper ones.
///
/// # Errors
/// `Shape` when the lists differ in length.
pub fn gaussian(means: &[f64], variances: &[f64], alpha: f64) -> Result<Vec<f64>, Error> {
    same_length("intervals", &[means.len(), variances.len()])?;
    // The lower quantile, whose argument is exact however small alpha is.
    let reach = -normal::quantile(0.5 * alpha);
    let ends =
        |sign: f64| means.iter().zip(variances).map(move |(mean, variance)| mean + sign * reach * variance.sqrt());
    Ok(ends(-1.0).chain(ends(1.0)).collect())
}

/// The intervals between the sample quantiles `α/2` and `1 − α/2`, linear between neighbours, of samples `[samples, targets]`:
/// all lower ends, then all upper ones.
///
/// # Errors
/// `Shape` when the samples are not as many for each target.
pub fn sampled(samples: &[f64], targets: usize, alpha: f64) -> Result<Vec<f64>, Error> {
    let count = sample_count("intervals", samples, targets)?;
    let position = 0.5 * alpha * (count - 1) as f64;
    let (below, share) = (position as usize, position.fract());
    let mut ends = vec![0.0; 2 * targets];
    for column in 0..targets {
        let sorted = ordered(samples[column..].iter().step_by(targets).map(|sample| (*sample, 0.0)));
        // From one end of the samples: the same distance from the other gives the mirror image.
        // By halves: the difference of both ends of the range is no number.
        let inward = |end: usize, next: usize| {
            let (end, next) = (sorted[end].0, sorted[next].0);
            end + 2.0 * ((0.5 * next - 0.5 * end) * share)
        };
        let last = count - 1;
        ends[column] = inward(below, (below + 1).min(last));
        ends[targets + column] = inward(last - below, last.saturating_sub(below + 1));
    }
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_target_outside_pays_by_its_distance() {
        let of = |measure: Measure| measure.of(&[0.0; 4], &[2.0; 4], &[0.0, 2.0, 3.0, -0.5]).unwrap();
        assert_eq!((of(Measure::Coverage), of(Measure::Width)), (0.5, 2.0));
        assert_eq!(of(Measure::Score { alpha: 0.5 }), 2.0 + 0.25 * 4.0 * 1.5);
        assert!(Measure::Width.of(&[0.0], &[1.0], &[]).is_err());
        assert_eq!(Measure::Width.of(&[0.0; 4], &[1e308; 4], &[0.0; 4]).unwrap(), 1e308);
    }

    #[test]
    fn intervals_of_samples_lie_between_their_quantiles() {
        let samples: Vec<f64> = (0..11).flat_map(|i| [f64::from(i), -f64::from(i)]).collect(); // [11, 2]
        assert_eq!(sampled(&samples, 2, 0.2).unwrap(), [1.0, -9.0, 9.0, -1.0]);
        assert_eq!(sampled(&samples, 2, 0.25).unwrap(), [1.25, -8.75, 8.75, -1.25]);
        assert_eq!(sampled(&[3.0], 1, 0.1).unwrap(), [3.0, 3.0]);
        assert_eq!(sampled(&[-1e308, 1e308], 1, 0.5).unwrap(), [-5e307, 5e307]);
        let ends = gaussian(&[1.0], &[4.0], 0.05).unwrap();
        for (end, sign) in ends.iter().zip([-1.0, 1.0]) {
            assert!((end - 1.0 - sign * 2.0 * 1.959_963_984_540_054).abs() < 1e-14);
        }
    }
}
