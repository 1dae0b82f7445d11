//! A network: its parameters and its deterministic pass.

use crate::Best;
use crate::builder::indices;
use crate::error::to_js;
use crate::words::{parse_detail, parse_purpose};
use js_sys::Float32Array;
use std::rc::Rc;
use thinned_core::Error;
use thinned_core::exact::conditioned::integral_products;
use thinned_core::exact::detail;
use thinned_core::exact::plan::{Method, plan};
use thinned_core::exact::run::parts;
use thinned_core::exact::together::leads;
use thinned_core::gates::Site;
use thinned_core::network::Parameter;
use thinned_core::train::loss::Loss;
use thinned_core::train::{constraint, evaluation};
use wasm_bindgen::prelude::*;

/// A validated graph and its parameters.
#[wasm_bindgen]
pub struct Network {
    pub(crate) core: thinned_core::network::Network,
}

#[wasm_bindgen]
impl Network {
    /// The network as it is now, for a call that takes long: it shares the parameters until one of the two is changed.
    pub fn snapshot(&self) -> Network {
        Network { core: self.core.clone() }
    }

    /// How many parameters there are.
    #[wasm_bindgen(getter)]
    pub fn parameters(&self) -> usize {
        self.core.parameters.len()
    }

    /// A copy of a parameter, row-major.
    pub fn parameter(&self, index: usize) -> Result<Vec<f32>, JsValue> {
        self.find(index)?;
        Ok(self.core.parameters[index].clone())
    }

    /// Replaces a parameter.
    #[wasm_bindgen(js_name = setParameter)]
    pub fn set_parameter(&mut self, index: usize, data: &Float32Array) -> Result<(), JsValue> {
        let shape = self.find(index)?.shape.clone();
        let length = data.length() as usize;
        if length != shape.iter().product() {
            let message = format!("Cannot set parameter {index}: got {length} numbers, wanted shape {shape:?}");
            return Err(to_js(Error::shape(message)));
        }
        // Copied once, where a slice would be copied in first: workers of a fit get all weights at every step.
        data.copy_to(&mut Rc::make_mut(&mut self.core.parameters)[index]);
        Ok(())
    }

    /// The deterministic, weight-scaled output, `[rows, outputs]`.
    pub fn predict(&self, x: Vec<f32>, rows: usize) -> Result<Vec<f32>, JsValue> {
        evaluation::predict::<Best>(&self.core, x, rows).map_err(to_js)
    }

    /// The deterministic activities of some nodes before their own gates, each `[rows, width]`, one after the other.
    pub fn activities(&self, x: Vec<f32>, rows: usize, nodes: &[u32]) -> Result<Vec<f32>, JsValue> {
        evaluation::activities::<Best>(&self.core, x, rows, &indices(nodes)).map_err(to_js)
    }

    /// The sums over the rows of the loss, without penalties, and of the accuracy; then, if they are wanted, the outputs.
    pub fn evaluate(
        &self,
        x: Vec<f32>,
        y: &[f32],
        weights: &[f32],
        rows: usize,
        loss: &str,
        delta: f64,
        wants_outputs: bool,
    ) -> Result<Vec<f64>, JsValue> {
        let loss = Loss::parse(loss, delta).map_err(to_js)?;
        let (score, outputs) = evaluation::evaluate::<Best>(&self.core, x, y, weights, rows, loss).map_err(to_js)?;
        let mut numbers = vec![score.loss, score.correct];
        if wants_outputs {
            numbers.extend(outputs.into_iter().map(f64::from));
        }
        Ok(numbers)
    }

    /// What the penalties of the parameters add to the loss.
    pub fn penalty(&self) -> f64 {
        constraint::penalty(&self.core.graph, &self.core.parameters)
    }

    /// Gates of the node's own site that can be dropped.
    pub fn gates(&self, node: usize) -> Result<usize, JsValue> {
        let graph = &self.core.graph;
        let missing = || to_js(Error::range(format!("Cannot find node {node}: the network has {}", graph.nodes.len())));
        let site = graph.nodes.get(node).ok_or_else(missing)?.operation.site().map(|site| &graph.sites[site]);
        Ok(site.map_or(0, Site::random_gates))
    }

