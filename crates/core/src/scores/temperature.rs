//! Temperature scaling: one number that makes the probabilities of a classifier fit what comes to pass.
//!
//! Probabilities become `softmax(z / T)` of the logits `z`, and `T` minimises the negative log-likelihood of rows that were
//! kept from training (Guo et al. 2017, §4.2). The likeliest class of a row stays what it is.

use super::labelled::Labelled;
use crate::error::Error;

/// What the values of a row are. Of one value a row, it is that of class 1 of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Inputs of a softmax, or of a logistic unit.
    Logits,
    /// Their result, whose logarithms serve as logits: a softmax does not see what is added to all of them.
    Probabilities,
}

/// A temperature and what it does to the rows it was found on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    /// Above 0; above 1 the classifier was too sure of itself.
    pub temperature: f64,
    /// The negative log-likelihood at temperature 1, in nats a row.
    pub before: f64,
    /// At `temperature`.
    pub after: f64,
}

/// Steps of Newton's method take about six; each halving of a bracket that they leave adds a bit.
const MOST_STEPS: usize = 200;

impl Values {
    /// The logits of a row, one for each class; a class of probability 0 has −∞.
    fn logits(self, row: &[f64]) -> Vec<f64> {
        let logarithms = || row.iter().map(|p| libm::log(*p));
        match (self, row) {
            (Self::Logits, [z]) => vec![0.0, *z],
            (Self::Logits, row) => row.to_vec(),
            (Self::Probabilities, [p]) => vec![libm::log(1.0 - p), libm::log(*p)],
            (Self::Probabilities, _) => logarithms().collect(),
        }
    }

    /// The temperature at which the labels are likeliest.
    ///
    /// In `β = 1/T` the negative log-likelihood, the mean of `log Σ_k e^(β z_k) − β z_y`, is convex: its slope
    /// `mean(E_β z − z_y)` rises with `mean(Var_β z)`. So there is one minimum, or none at a finite `T > 0`. The root of the
    /// slope is bracketed by doubling or halving, then found by Newton's method; a step that leaves the bracket is replaced
    /// by a halving of it.
    ///
    /// # Errors
    /// `Range` when no temperature is best: every label has the largest logit (the lower `T`, the better), or the logits say
    /// no more about the labels than chance (the higher, the better), or a label has probability 0 (none helps).
    pub fn fit(self, labelled: Labelled) -> Result<Fitted, Error> {
        // Relative to the largest of the row: what is left is at most 0, so that no exponential overflows.
        let rows: Vec<(Vec<f64>, f64)> = labelled
            .rows()
            .map(|(row, label)| {
                let logits = self.logits(row);
                let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let below: Vec<f64> = logits.iter().map(|z| z - largest).collect();
                let own = below[label];
                (below, own)
            })
            .collect();
        let refuse = |why| Err(Error::range(format!("Cannot fit a temperature: {why} are wanted")));
        if self == Self::Logits && rows.iter().flat_map(|(below, _)| below).any(|z| z.is_infinite()) {
            return refuse("the logits of a row are further apart than numbers reach; smaller ones");
        }
        if rows.iter().any(|(_, own)| own.is_infinite()) {
            return refuse("a label has probability 0, at any temperature; logits");
        }
        if rows.iter().all(|(_, own)| *own == 0.0) {
            return refuse("every label has the largest value, so that a lower one is always better; rows with errors");
        }
        if slopes(&rows, 0.0).1 >= 0.0 {
            return refuse(
                "the values say no more of the labels than chance does, so that a higher one is always better; values that do",
            );
        }
        let (mut low, mut high) = (1.0, 1.0);
        while slopes(&rows, high).1 < 0.0 {
            (low, high) = (high, 2.0 * high);
        }
        while slopes(&rows, low).1 >= 0.0 {
            (low, high) = (0.5 * low, low);
        }
        let mut beta = 0.5 * (low + high);
        for _ in 0..MOST_STEPS {
            let (_, slope, curvature) = slopes(&rows, beta);
            if slope < 0.0 {
                low = beta
            } else {
                high = beta
            }
            let step = beta - slope / curvature;
            let next = if low < step && step < high { step } else { 0.5 * (low + high) };
            let moved = (next - beta).abs();
            beta = next;
            if moved <= 2.0 * f64::EPSILON * beta {
                break;
            }
        }
        if !(beta.is_normal() && beta.recip().is_normal()) {
            return refuse("the best is no number that float64 holds; values of ordinary size");
        }
        let (before, after) = (slopes(&rows, 1.0).0, slopes(&rows, beta).0);
        Ok(Fitted { temperature: 1.0 / beta, before, after })
    }

    /// Probabilities at a temperature, in the shape of the values: `[rows, width]`.
    pub fn apply(self, values: &[f64], width: usize, temperature: f64) -> Vec<f64> {
        let row = |row: &[f64]| {
            let logits = self.logits(row);
            let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            // Of numbers further apart than the range, halves are compared.
            let below = |z: f64| match z - largest {
                far if far.is_infinite() => (0.5 * z - 0.5 * largest) / temperature * 2.0,
                near => near / temperature,
            };
            let weights: Vec<f64> = logits.iter().map(|z| libm::exp(below(*z))).collect();
            let sum: f64 = weights.iter().sum();
            let first = usize::from(width == 1);
            weights.into_iter().skip(first).map(move |weight| weight / sum)
        };
        values.chunks_exact(width).flat_map(row).collect()
    }
}

