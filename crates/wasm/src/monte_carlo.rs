//! Sampled subnetworks over a chunk of rows.

use crate::Best;
use crate::builder::indices;
use crate::error::{seed, to_js};
use crate::network::Network;
use thinned_core::Error;
use thinned_core::forward::Masks;
use thinned_core::monte_carlo::{Request, Run, collect};
use thinned_core::sampled::Sampled;
use wasm_bindgen::prelude::*;

/// A run that keeps the weights it began with.
#[wasm_bindgen]
pub struct MonteCarloRun {
    run: Run<Best>,
    targets: usize,
}

/// What sampled subnetworks add up to.
#[wasm_bindgen]
pub struct SampledStatistics {
    sampled: Sampled<Best>,
    targets: usize,
}

#[wasm_bindgen]
impl MonteCarloRun {
    /// A run over the rows of `x`; everything before the first gate is computed here.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &Network,
        x: &[f32],
        rows: usize,
        first_row: u32,
        nodes: &[u32],
        first_sample: u32,
        samples: u32,
        seed_value: f64,
        masks: &str,
        keep_samples: bool,
        integrate_last: bool,
        geometric_means: bool,
    ) -> Result<Self, JsValue> {
        let request = Request {
            nodes: indices(nodes),
            samples,
            first_sample,
            seed: seed(seed_value)?,
            first_row,
            masks: match masks {
                "shared" => Masks::Shared,
                "independent" => Masks::Independent,
                _ => {
                    let message = format!("Cannot draw masks \"{masks}\", wanted \"shared\" or \"independent\"");
                    return Err(to_js(Error::word(message)));
                }
            },
            keep_samples,
            integrate_last,
            geometric_means,
        };
        let run = Run::new(&network.core, x, rows, &request).map_err(to_js)?;
        Ok(Self { run, targets: nodes.len() })
    }

    /// Draws up to `samples` more.
    pub fn step(&mut self, samples: u32) -> Result<(), JsValue> {
        self.run.step(samples);
        self.run.failure().map_or(Ok(()), |failure| Err(to_js(failure.clone())))
    }

    /// Samples still to draw.
    #[wasm_bindgen(getter)]
    pub fn remaining(&self) -> u32 {
        self.run.remaining()
    }

    /// The statistics of what was drawn, which the run gives up.
    pub fn finish(&mut self) -> SampledStatistics {
        SampledStatistics { sampled: self.run.finish(), targets: core::mem::take(&mut self.targets) }
    }

    /// The samples since the last call, `[samples, rows, width]`.
    #[wasm_bindgen(js_name = takeSamples)]
    pub fn take_samples(&mut self, target: usize) -> Result<Vec<f32>, JsValue> {
        check(target, self.targets).map(|target| self.run.take_samples(target))
    }
}

#[wasm_bindgen]
impl SampledStatistics {
    /// No samples yet of the nodes, for the states of runs to be appended to.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &Network,
        nodes: &[u32],
        rows: usize,
        integrate_last: bool,
        geometric_means: bool,
    ) -> Result<Self, JsValue> {
        let collect = collect(integrate_last, geometric_means).map_err(to_js)?;
        let sampled = Sampled::new(&network.core, &indices(nodes), rows, collect).map_err(to_js)?;
        Ok(Self { sampled, targets: nodes.len() })
    }

    /// Everything but kept samples.
    pub fn state(&self) -> Vec<f64> {
        self.sampled.state()
    }

    /// Adds the samples behind a state, which follow those seen so far.
    pub fn append(&mut self, state: &[f64]) -> Result<(), JsValue> {
        self.sampled.append(state).map_err(to_js)
    }

    /// `[rows, width]`.
    pub fn mean(&self, target: usize) -> Result<Vec<f64>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.mean(target))
    }

    /// `[rows, width]`, divisor `T`.
    pub fn variance(&self, target: usize) -> Result<Vec<f64>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.variance(target))
    }

    /// `[rows, width]`, of the mean.
    #[wasm_bindgen(js_name = standardError)]
    pub fn standard_error(&self, target: usize) -> Result<Vec<f64>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.standard_error(target))
    }

    /// `[rows]`, nats; class probabilities only.
    #[wasm_bindgen(js_name = predictiveEntropy)]
    pub fn predictive_entropy(&self, target: usize) -> Result<Option<Vec<f64>>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.predictive_entropy(target))
    }

    /// `[rows]`, nats; class probabilities only.
    #[wasm_bindgen(js_name = expectedEntropy)]
    pub fn expected_entropy(&self, target: usize) -> Result<Option<Vec<f64>>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.expected_entropy(target))
    }

    /// `[rows]`, nats; class probabilities only.
    #[wasm_bindgen(js_name = mutualInformation)]
    pub fn mutual_information(&self, target: usize) -> Result<Option<Vec<f64>>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.mutual_information(target))
    }

    /// `[rows, width]`; logistic units and softmax groups only, where collected.
    #[wasm_bindgen(js_name = geometricMean)]
    pub fn geometric_mean(&self, target: usize) -> Result<Option<Vec<f64>>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.geometric_mean(target))
    }

    /// `[rows, width]`; logistic units only, where collected.
    #[wasm_bindgen(js_name = complementGeometricMean)]
    pub fn complement_geometric_mean(&self, target: usize) -> Result<Option<Vec<f64>>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.complement_geometric_mean(target))
    }

    /// `[rows, width]`; logistic units and softmax groups only, where collected.
    pub fn nwgm(&self, target: usize) -> Result<Option<Vec<f64>>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.nwgm(target))
    }

    /// `[rows]`; class probabilities only.
    #[wasm_bindgen(js_name = variationRatio)]
    pub fn variation_ratio(&self, target: usize) -> Result<Option<Vec<f64>>, JsValue> {
        check(target, self.targets).map(|target| self.sampled.variation_ratio(target))
    }
}

fn check(target: usize, targets: usize) -> Result<usize, JsValue> {
    if target < targets {
        Ok(target)
    } else {
        Err(to_js(Error::range(format!("Cannot read target {target}: the run has {targets}"))))
    }
}
