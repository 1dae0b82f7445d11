//! Which row to label next: what sampled subnetworks say of rows without a label (Gal, Islam and Ghahramani 2017, *Deep
//! Bayesian active learning with image data*, §4). The row of the largest value is the one to ask about.

use super::sample_count;
use crate::entropy::{Classes, class_count, entropy, vote};
use crate::error::Error;

/// What is computed of the probabilities `p_t` that subnetworks `t` give to the classes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquisition {
    /// `H[E p] − E H[p]`, the mutual information between label and weights, in nats (Houlsby et al. 2011).
    Bald,
    /// `H[E p]`, in nats.
    MaxEntropy,
    /// `1 − f/T`, with `f` the votes for the most frequent class.
    VariationRatio,
    /// The mean over classes of `√(E p² − (E p)²)`.
    MeanStandardDeviation,
}

impl Acquisition {
    /// The function of this name.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "bald" => Ok(Self::Bald),
            "maxEntropy" => Ok(Self::MaxEntropy),
            "variationRatio" => Ok(Self::VariationRatio),
            "meanStandardDeviation" => Ok(Self::MeanStandardDeviation),
            _ => Err(Error::word(format!("Cannot find acquisition \"{name}\""))),
        }
    }

    /// The value of each row: samples `[samples, rows, width]`; a width of 1 is the probability of class 1 of two.
    ///
    /// # Errors
    /// `Shape` when the samples are not as many for each row.
    pub fn of(self, samples: &[f64], rows: usize, width: usize) -> Result<Vec<f64>, Error> {
        let count = sample_count("an acquisition", samples, rows * width)?;
        let classes = if width == 1 { Classes::Binary } else { Classes::Categorical };
        let total = count as f64;
        let row = |row: usize| {
            let each = || samples.chunks_exact(rows * width).map(move |sample| &sample[row * width..][..width]);
            let mean = |k: usize| each().map(|p| p[k]).sum::<f64>() / total;
            let variance = |k: usize| {
                let centre = mean(k);
                each().map(|p| (p[k] - centre) * (p[k] - centre)).sum::<f64>() / total
            };
            let predictive = || entropy(classes, (0..width).map(mean));
            let expected = || each().map(|p| entropy(classes, p.iter().copied())).sum::<f64>() / total;
            match self {
                Self::Bald => predictive() - expected(),
                Self::MaxEntropy => predictive(),
                Self::VariationRatio => {
                    let mut votes = vec![0u32; class_count(classes, width)];
                    each().for_each(|p| votes[vote(classes, p)] += 1);
                    1.0 - votes.iter().copied().fold(0.0, |most, f| f64::max(most, f64::from(f))) / total
                }
                Self::MeanStandardDeviation => mean_deviation((0..width).map(variance)),
            }
        };
        Ok((0..rows).map(row).collect())
    }
}

/// The mean of the roots of variances; NaN of nothing.
fn mean_deviation(variances: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = variances.len() as f64;
    variances.map(f64::sqrt).sum::<f64>() / count
}

/// [`Acquisition::MeanStandardDeviation`] of each row from variances that are there already, `[rows, width]`.
///
/// # Errors
/// `Shape` when there are not as many for each row.
pub fn mean_standard_deviation(variances: &[f64], rows: usize) -> Result<Vec<f64>, Error> {
    let width = sample_count("standard deviations", variances, rows)?;
    Ok(variances.chunks_exact(width).map(|row| mean_deviation(row.iter().copied())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn one_probability_says_what_two_say() {
        let one = [0.1, 0.9, 0.8, 0.2, 0.3, 0.45]; // [3, 2]
        let two: Vec<f64> = one.iter().flat_map(|p| [1.0 - p, *p]).collect();
        for name in ["bald", "maxEntropy", "variationRatio", "meanStandardDeviation"] {
            let kind = Acquisition::parse(name).unwrap();
            let (a, b) = (kind.of(&one, 2, 1).unwrap(), kind.of(&two, 2, 2).unwrap());
            assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-15), "{name}");
        }
        assert!(Acquisition::parse("random").is_err());
        assert!(Acquisition::Bald.of(&one, 4, 1).is_err());
    }

    #[test]
    fn certain_subnetworks_that_disagree_are_all_information() {
        let samples = [1.0, 0.0, 0.0, 1.0]; // [2, 1, 2]
        let of = |kind: Acquisition| kind.of(&samples, 1, 2).unwrap()[0];
        assert!((of(Acquisition::Bald) - 2f64.ln()).abs() < 1e-15);
        assert_eq!((of(Acquisition::VariationRatio), of(Acquisition::MeanStandardDeviation)), (0.5, 0.5));
        assert_eq!(mean_standard_deviation(&[4.0, 16.0, 0.0, 1.0], 2).unwrap(), [3.0, 0.5]);
    }
}
