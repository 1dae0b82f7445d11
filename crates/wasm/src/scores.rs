//! Scores of predictions that are there already; rows come checked, with the names that their caller gave them.

use crate::error::to_js;
use thinned_core::scores::acquisition::{self, Acquisition};
use thinned_core::scores::area::area;
use thinned_core::scores::brier::brier;
use thinned_core::scores::calibration::{Bin, Binning, expected_calibration_error};
use thinned_core::scores::interval::{self, Measure};
use thinned_core::scores::labelled::Labelled;
use thinned_core::scores::temperature::{Fitted, Values};
use thinned_core::scores::{crps, likelihood, risk, squared_error};
use wasm_bindgen::prelude::*;

/// The mean of `−log p(label)`; probabilities `[rows, width]`.
#[wasm_bindgen(js_name = classNegativeLogLikelihood)]
pub fn class_negative_log_likelihood(probabilities: &[f64], width: usize, labels: &[u32]) -> Result<f64, JsValue> {
    Labelled::new(probabilities, width, labels).map(likelihood::of_classes).map_err(to_js)
}

/// The Brier score; probabilities `[rows, width]`.
#[wasm_bindgen(js_name = brierScore)]
pub fn brier_score(probabilities: &[f64], width: usize, labels: &[u32]) -> Result<f64, JsValue> {
    Labelled::new(probabilities, width, labels).map(brier).map_err(to_js)
}

/// The expected calibration error, then of each bin: lower and upper end, rows, confidence, accuracy.
#[wasm_bindgen]
pub fn reliability(
    probabilities: &[f64],
    width: usize,
    labels: &[u32],
    bins: usize,
    strategy: &str,
) -> Result<Vec<f64>, JsValue> {
    let binning = Binning::parse(strategy).map_err(to_js)?;
    let labelled = Labelled::new(probabilities, width, labels).map_err(to_js)?;
    let bins = binning.bins(labelled, bins).map_err(to_js)?;
    let of_bin = |bin: &Bin| [bin.lower, bin.upper, bin.rows as f64, bin.confidence, bin.accuracy];
    Ok([expected_calibration_error(&bins)].into_iter().chain(bins.iter().flat_map(of_bin)).collect())
}

/// The negative log-likelihood of each target under a Gaussian.
#[wasm_bindgen(js_name = gaussianNegativeLogLikelihood)]
pub fn gaussian_negative_log_likelihood(
    means: &[f64],
    variances: &[f64],
    targets: &[f64],
) -> Result<Vec<f64>, JsValue> {
    likelihood::gaussian(means, variances, targets).map_err(to_js)
}

/// The negative log-likelihood of each row under samples `[samples, rows, outputs]` with noise of precision `tau`.
#[wasm_bindgen(js_name = sampledNegativeLogLikelihood)]
pub fn sampled_negative_log_likelihood(
    samples: &[f64],
    targets: &[f64],
    rows: usize,
    tau: f64,
) -> Result<Vec<f64>, JsValue> {
    likelihood::sampled(samples, targets, rows, tau).map_err(to_js)
}

/// The CRPS of each target under a Gaussian.
#[wasm_bindgen(js_name = gaussianCrps)]
pub fn gaussian_crps(means: &[f64], variances: &[f64], targets: &[f64]) -> Result<Vec<f64>, JsValue> {
    crps::gaussian(means, variances, targets).map_err(to_js)
}

/// The CRPS of each target under samples `[samples, targets]`.
#[wasm_bindgen(js_name = sampledCrps)]
pub fn sampled_crps(samples: &[f64], targets: &[f64], fair: bool) -> Result<Vec<f64>, JsValue> {
    crps::sampled(samples, targets, fair).map_err(to_js)
}

/// The root of the mean squared error.
#[wasm_bindgen(js_name = rootMeanSquaredError)]
pub fn root_mean_squared_error(predictions: &[f64], targets: &[f64]) -> f64 {
    let pairs = predictions.iter().copied().zip(targets.iter().copied());
    squared_error::root_mean_squared_error(pairs)
}