    /// What a detail of exact statistics would take: gates, numbers a row, evaluations a row and seconds a row.
    #[wasm_bindgen(js_name = planDetail)]
    pub fn plan_detail(&self, node: usize, unit: Option<usize>, kind: &str) -> Result<Vec<f64>, JsValue> {
        let graph = &self.core.graph;
        if node >= graph.nodes.len() {
            return Err(to_js(Error::range(format!("Cannot find node {node}: the network has {}", graph.nodes.len()))));
        }
        let plan = detail::plan(graph, node, unit, parse_detail(kind)?).map_err(to_js)?;
        Ok(vec![plan.gates as f64, plan.values, plan.evaluations, plan.seconds_per_row])
    }

    /// What integrating the last gates of a node costs a row, in multiplications.
    #[wasm_bindgen(js_name = integralProducts)]
    pub fn integral_products(&self, node: usize) -> Result<f64, JsValue> {
        let graph = &self.core.graph;
        if node >= graph.nodes.len() {
            return Err(to_js(Error::range(format!("Cannot find node {node}: the network has {}", graph.nodes.len()))));
        }
        Ok(integral_products(graph, node))
    }

    /// What exact statistics of a node, or of one of its units, would take.
    #[wasm_bindgen(js_name = planExact)]
    pub fn plan_exact(
        &self,
        node: usize,
        unit: Option<usize>,
        method: Option<String>,
        purpose: &str,
    ) -> Result<ExactPlan, JsValue> {
        let purpose = parse_purpose(purpose)?;
        let plan = plan(&self.core.graph, node, unit, method.as_deref(), purpose).map_err(to_js)?;
        Ok(ExactPlan {
            method: plan.method.name().to_owned(),
            gates: plan.gates,
            evaluations: plan.evaluations,
            seconds_per_row: plan.seconds_per_row,
        })
    }

    /// Parts of the work on a row that different runs can do.
    #[wasm_bindgen(js_name = exactParts)]
    pub fn exact_parts(&self, node: usize, unit: Option<usize>, method: &str, purpose: &str) -> Result<usize, JsValue> {
        let graph = &self.core.graph;
        let plan = plan(graph, node, unit, Some(method), parse_purpose(purpose)?).map_err(to_js)?;
        parts(graph, node, unit, &plan).map_err(to_js)
    }

    /// For each of some nodes with plans of one method, the place of the one whose walk gives its statistics.
    #[wasm_bindgen(js_name = exactLeads)]
    pub fn exact_leads(&self, nodes: &[u32], unit: Option<usize>, method: &str) -> Result<Vec<u32>, JsValue> {
        let nodes: Vec<usize> = nodes.iter().map(|&node| node as usize).collect();
        let method = match method {
            "reference" => Method::Reference,
            "nested" => Method::Nested,
            _ => return Ok((0..nodes.len() as u32).collect()),
        };
        let leads = leads(&self.core.graph, &nodes, unit, method).map_err(to_js)?;
        Ok(leads.into_iter().map(|lead| lead as u32).collect())
    }

    fn find(&self, index: usize) -> Result<&Parameter, JsValue> {
        let parameters = &self.core.graph.parameters;
        parameters.get(index).ok_or_else(|| {
            to_js(Error::range(format!("Cannot find parameter {index}: the network has {}", parameters.len())))
        })
    }
}

/// Method and cost of an exact computation.
#[wasm_bindgen(getter_with_clone)]
pub struct ExactPlan {
    /// The method's name.
    #[wasm_bindgen(readonly)]
    pub method: String,
    /// Gates upstream; the subnetworks are `2^gates`.
    #[wasm_bindgen(readonly)]
    pub gates: usize,
    /// Subnetwork passes a row.
    #[wasm_bindgen(readonly)]
    pub evaluations: f64,
    /// An estimate.
    #[wasm_bindgen(readonly, js_name = secondsPerRow)]
    pub seconds_per_row: f64,
}
