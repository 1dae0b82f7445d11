//! Whether probabilities are frequencies: the reliability curve and the expected calibration error.

use super::labelled::Labelled;
use super::ordered::{ordered, quantile};
use crate::entropy::{Classes, vote};
use crate::error::Error;

/// How confidences are divided into bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binning {
    /// At the multiples of `1 / bins` (Guo et al. 2017).
    EqualWidth,
    /// At the quantiles of the confidences (Nguyen and O'Connor 2015).
    EqualMass,
}

/// The rows whose confidence is in `(lower, upper]`; the first bin has its lower end too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Where the bin begins.
    pub lower: f64,
    /// Where it ends.
    pub upper: f64,
    /// How many there are.
    pub rows: usize,
    /// The mean confidence; 0 of no rows.
    pub confidence: f64,
    /// The share of rows that were right; 0 of no rows.
    pub accuracy: f64,
}

impl Binning {
    /// The binning of this name.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "equalWidth" => Ok(Self::EqualWidth),
            "equalMass" => Ok(Self::EqualMass),
            _ => Err(Error::word(format!("Cannot find binning \"{name}\""))),
        }
    }

    /// All bins in order.
    ///
    /// The confidence of a row is its largest probability, and the row is right when that class is its label; of one
    /// probability a row it is the probability itself, and the row is right when its label is 1. Equal confidences are in
    /// one bin, so that the order of rows does not matter.
    ///
    /// # Errors
    /// `Range` when `count` is 0.
    pub fn bins(self, labelled: Labelled, count: usize) -> Result<Vec<Bin>, Error> {
        if count == 0 {
            return Err(Error::range("Cannot compute a reliability curve: 0 bins, at least 1 is wanted"));
        }
        let classes = labelled.classes();
        let rows = ordered(labelled.rows().map(|(row, label)| match classes {
            Classes::Binary => (row[0], label as f64),
            Classes::Categorical => {
                let class = vote(classes, row);
                (row[class], f64::from(u8::from(class == label)))
            }
        }));
        let edge = |k: usize| match self {
            Self::EqualWidth => k as f64 / count as f64,
            Self::EqualMass => quantile(&rows, k, count),
        };
        let mut rest = rows.as_slice();
        let mut bins = Vec::new();
        for k in 0..count {
            let upper = edge(k + 1);
            // What is above the last edge by a rounding of its softmax belongs to the last bin.
            let end =
                if k + 1 == count { rest.len() } else { rest.partition_point(|(confidence, _)| *confidence <= upper) };
            let (inside, above) = rest.split_at(end);
            rest = above;
            // A bin without rows has a weight of 0, and no mean: 0 / 1 is a number.
            let mean =
                |value: fn(&(f64, f64)) -> f64| inside.iter().map(value).sum::<f64>() / inside.len().max(1) as f64;
            let (confidence, accuracy) = (mean(|row| row.0), mean(|row| row.1));
            bins.push(Bin { lower: edge(k), upper, rows: inside.len(), confidence, accuracy });
        }
        Ok(bins)
    }
}

/// `Σ_b n_b/n · |accuracy_b − confidence_b|` (Naeini et al. 2015); a bin without rows adds nothing.
pub fn expected_calibration_error(bins: &[Bin]) -> f64 {
    let total: usize = bins.iter().map(|bin| bin.rows).sum();
    bins.iter().map(|bin| bin.rows as f64 / total as f64 * (bin.accuracy - bin.confidence).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn empty_bins_are_no_nan_and_edges_belong_below() {
        let values = [0.0, 0.25, 0.5, 0.5, 1.0];
        let labelled = Labelled::new(&values, 1, &[0, 1, 1, 0, 1]).unwrap();
        let bins = Binning::EqualWidth.bins(labelled, 4).unwrap();
        let seen: Vec<_> =
            bins.iter().map(|bin| (bin.lower, bin.upper, bin.rows, bin.confidence, bin.accuracy)).collect();
        assert_eq!(
            seen,
            [(0.0, 0.25, 2, 0.125, 0.5), (0.25, 0.5, 2, 0.5, 0.5), (0.5, 0.75, 0, 0.0, 0.0), (0.75, 1.0, 1, 1.0, 1.0)]
        );
        assert!((expected_calibration_error(&bins) - 0.15).abs() < 1e-15);
    }

    #[test]
    fn bins_of_equal_mass_keep_ties_together() {
        let labelled = Labelled::new(&[0.2, 0.2, 0.2, 0.2, 0.9, 0.8], 1, &[0, 0, 1, 0, 1, 1]).unwrap();
        let bins = Binning::EqualMass.bins(labelled, 3).unwrap();
        assert_eq!(bins.iter().map(|bin| bin.rows).collect::<Vec<_>>(), [4, 0, 2]);
        assert_eq!((bins[0].lower, bins[2].upper), (0.2, 0.9));
        assert!(Binning::EqualMass.bins(labelled, 0).is_err());
    }
}
