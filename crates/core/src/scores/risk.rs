//! What abstaining buys: the loss of the rows that remain when the most uncertain are left out.

use super::ordered::ordered;
use super::{headroom, same_length};
use crate::error::Error;

/// The mean loss of the `k` least uncertain rows, for `k = 1 … n`: the risk at coverage `k / n` (El-Yaniv and Wiener 2010).
///
/// Rows that are equally uncertain are in a random order; the risk is its mean over these orders, so that the order in which
/// rows are given does not matter.
///
/// # Errors
/// `Shape` when the lists differ in length.
pub fn risks(uncertainty: &[f64], losses: &[f64]) -> Result<Vec<f64>, Error> {
    same_length("a risk-coverage curve", &[uncertainty.len(), losses.len()])?;
    let scale = headroom(losses);
    let rows = ordered(uncertainty.iter().copied().zip(losses.iter().map(|loss| loss * scale)));
    let mut risks = Vec::with_capacity(rows.len());
    let mut before = 0.0;
    for tied in rows.chunk_by(|a, b| a.0 == b.0) {
        let sum: f64 = tied.iter().map(|(_, loss)| loss).sum();
        for taken in 1..=tied.len() {
            let covered = (risks.len() + 1) as f64;
            risks.push((before + sum * (taken as f64 / tied.len() as f64)) / covered / scale);
        }
        before += sum;
    }
    Ok(risks)
}

/// The area under the risk-coverage curve: the mean of the risks at coverages `1/n … 1` (Geifman, Uziel and El-Yaniv 2019).
pub fn area_under_risks(risks: &[f64]) -> f64 {
    let scale = headroom(risks);
    risks.iter().map(|risk| risk * scale).sum::<f64>() / risks.len() as f64 / scale
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn ties_are_taken_in_every_order() {
        let found = risks(&[0.5, 0.1, 0.5, 0.5], &[1.0, 0.0, 0.0, 1.0]).unwrap();
        // One row that is right, then two wrong ones and a right one in any order.
        let wanted = [0.0, (2.0 / 3.0) / 2.0, (4.0 / 3.0) / 3.0, 0.5];
        for (a, b) in found.iter().zip(wanted) {
            assert!((a - b).abs() < 1e-15);
        }
        assert!((area_under_risks(&found) - wanted.iter().sum::<f64>() / 4.0).abs() < 1e-15);
        assert!(risks(&[1.0], &[]).is_err());
        let large = risks(&[1.0, 2.0, 3.0], &[1e308; 3]).unwrap();
        assert!(large.iter().chain([&area_under_risks(&large)]).all(|risk| (risk / 1e308 - 1.0).abs() < 1e-15));
    }
}
