//! Exact statistics over a chunk of rows.

use crate::Best;
use crate::error::to_js;
use crate::network::Network;
use thinned_core::Error;
use thinned_core::exact::plan::{Purpose, plan};
use thinned_core::exact::run::Run;
use wasm_bindgen::prelude::*;

/// A run that keeps the weights it began with.
#[wasm_bindgen]
pub struct ExactRun {
    run: Run<Best>,
}

#[wasm_bindgen]
impl ExactRun {
    /// A run over all units of a node or one of them, by the method of its plan, for the rows of `x`; with `outside` it reports
    /// the ranges of the units too, which a draw leaves with that probability.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &Network,
        node: usize,
        unit: Option<usize>,
        method: &str,
        x: &[f32],
        rows: usize,
        outside: Option<f64>,
    ) -> Result<Self, JsValue> {
        let purpose = if outside.is_some() { Purpose::CrossCheck } else { Purpose::Report };
        let plan = plan(&network.core.graph, node, unit, Some(method), purpose).map_err(to_js)?;
        let run = Run::new(&network.core, node, unit, &plan, x, rows).map_err(to_js)?;
        Ok(Self {
            run: match outside {
                Some(outside) => run.with_reach(outside),
                None => run,
            },
        })
    }

    /// Computes up to `evaluations` more passes.
    pub fn step(&mut self, evaluations: f64) -> Result<(), JsValue> {
        self.run.step(evaluations as u64).map_err(to_js)
    }

    /// Passes left.
    #[wasm_bindgen(getter)]
    pub fn remaining(&self) -> f64 {
        self.run.remaining()
    }

    /// The named statistic, `[rows, units]`, where it has a meaning and the run is complete.
    pub fn statistic(&self, name: &str) -> Option<Vec<f64>> {
        self.run.statistic(name)
    }

    /// The absolute error bound of the rows computed so far.
    #[wasm_bindgen(getter, js_name = errorBound)]
    pub fn error_bound(&self) -> f64 {
        self.run.error_bound()
    }
}

/// `"report"` or `"crossCheck"`.
pub fn parse_purpose(word: &str) -> Result<Purpose, JsValue> {
    match word {
        "report" => Ok(Purpose::Report),
        "crossCheck" => Ok(Purpose::CrossCheck),
        _ => Err(to_js(Error::word(format!("Cannot plan for \"{word}\", wanted \"report\" or \"crossCheck\"")))),
    }
}
