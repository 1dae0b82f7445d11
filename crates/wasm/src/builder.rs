//! Building a network node by node.

use crate::error::{seed, to_js};
use crate::network::Network;
use thinned_core::Error;
use thinned_core::activation::Activation;
use thinned_core::gates::Scaling;
use thinned_core::network::Builder;
use thinned_core::train::constraint::Penalty;
use wasm_bindgen::prelude::*;

/// Takes nodes in topological order and gives each a number.
#[wasm_bindgen]
#[derive(Default)]
pub struct NetworkBuilder {
    builder: Builder,
}

#[wasm_bindgen]
impl NetworkBuilder {
    /// No nodes yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The input; exactly once, first. The shape is without the batch.
    pub fn input(&mut self, shape: &[u32]) -> Result<usize, JsValue> {
        match *shape {
            [width] => self.builder.input(width as usize).map_err(to_js),
            _ => Err(to_js(Error::shape(format!("Cannot make an input of shape {shape:?}, wanted one dimension")))),
        }
    }

    /// A dense layer; `connection_rate` 0 has no connection gates.
    pub fn dense(
        &mut self,
        name: &str,
        source: usize,
        units: usize,
        activation: &str,
        c: f64,
        lambda: f64,
        use_bias: bool,
        connection_rate: f64,
        scaling: &str,
        shared_with: Option<usize>,
    ) -> Result<usize, JsValue> {
        let activation = Activation::parse(activation, c, lambda).map_err(to_js)?;
        let scaling = Scaling::parse(scaling).map_err(to_js)?;
        let connections = (connection_rate != 0.0).then_some((connection_rate, scaling));
        self.builder.dense(name, source, units, activation, use_bias, connections, shared_with).map_err(to_js)
    }

    /// Gates over the units of `source`, with one rate or one a unit.
    pub fn dropout(&mut self, name: &str, source: usize, rates: &[f64], scaling: &str) -> Result<usize, JsValue> {
        self.builder.dropout(name, source, rates, Scaling::parse(scaling).map_err(to_js)?).map_err(to_js)
    }

    /// The sources side by side.
    pub fn concat(&mut self, name: &str, sources: &[u32]) -> Result<usize, JsValue> {
        self.builder.concat(name, &indices(sources)).map_err(to_js)
    }

    /// The sum of the sources.
    pub fn add(&mut self, name: &str, sources: &[u32]) -> Result<usize, JsValue> {
        self.builder.add(name, &indices(sources)).map_err(to_js)
    }

    /// How training keeps the weights of a layer small: `[l1, l2]` for each of its parameters, and a limit for the norms
    /// of its kernel, or 0.
    pub fn regularize(&mut self, node: usize, penalties: &[f64], max_norm: f64) -> Result<(), JsValue> {
        let penalties: Vec<Penalty> = penalties.as_chunks::<2>().0.iter().map(|&[l1, l2]| Penalty { l1, l2 }).collect();
        let max_norm = (max_norm != 0.0).then_some(max_norm);
        self.builder.regularize(node, &penalties, max_norm).map_err(to_js)
    }

    /// The network, its kernels drawn from the seed.
    pub fn build(self, output: usize, seed_value: f64) -> Result<Network, JsValue> {
        let core = self.builder.build(output, seed(seed_value)?).map_err(to_js)?;
        Ok(Network { core })
    }
}

/// Node numbers as the core counts them.
pub fn indices(numbers: &[u32]) -> Vec<usize> {
    numbers.iter().map(|&number| number as usize).collect()
}
