//! Metrics over outputs that are there already.

use crate::error::to_js;
use thinned_core::train::metric::Metric;
use wasm_bindgen::prelude::*;

/// A metric of outputs against targets, both `[rows, …]`.
#[wasm_bindgen]
pub fn metric(name: &str, k: usize, outputs: &[f32], targets: &[f32], rows: usize) -> Result<f64, JsValue> {
    Metric::parse(name, k).and_then(|metric| metric.of(outputs, targets, rows)).map_err(to_js)
}
