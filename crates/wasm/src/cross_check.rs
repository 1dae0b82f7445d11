//! Scores of sampled against exact statistics.

use crate::error::to_js;
use thinned_core::{Error, cross_check};
use wasm_bindgen::prelude::*;

/// z-scores of sampled means.
#[wasm_bindgen(js_name = zMean)]
pub fn z_mean(
    sampled: &[f64],
    mean: &[f64],
    variance: &[f64],
    floor: &[f64],
    samples: f64,
) -> Result<Vec<f64>, JsValue> {
    equal_lengths(&[sampled, mean, variance, floor])?;
    Ok(cross_check::z_mean(sampled, mean, variance, floor, samples))
}

/// z-scores of sampled variances.
#[wasm_bindgen(js_name = zVariance)]
pub fn z_variance(
    sampled: &[f64],
    variance: &[f64],
    fourth: &[f64],
    floor: &[f64],
    samples: f64,
) -> Result<Vec<f64>, JsValue> {
    equal_lengths(&[sampled, variance, fourth, floor])?;
    Ok(cross_check::z_variance(sampled, variance, fourth, floor, samples))
}

/// The family-wise threshold.
#[wasm_bindgen(js_name = zThreshold)]
pub fn z_threshold(alpha: f64, comparisons: f64) -> f64 {
    cross_check::z_threshold(alpha, comparisons)
}

fn equal_lengths(arrays: &[&[f64]]) -> Result<(), JsValue> {
    let lengths: Vec<usize> = arrays.iter().map(|array| array.len()).collect();
    if lengths.iter().all(|length| *length == lengths[0]) {
        Ok(())
    } else {
        Err(to_js(Error::shape(format!("Cannot compare arrays of lengths {lengths:?}, wanted equal lengths"))))
    }
}
