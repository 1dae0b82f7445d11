//! Expected gradients of one layer.

use crate::Best;
use crate::error::to_js;
use crate::network::Network;
use thinned_core::Error;
use thinned_core::activation::Activation;
use thinned_core::dynamics::expected::Method;
use thinned_core::dynamics::run::{Part, Run};
use thinned_core::dynamics::unit::{Objective, Unit};
use thinned_core::gates::Scaling;
use wasm_bindgen::prelude::*;

/// A run over the rows of a batch, that keeps the weights it began with.
#[wasm_bindgen]
pub struct GradientRun {
    run: Run<Best>,
}

#[wasm_bindgen]
impl GradientRun {
    /// A run for the rows of `x` with targets `y`; `loss` and `method` may be empty.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &Network,
        x: &[f32],
        y: &[f32],
        rows: usize,
        loss: &str,
        method: &str,
    ) -> Result<Self, JsValue> {
        Ok(Self { run: Run::new(&network.core, x, y, rows, loss, method).map_err(to_js)? })
    }

    /// Takes up to `count` units of rows more.
    pub fn step(&mut self, count: usize) -> Result<(), JsValue> {
        self.run.step(count).map_err(to_js)
    }

    /// Units of rows left.
    #[wasm_bindgen(getter)]
    pub fn remaining(&self) -> usize {
        self.run.remaining()
    }

    /// How expectations are found.
    #[wasm_bindgen(getter)]
    pub fn method(&self) -> String {
        self.run.method().name().to_owned()
    }

    /// The named part: the error, the gradient by the bias `[units]` and by the kernel `[inputs, units]`, one after the other.
    pub fn part(&self, name: &str) -> Result<Vec<f64>, JsValue> {
        Ok(self.run.part(Part::parse(name).map_err(to_js)?))
    }
}

/// A part of the gradient of one unit over one input: the error, the gradient by the bias and by the weights, one after the other.
#[wasm_bindgen(js_name = unitGradient)]
pub fn unit_gradient(
    part: &str,
    weights: &[f64],
    input: &[f64],
    rates: &[f64],
    bias: f64,
    scaling: &str,
    activation: &str,
    c: f64,
    lambda: f64,
    loss: &str,
    target: f64,
    method: &str,
) -> Result<Vec<f64>, JsValue> {
    let gradient = || -> Result<_, Error> {
        let unit = Unit::new(weights, input, rates, bias, Scaling::parse(scaling)?)?;
        let objective = Objective::parse(loss, Activation::parse(activation, c, lambda)?, 1)?;
        Part::parse(part)?.of::<Best>(&unit, objective, target, Method::parse(method, objective)?)
    };
    let gradient = gradient().map_err(to_js)?;
    Ok([&[gradient.error, gradient.bias][..], &gradient.weights].concat())
}