/// The share of targets inside their intervals.
#[wasm_bindgen(js_name = intervalCoverage)]
pub fn interval_coverage(lower: &[f64], upper: &[f64], targets: &[f64]) -> Result<f64, JsValue> {
    Measure::Coverage.of(lower, upper, targets).map_err(to_js)
}

/// The interval score of central intervals that should hold `1 − alpha` of the targets.
#[wasm_bindgen(js_name = intervalScore)]
pub fn interval_score(lower: &[f64], upper: &[f64], targets: &[f64], alpha: f64) -> Result<f64, JsValue> {
    Measure::Score { alpha }.of(lower, upper, targets).map_err(to_js)
}

/// The mean width of intervals.
#[wasm_bindgen(js_name = intervalWidth)]
pub fn interval_width(lower: &[f64], upper: &[f64]) -> Result<f64, JsValue> {
    // A width has no need of targets; those given are not read.
    Measure::Width.of(lower, upper, lower).map_err(to_js)
}

/// The central `1 − alpha` intervals of Gaussians: all lower ends, then all upper ones.
#[wasm_bindgen(js_name = gaussianInterval)]
pub fn gaussian_interval(means: &[f64], variances: &[f64], alpha: f64) -> Result<Vec<f64>, JsValue> {
    interval::gaussian(means, variances, alpha).map_err(to_js)
}

/// The intervals between quantiles of samples `[samples, targets]`: all lower ends, then all upper ones.
#[wasm_bindgen(js_name = sampledInterval)]
pub fn sampled_interval(samples: &[f64], targets: usize, alpha: f64) -> Result<Vec<f64>, JsValue> {
    interval::sampled(samples, targets, alpha).map_err(to_js)
}

/// The area under the ROC curve; labels are 0 or 1.
#[wasm_bindgen(js_name = areaUnderRoc)]
pub fn area_under_roc(scores: &[f64], labels: &[u32]) -> f64 {
    area(scores.iter().copied().zip(labels.iter().map(|label| *label == 1)))
}

/// The area under the risk-coverage curve, then the risks at coverages `1/n … 1`.
#[wasm_bindgen(js_name = riskCoverage)]
pub fn risk_coverage(uncertainty: &[f64], losses: &[f64]) -> Result<Vec<f64>, JsValue> {
    let risks = risk::risks(uncertainty, losses).map_err(to_js)?;
    Ok([risk::area_under_risks(&risks)].into_iter().chain(risks).collect())
}

fn kind(probabilities: bool) -> Values {
    if probabilities { Values::Probabilities } else { Values::Logits }
}

/// The temperature, and the negative log-likelihood without and with it.
#[wasm_bindgen(js_name = fitTemperature)]
pub fn fit_temperature(values: &[f64], width: usize, labels: &[u32], probabilities: bool) -> Result<Vec<f64>, JsValue> {
    let labelled = Labelled::new(values, width, labels).map_err(to_js)?;
    let Fitted { temperature, before, after } = kind(probabilities).fit(labelled).map_err(to_js)?;
    Ok(vec![temperature, before, after])
}

/// Probabilities at a temperature, `[rows, width]`.
#[wasm_bindgen(js_name = applyTemperature)]
pub fn apply_temperature(values: &[f64], width: usize, temperature: f64, probabilities: bool) -> Vec<f64> {
    kind(probabilities).apply(values, width, temperature)
}

/// An acquisition function of each row; samples `[samples, rows, width]`.
#[wasm_bindgen]
pub fn acquisition(name: &str, samples: &[f64], rows: usize, width: usize) -> Result<Vec<f64>, JsValue> {
    Acquisition::parse(name).and_then(|kind| kind.of(samples, rows, width)).map_err(to_js)
}

/// The mean over columns of the roots of variances `[rows, width]`.
#[wasm_bindgen(js_name = meanStandardDeviation)]
pub fn mean_standard_deviation(variances: &[f64], rows: usize) -> Result<Vec<f64>, JsValue> {
    acquisition::mean_standard_deviation(variances, rows).map_err(to_js)
}
