//! What is reported beside the loss, over all rows at once: none of these is a mean over batches.

use crate::entropy::{Classes, vote};
use crate::error::Error;
use crate::scores::area::area;
use crate::scores::squared_error::mean_squared_error;

/// A number that says how good outputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The mean of `(O − t)²`.
    MeanSquaredError,
    /// Its root.
    RootMeanSquaredError,
    /// The mean of `|O − t|`.
    MeanAbsoluteError,
    /// The area under the receiver operating characteristic: the share of pairs of a positive and a negative row in which
    /// the positive one has the larger output, ties counting half (Mann and Whitney 1947). NaN without one of each.
    Auc,
    /// The share of rows of which fewer than `k` outputs are above that of the right class.
    TopK {
        /// At least 1.
        k: usize,
    },
}

impl Metric {
    /// The metric of this name; `k` concerns the last alone.
    pub fn parse(name: &str, k: usize) -> Result<Self, Error> {
        match name {
            "meanSquaredError" => Ok(Self::MeanSquaredError),
            "rootMeanSquaredError" => Ok(Self::RootMeanSquaredError),
            "meanAbsoluteError" => Ok(Self::MeanAbsoluteError),
            "auc" => Ok(Self::Auc),
            "topKAccuracy" => Ok(Self::TopK { k }),
            _ => Err(Error::word(format!("Cannot find metric \"{name}\""))),
        }
    }

    /// The metric of outputs `[rows, width]` against targets `[rows, target width]`.
    ///
    /// Classes are numbers where a row has one target and several outputs, and the largest target otherwise. Errors
    /// concern the first outputs of a row, as many as it has targets.
    ///
    /// # Errors
    /// `Shape` when the arrays do not hold so many rows, `Range` for the AUC of more than two classes.
    pub fn of(self, outputs: &[f32], targets: &[f32], rows: usize) -> Result<f64, Error> {
        let (width, target_width) = (outputs.len() / rows.max(1), targets.len() / rows.max(1));
        if rows == 0 || width * rows != outputs.len() || target_width * rows != targets.len() || target_width == 0 {
            return Err(Error::shape(format!(
                "Cannot compute a metric of {} outputs and {} targets, wanted {rows} rows of each",
                outputs.len(),
                targets.len()
            )));
        }
        let pairs = || outputs.chunks_exact(width).zip(targets.chunks_exact(target_width));
        let values = || pairs().flat_map(|(o, t)| o.iter().zip(t)).map(|(o, t)| (f64::from(*o), f64::from(*t)));
        let class = |target: &[f32]| {
            if target_width == 1 { target[0] as usize } else { vote(Classes::Categorical, target) }
        };
        match self {
            Self::MeanSquaredError => Ok(mean_squared_error(values())),
            Self::RootMeanSquaredError => Ok(mean_squared_error(values()).sqrt()),
            Self::MeanAbsoluteError => Ok(values().map(|(o, t)| (o - t).abs()).sum::<f64>() / targets.len() as f64),
            Self::TopK { k } => {
                let right = pairs().filter(|(outputs, target)| {
                    let own = outputs.get(class(target)).copied().unwrap_or(f32::NEG_INFINITY);
                    outputs.iter().filter(|output| **output > own).count() < k
                });
                Ok(right.count() as f64 / rows as f64)
            }
            Self::Auc if width > 2 => Err(Error::range(format!(
                "Cannot compute the AUC of {width} outputs a row, wanted one probability, or those of two classes"
            ))),
            Self::Auc => {
                let is_positive = |target: &[f32]| if target_width == 1 { target[0] > 0.5 } else { class(target) == 1 };
                Ok(area(pairs().map(|(outputs, target)| (f64::from(outputs[width - 1]), is_positive(target)))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::philox;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_area_is_the_share_of_pairs_in_order() {
        for rows in 2..30 {
            let word = |i: usize, stream| philox([i as u32, stream, rows as u32, 0], [1, 2])[0];
            let outputs: Vec<f32> = (0..rows).map(|i| (word(i, 0) % 7) as f32 / 7.0 - 0.5).collect();
            let targets: Vec<f32> = (0..rows).map(|i| if i < 2 { i as f32 } else { (word(i, 1) % 2) as f32 }).collect();
            let (mut pairs, mut right) = (0.0, 0.0);
            for i in 0..rows {
                for j in 0..rows {
                    if targets[i] == 1.0 && targets[j] == 0.0 {
                        pairs += 1.0;
                        right += if outputs[i] > outputs[j] {
                            1.0
                        } else if outputs[i] == outputs[j] {
                            0.5
                        } else {
                            0.0
                        };
                    }
                }
            }
            let found = Metric::Auc.of(&outputs, &targets, rows).unwrap();
            assert!((found - right / pairs).abs() < 1e-12, "{rows}");
        }
        assert!(Metric::Auc.of(&[0.5, 0.1], &[1.0, 1.0], 2).unwrap().is_nan());
    }

    #[test]
    fn each_metric_has_its_value() {
        let of = |name, k, outputs: &[f32], targets: &[f32], rows| {
            Metric::parse(name, k).unwrap().of(outputs, targets, rows).unwrap()
        };
        assert_eq!(of("meanSquaredError", 0, &[1.0, 2.0, 3.0, 8.0], &[1.0, 4.0, 3.0, 4.0], 2), 5.0);
        assert_eq!(of("rootMeanSquaredError", 0, &[1.0, 5.0], &[1.0, 1.0], 2), 8f64.sqrt());
        assert_eq!(of("meanAbsoluteError", 0, &[1.0, 5.0], &[1.0, 1.0], 2), 2.0);
        // Of a mean and a log-variance, the mean alone.
        assert_eq!(of("meanAbsoluteError", 0, &[1.0, -9.0, 5.0, 7.0], &[2.0, 4.0], 2), 1.0);
        let outputs = [0.1, 0.5, 0.4, 0.3, 0.3, 0.4];
        assert_eq!(of("topKAccuracy", 1, &outputs, &[1.0, 0.0], 2), 0.5);
        assert_eq!(of("topKAccuracy", 2, &outputs, &[1.0, 0.0], 2), 1.0);
        assert_eq!(of("topKAccuracy", 1, &outputs, &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0], 2), 0.5);
    }
}
