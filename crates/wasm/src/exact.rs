//! Exact statistics over a chunk of rows.

use crate::Best;
use crate::error::to_js;
use crate::network::Network;
use crate::words::parse_detail;
use thinned_core::error::Error;
use thinned_core::exact::detail;
use thinned_core::exact::plan::{Purpose, plan};
use thinned_core::exact::run::Run;
use wasm_bindgen::prelude::*;

/// What both kinds of run do: evaluations a step at a time, and the blocks of an enumeration for one row, which others may compute.
macro_rules! in_steps_and_blocks {
    ($class:ident) => {
        #[wasm_bindgen]
        impl $class {
            /// Blocks of the enumeration for one row.
            pub fn blocks(&mut self) -> Result<usize, JsValue> {
                self.run.blocks().map_err(to_js)
            }

            /// Leaves only these blocks to be computed.
            pub fn restrict(&mut self, first: usize, end: usize) -> Result<(), JsValue> {
                self.run.restrict(first..end).map_err(to_js)
            }

            /// Computes about as many evaluations more of the blocks, and no statistics.
            #[wasm_bindgen(js_name = stepBlocks)]
            pub fn step_blocks(&mut self, evaluations: f64) -> Result<(), JsValue> {
                self.run.step_blocks(evaluations as u64).map_err(to_js)
            }

            /// Evaluations left in the blocks.
            #[wasm_bindgen(js_name = remainingInBlocks)]
            pub fn remaining_in_blocks(&mut self) -> Result<f64, JsValue> {
                self.run.remaining_in_blocks().map_err(to_js)
            }

            /// What blocks have come to.
            #[wasm_bindgen(js_name = blockSums)]
            pub fn block_sums(&mut self, first: usize, end: usize) -> Result<Vec<f64>, JsValue> {
                self.run.block_sums(first..end).map_err(to_js)
            }

            /// Takes over blocks from `first` on.
            pub fn accept(&mut self, first: usize, sums: &[f64]) -> Result<(), JsValue> {
                self.run.accept(first, sums).map_err(to_js)
            }

            /// Computes about as many evaluations more.
            pub fn step(&mut self, evaluations: f64) -> Result<(), JsValue> {
                self.run.step(evaluations as u64).map_err(to_js)
            }

            /// Evaluations left.
            #[wasm_bindgen(getter)]
            pub fn remaining(&self) -> f64 {
                self.run.remaining()
            }
        }
    };
}

in_steps_and_blocks!(ExactRun);
in_steps_and_blocks!(ExactDetail);

/// A run that keeps the weights it began with.
#[wasm_bindgen]
pub struct ExactRun {
    run: Run<Best>,
}

#[wasm_bindgen]
impl ExactRun {
    /// A run over all units of the first of `nodes` or one of them, by the method of its plan, for the rows of `x`, and over those
    /// of the others, which its walk has to pass ([`Network::exact_leads`]); with `outside` it reports the ranges of the units too,
    /// which a draw leaves with that probability. `parts` is empty for all, or the first of those that are wanted and the end;
    /// [`Network::exact_parts`] counts them.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &Network,
        nodes: &[u32],
        unit: Option<usize>,
        method: &str,
        x: &[f32],
        rows: usize,
        outside: Option<f64>,
        parts: &[u32],
    ) -> Result<Self, JsValue> {
        let nodes: Vec<usize> = nodes.iter().map(|&node| node as usize).collect();
        let Some((&node, others)) = nodes.split_first() else {
            return Err(to_js(Error::range(
                "Cannot compute exact statistics: there are no nodes, wanted one or more".to_owned(),
            )));
        };
        let purpose = if outside.is_some() { Purpose::CrossCheck } else { Purpose::Report };
        let plan = plan(&network.core.graph, node, unit, Some(method), purpose).map_err(to_js)?;
        let run = Run::new(&network.core, node, unit, &plan, x, rows).map_err(to_js)?;
        let run = run.with_others(others, unit).map_err(to_js)?;
        let run = match *parts {
            [first, end] => run.with_parts(first as usize..end as usize).map_err(to_js)?,
            _ => run,
        };
        Ok(Self {
            run: match outside {
                Some(outside) => run.with_reach(outside),
                None => run,
            },
        })
    }

    /// The units of which statistics are computed, of the layer in this place among the nodes.
    pub fn units(&self, layer: usize) -> Vec<u32> {
        let units = match layer.checked_sub(1) {
            None => self.run.units(),
            Some(other) => self.run.units_of(other).to_vec(),
        };
        units.into_iter().map(|unit| unit as u32).collect()
    }

    /// The named statistic of one of the layers, `[rows, units]`, where it has a meaning and the run is complete.
    pub fn statistic(&self, layer: usize, name: &str) -> Option<Vec<f64>> {
        match layer.checked_sub(1) {
            None => self.run.statistic(name),
            Some(other) => self.run.statistic_of(other, name),
        }
    }

    /// The absolute error bound of one of the layers, over the rows computed so far.
    #[wasm_bindgen(js_name = errorBound)]
    pub fn error_bound(&self, layer: usize) -> f64 {
        match layer.checked_sub(1) {
            None => self.run.error_bound(),
            Some(other) => self.run.error_bound_of(other),
        }
    }
}

/// What is computed beside the statistics of each unit: a run that keeps the weights it began with.
#[wasm_bindgen]
pub struct ExactDetail {
    run: detail::Run<Best>,
}

#[wasm_bindgen]
impl ExactDetail {
    /// A run of the detail `"joint"` or `"given"` of a node, for the rows of `x`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &Network,
        node: usize,
        unit: Option<usize>,
        kind: &str,
        x: &[f32],
        rows: usize,
    ) -> Result<Self, JsValue> {
        let run = detail::Run::new(&network.core, node, unit, parse_detail(kind)?, x, rows).map_err(to_js)?;
        Ok(Self { run })
    }

    /// The named statistic, rows first, where it has a meaning and the run is complete.
    pub fn statistic(&self, name: &str) -> Option<Vec<f64>> {
        self.run.statistic(name)
    }

    /// The absolute error bound of the rows computed so far.
    #[wasm_bindgen(getter, js_name = errorBound)]
    pub fn error_bound(&self) -> f64 {
        self.run.error_bound()
    }
}
