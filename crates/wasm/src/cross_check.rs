//! Scores of sampled against exact statistics.

use crate::error::to_js;
use thinned_core::Error;
use thinned_core::cross_check::{Exact, Level, Scores, compare};
use wasm_bindgen::prelude::*;

/// For `alpha` in (0, 1) over `comparisons` means and variances of `samples` draws each: the least limit of a score, and the
/// probability with which a draw may be outside of the range of its unit.
#[wasm_bindgen(js_name = crossCheckLevel)]
pub fn cross_check_level(alpha: f64, comparisons: f64, samples: f64) -> Vec<f64> {
    let Level { threshold, outside, .. } = Level::new(alpha, comparisons, samples);
    vec![threshold, outside]
}

/// Scores of means, their limits, scores of variances, theirs: `[4, units]`, from the sampled mean and variance, `[2, units]`,
/// and the exact mean, variance, fourth moment, least, largest, rounding floor and error bound, `[7, units]`.
#[wasm_bindgen(js_name = crossCheckScores)]
pub fn cross_check_scores(
    alpha: f64,
    comparisons: f64,
    samples: f64,
    sampled: &[f64],
    exact: &[f64],
) -> Result<Vec<f64>, JsValue> {
    let units = sampled.len() / 2;
    if sampled.len() != 2 * units || exact.len() != 7 * units {
        return Err(to_js(Error::shape(format!(
            "Cannot compare {} sampled and {} exact values, wanted 2 and 7 of each unit",
            sampled.len(),
            exact.len()
        ))));
    }
    let column = |index: usize| &exact[index * units..(index + 1) * units];
    let exact = Exact {
        mean: column(0),
        variance: column(1),
        fourth: column(2),
        least: column(3),
        largest: column(4),
        floor: column(5),
        error_bound: column(6),
    };
    let (means, variances) = sampled.split_at(units);
    let level = Level::new(alpha, comparisons, samples);
    let Scores { mean, mean_limit, variance, variance_limit } = compare(&exact, means, variances, &level);
    Ok([mean, mean_limit, variance, variance_limit].concat())
}
