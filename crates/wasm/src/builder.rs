//! Building a network node by node.

use crate::error::{seed, to_js};
use crate::network::Network;
use thinned_core::Error;
use thinned_core::activation::Activation;
use thinned_core::concrete::Concrete;
use thinned_core::gates::Scaling;
use thinned_core::initialize::Initializer;
use thinned_core::network::Builder;
use thinned_core::ops::{Padding, PoolKind, Window};
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
        self.builder.input_of_shape(&indices(shape)).map_err(to_js)
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

    /// Gates over the channels of images.
    #[wasm_bindgen(js_name = spatialDropout2d)]
    pub fn spatial_dropout2d(
        &mut self,
        name: &str,
        source: usize,
        rates: &[f64],
        scaling: &str,
    ) -> Result<usize, JsValue> {
        let scaling = Scaling::parse(scaling).map_err(to_js)?;
        self.builder.spatial_dropout2d(name, source, rates, scaling).map_err(to_js)
    }

    /// Gaussian noise.
    #[wasm_bindgen(js_name = gaussianDropout)]
    pub fn gaussian_dropout(&mut self, name: &str, source: usize, rate: f64) -> Result<usize, JsValue> {
        self.builder.gaussian_dropout(name, source, rate).map_err(to_js)
    }

    /// Gates that keep mean and variance.
    #[wasm_bindgen(js_name = alphaDropout)]
    pub fn alpha_dropout(&mut self, name: &str, source: usize, rate: f64) -> Result<usize, JsValue> {
        self.builder.alpha_dropout(name, source, rate).map_err(to_js)
    }

    /// Gates at a learned rate.
    #[wasm_bindgen(js_name = concreteDropout)]
    pub fn concrete_dropout(
        &mut self,
        name: &str,
        source: usize,
        rate: f64,
        temperature: f64,
        weight_regularizer: f64,
        dropout_regularizer: f64,
        shared_with: Option<usize>,
    ) -> Result<usize, JsValue> {
        let concrete = Concrete { logit: 0, temperature, weight_regularizer, dropout_regularizer };
        self.builder.concrete_dropout(name, source, rate, concrete, shared_with).map_err(to_js)
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

    /// The product of the sources.
    pub fn multiply(&mut self, name: &str, sources: &[u32]) -> Result<usize, JsValue> {
        self.builder.multiply(name, &indices(sources)).map_err(to_js)
    }

    /// The same numbers in another shape.
    pub fn reshape(&mut self, name: &str, source: usize, shape: &[u32]) -> Result<usize, JsValue> {
        self.builder.reshape(name, source, &indices(shape)).map_err(to_js)
    }

    /// An activation by itself.
    pub fn activation(
        &mut self,
        name: &str,
        source: usize,
        activation: &str,
        c: f64,
        lambda: f64,
    ) -> Result<usize, JsValue> {
        let activation = Activation::parse(activation, c, lambda).map_err(to_js)?;
        self.builder.activation(name, source, activation).map_err(to_js)
    }

    /// A convolution; `window` is the kernel, the strides and the dilation, two numbers each.
    pub fn conv2d(
        &mut self,
        name: &str,
        source: usize,
        filters: usize,
        window: &[u32],
        padding: &str,
        activation: &str,
        c: f64,
        lambda: f64,
        use_bias: bool,
        shared_with: Option<usize>,
    ) -> Result<usize, JsValue> {
        let activation = Activation::parse(activation, c, lambda).map_err(to_js)?;
        let window = self.window(name, source, window, padding)?;
        self.builder.conv2d(name, source, filters, window, activation, use_bias, shared_with).map_err(to_js)
    }

    /// `"max"` or `"average"` pooling; `window` as for a convolution.
    pub fn pool2d(
        &mut self,
        name: &str,
        source: usize,
        kind: &str,
        window: &[u32],
        padding: &str,
    ) -> Result<usize, JsValue> {
        let kind = if kind == "max" { PoolKind::Max } else { PoolKind::Average };
        let window = self.window(name, source, window, padding)?;
        self.builder.pool2d(name, source, kind, window).map_err(to_js)
    }

    /// The mean of each channel.
    #[wasm_bindgen(js_name = globalAveragePool2d)]
    pub fn global_average_pool2d(&mut self, name: &str, source: usize) -> Result<usize, JsValue> {
        self.builder.global_average_pool2d(name, source).map_err(to_js)
    }

    /// Batch normalisation, or layer normalisation where there is no momentum.
    pub fn normalization(
        &mut self,
        name: &str,
        source: usize,
        momentum: Option<f64>,
        epsilon: f64,
        center: bool,
        scale: bool,
        shared_with: Option<usize>,
    ) -> Result<usize, JsValue> {
        self.builder.normalization(name, source, momentum, epsilon, center, scale, shared_with).map_err(to_js)
    }

    /// How the first values of a node's kernel (part 0) or bias (part 1) are found.
    pub fn initialize(&mut self, node: usize, part: usize, name: &str, a: f64, b: f64) -> Result<(), JsValue> {
        self.builder.initialize(node, part, Initializer::parse(name, a, b).map_err(to_js)?);
        Ok(())
    }

    /// The network, its kernels drawn from the seed.
    pub fn build(self, output: usize, seed_value: f64) -> Result<Network, JsValue> {
        let core = self.builder.build(output, seed(seed_value)?).map_err(to_js)?;
        Ok(Network { core })
    }

    /// The network with zeros for its parameters, which the caller sets.
    #[wasm_bindgen(js_name = buildBlank)]
    pub fn build_blank(self, output: usize) -> Result<Network, JsValue> {
        let core = self.builder.build_blank(output).map_err(to_js)?;
        Ok(Network { core })
    }
}

impl NetworkBuilder {
    fn window(&self, name: &str, source: usize, window: &[u32], padding: &str) -> Result<Window, JsValue> {
        let &[height, width, down, right, spread_down, spread_right] = window else {
            return Err(to_js(Error::shape(format!("Cannot read window {window:?}, wanted 6 numbers"))));
        };
        let pair = |a: u32, b: u32| [a as usize, b as usize];
        let shape = self.builder.shape(name, source).map_err(to_js)?;
        let padding = Padding::parse(padding).map_err(to_js)?;
        Window::new(name, shape, pair(height, width), pair(down, right), pair(spread_down, spread_right), padding)
            .map_err(to_js)
    }
}

/// Node numbers as the core counts them.
pub fn indices(numbers: &[u32]) -> Vec<usize> {
    numbers.iter().map(|&number| number as usize).collect()
}
