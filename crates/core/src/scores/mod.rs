//! How good predictions are against what came to pass, for predictions that are distributions.
//!
//! Likelihood, the Brier score, the CRPS and the interval score are proper: no prediction has a better mean score than the true
//! distribution (Gneiting and Raftery 2007, *Strictly proper scoring rules, prediction, and estimation*). Calibration says
//! whether probabilities are frequencies, ranking whether uncertainty finds the errors, acquisition which row to label next.
//! Everything is in double precision; sums go through rows in their order.

pub mod acquisition;
pub mod area;
pub mod brier;
pub mod calibration;
pub mod crps;
pub mod interval;
pub mod labelled;
pub mod likelihood;
pub mod ordered;
pub mod risk;
pub mod squared_error;
pub mod temperature;

use crate::error::Error;

/// Refuses lists that should belong to the same things and differ in length.
fn same_length(what: &str, lengths: &[usize]) -> Result<(), Error> {
    if lengths.windows(2).all(|pair| pair[0] == pair[1]) {
        return Ok(());
    }
    Err(Error::shape(format!("Cannot compute {what}: lists of lengths {lengths:?}, equal lengths are wanted")))
}

/// What numbers are multiplied by so that sums over pairs of them stay within the range: 1, but `2⁻¹²⁸` where one is beyond `2⁸⁰⁰`.
/// A power of two changes no digit.
fn headroom<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> f64 {
    const LARGE: f64 = 6.668_014_432_879_854e240;
    const SMALLER: f64 = 2.938_735_877_055_719e-39;
    if numbers.into_iter().any(|number| number.abs() > LARGE) { SMALLER } else { 1.0 }
}

/// The samples of each target and the number of samples: `samples` is `[samples, targets]`, at least one of each.
fn sample_count(what: &str, samples: &[f64], targets: usize) -> Result<usize, Error> {
    if targets == 0 || samples.is_empty() || !samples.len().is_multiple_of(targets) {
        return Err(Error::shape(format!(
            "Cannot compute {what}: {} values for {targets} targets, one for each target and sample is wanted",
            samples.len()
        )));
    }
    Ok(samples.len() / targets)
}