/// The negative log-likelihood at `β`, its slope and its curvature, means over rows; logits are relative to the largest.
fn slopes(rows: &[(Vec<f64>, f64)], beta: f64) -> (f64, f64, f64) {
    let (mut value, mut slope, mut curvature) = (0.0, 0.0, 0.0);
    for (logits, own) in rows {
        // A class of probability 0 has none at any temperature.
        let weighted = || logits.iter().filter(|z| z.is_finite()).map(|z| (libm::exp(beta * z), z));
        let sum: f64 = weighted().map(|(weight, _)| weight).sum();
        let mean = weighted().map(|(weight, z)| weight * z).sum::<f64>() / sum;
        value += libm::log(sum) - beta * own;
        slope += mean - own;
        curvature += weighted().map(|(weight, z)| weight * (z - mean) * (z - mean)).sum::<f64>() / sum;
    }
    let count = rows.len() as f64;
    (value / count, slope / count, curvature / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::philox;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Logits `[rows, 3]` and labels of which most have the largest.
    fn example(rows: u32) -> (Vec<f64>, Vec<u32>) {
        let draw = |i: u32, stream| f64::from(philox([i, stream, 0, 0], [5, 6])[0]) / 2f64.powi(32);
        let labels: Vec<u32> = (0..rows).map(|i| philox([i, 9, 0, 0], [5, 6])[0] % 3).collect();
        let logit = |i: u32| 3.0 * draw(i, 1) + if i % 3 == labels[i as usize / 3] { 1.5 } else { 0.0 };
        ((0..3 * rows).map(logit).collect(), labels)
    }

    #[test]
    fn the_slope_is_zero_and_nothing_near_is_better() {
        let (logits, labels) = example(200);
        for scale in [1e-3, 1.0, 40.0, 1e9] {
            let scaled: Vec<f64> = logits.iter().map(|z| z * scale).collect();
            let labelled = Labelled::new(&scaled, 3, &labels).unwrap();
            let Fitted { temperature, after, before } = Values::Logits.fit(labelled).unwrap();
            let at = |temperature: f64| {
                let probabilities = Values::Logits.apply(&scaled, 3, temperature);
                crate::scores::likelihood::of_classes(Labelled::new(&probabilities, 3, &labels).unwrap())
            };
            assert!((at(temperature) - after).abs() < 1e-12 && after <= before);
            assert!(at(temperature * 1.01) > after && at(temperature * 0.99) > after, "{scale}");
            let unscaled = Values::Logits.fit(Labelled::new(&logits, 3, &labels).unwrap()).unwrap();
            assert!((temperature / scale / unscaled.temperature - 1.0).abs() < 1e-10, "{scale}");
        }
    }

    #[test]
    fn probabilities_serve_as_logits_do() {
        let (logits, labels) = example(60);
        let probabilities = Values::Logits.apply(&logits, 3, 1.0);
        let by_logits = Values::Logits.fit(Labelled::new(&logits, 3, &labels).unwrap()).unwrap();
        let by_probabilities = Values::Probabilities.fit(Labelled::new(&probabilities, 3, &labels).unwrap()).unwrap();
        assert!((by_logits.temperature - by_probabilities.temperature).abs() < 1e-12);
        // One value a row: the difference of two logits, the second of two probabilities.
        let two: Vec<f64> = logits.chunks_exact(3).flat_map(|row| [row[0], row[1]]).collect();
        let one: Vec<f64> = two.chunks_exact(2).map(|row| row[1] - row[0]).collect();
        let binary: Vec<u32> = labels.iter().map(|label| label % 2).collect();
        let of_two = Values::Logits.fit(Labelled::new(&two, 2, &binary).unwrap()).unwrap().temperature;
        let of_one = Values::Logits.fit(Labelled::new(&one, 1, &binary).unwrap()).unwrap().temperature;
        assert!((of_two / of_one - 1.0).abs() < 1e-12);
        let second: Vec<f64> = Values::Logits.apply(&two, 2, 0.7).chunks_exact(2).map(|row| row[1]).collect();
        let of_ones = Values::Logits.apply(&one, 1, 0.7);
        assert!(of_ones.iter().zip(&second).all(|(a, b)| (a - b).abs() < 1e-15));
    }

    #[test]
    fn what_has_no_best_temperature_is_refused() {
        let fit = |kind: Values, values: &[f64], labels: &[u32]| kind.fit(Labelled::new(values, 2, labels).unwrap());
        let message = |found: Result<Fitted, Error>| found.unwrap_err().message;
        assert!(message(fit(Values::Logits, &[2.0, 1.0, 0.0, 3.0], &[0, 1])).contains("largest"));
        assert!(message(fit(Values::Logits, &[2.0, 1.0, 0.0, 3.0], &[1, 0])).contains("chance"));
        assert!(message(fit(Values::Logits, &[1.0, 1.0], &[0])).contains("largest"));
        assert!(message(fit(Values::Probabilities, &[1.0, 0.0, 0.5, 0.5], &[1, 0])).contains("probability 0"));
        assert!(message(fit(Values::Logits, &[1e308, -1e308, 0.0, 1.0], &[0, 0])).contains("further apart"));
        let apart = Values::Logits.apply(&[1e308, -1e308], 2, 1.5e308);
        assert!((apart[0] / apart[1] / libm::exp(2.0 / 1.5) - 1.0).abs() < 1e-14);
        assert!(message(fit(Values::Logits, &[1e-310, 0.0, 3e-310, 0.0, 0.0, 1e-310], &[1, 0, 1])).contains("float64"));
        // A class that has no chance and is no label is no obstacle.
        assert!(fit(Values::Probabilities, &[1.0, 0.0, 0.7, 0.3, 0.2, 0.8], &[0, 1, 1]).is_ok());
    }
}
