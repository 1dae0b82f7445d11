//! Gaussian processes: fitting, predicting, drawing, in steps.

use crate::Best;
use crate::error::{seed, to_js};
use std::rc::Rc;
use thinned_core::Error;
use thinned_core::gp::draws::Draws;
use thinned_core::gp::evidence::Evidence;
use thinned_core::gp::kernel::Kernel;
use thinned_core::gp::points::Points;
use thinned_core::gp::prediction::Prediction;
use thinned_core::gp::process::{Fit, Process};
use thinned_core::gp::search::{Search, State};
use wasm_bindgen::prelude::*;

/// The matrix `k(x, z)`, or `k(x, x)` without `z`; both `[rows, inputs]`.
#[wasm_bindgen(js_name = gpCovariances)]
pub fn covariances(
    action: &str,
    words: &str,
    counts: &[u32],
    parameters: &[f64],
    inputs: usize,
    x: &[f64],
    z: Option<Vec<f64>>,
) -> Result<Vec<f64>, JsValue> {
    let kernel = Kernel::parse(words, counts, parameters, inputs).map_err(to_js)?;
    let z = z.map(|z| Points::new(&z, inputs));
    kernel.matrix::<Best>(action, &Points::new(x, inputs), z.as_ref()).map_err(to_js)
}

/// A fit under way.
#[wasm_bindgen]
pub struct GpFit {
    fit: Option<Fit>,
}

#[wasm_bindgen]
impl GpFit {
    /// Of targets `y [rows, outputs]` at `x [rows, inputs]`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        words: &str,
        counts: &[u32],
        parameters: &[f64],
        inputs: usize,
        x: &[f64],
        y: &[f64],
        outputs: usize,
        noise: f64,
        jitter: f64,
    ) -> Result<Self, JsValue> {
        let fit = Kernel::parse(words, counts, parameters, inputs)
            .and_then(|kernel| Fit::new(kernel, x, y, outputs, noise, jitter))
            .map_err(to_js)?;
        Ok(Self { fit: Some(fit) })
    }

    /// Units left of the stage that is under way.
    #[wasm_bindgen(getter)]
    pub fn remaining(&self) -> usize {
        self.fit.as_ref().map_or(0, Fit::remaining)
    }

    /// 0 for rows of the matrix, 1 for its factor.
    #[wasm_bindgen(getter)]
    pub fn stage(&self) -> u32 {
        self.fit.as_ref().map_or(1, |fit| u32::from(!fit.fills()))
    }

    /// Does so many.
    pub fn step(&mut self, units: usize) {
        if let Some(fit) = &mut self.fit {
            fit.step::<Best>(units);
        }
    }

    /// Whether the matrix was refused: `finish` says why.
    #[wasm_bindgen(getter)]
    pub fn refused(&self) -> bool {
        self.fit.as_ref().is_some_and(|fit| fit.refusal().is_some())
    }

    /// The process; the fit is over.
    pub fn finish(&mut self) -> Result<GpProcess, JsValue> {
        let fit = self.fit.take().ok_or_else(|| to_js(Error::range("Cannot finish a fit twice")))?;
        let process = fit.finish::<Best>().map_err(to_js)?;
        Ok(GpProcess { process: Rc::new(process) })
    }
}

/// A fitted process.
#[wasm_bindgen]
pub struct GpProcess {
    process: Rc<Process>,
}

#[wasm_bindgen]
impl GpProcess {
    /// In nats.
    #[wasm_bindgen(getter, js_name = logMarginalLikelihood)]
    pub fn log_marginal_likelihood(&self) -> f64 {
        self.process.log_marginal_likelihood
    }

    /// Of the kernel matrix with noise and jitter.
    #[wasm_bindgen(getter, js_name = conditionNumber)]
    pub fn condition_number(&self) -> f64 {
        self.process.condition_number
    }
}

/// A prediction under way, which keeps its process.
#[wasm_bindgen]
pub struct GpPrediction {
    prediction: Prediction,
}

#[wasm_bindgen]
impl GpPrediction {
    /// At `x [points, inputs]`.
    #[wasm_bindgen(constructor)]
    pub fn new(action: &str, process: &GpProcess, x: &[f64], full: bool) -> Result<Self, JsValue> {
        Ok(Self { prediction: Prediction::new(action, process.process.clone(), x, full).map_err(to_js)? })
    }

    /// Blocks left of the stage that is under way.
    #[wasm_bindgen(getter)]
    pub fn remaining(&self) -> usize {
        self.prediction.remaining()
    }

    /// 0 for means, 1 for covariances.
    #[wasm_bindgen(getter)]
    pub fn stage(&self) -> u32 {
        u32::from(!self.prediction.predicts())
    }

    /// Does so many.
    pub fn step(&mut self, blocks: usize) -> Result<(), JsValue> {
        self.prediction.step::<Best>(blocks).map_err(to_js)
    }

    /// `[points, outputs]`.
    pub fn mean(&self) -> Vec<f64> {
        self.prediction.mean.clone()
    }

    /// `[points]`.
    pub fn variance(&self) -> Vec<f64> {
        self.prediction.variance.clone()
    }

    /// `[points, points]`, given once.
    pub fn covariance(&mut self) -> Vec<f64> {
        core::mem::take(&mut self.prediction.covariance)
    }
}

/// Draws from a normal distribution of mean zero.
#[wasm_bindgen]
pub struct GpDraws {
    draws: Draws,
}

#[wasm_bindgen]
impl GpDraws {
    /// Of `covariance [points, points]`.
    #[wasm_bindgen(constructor)]
    pub fn new(covariance: Vec<f64>, points: usize) -> Result<Self, JsValue> {
        Ok(Self { draws: Draws::new(covariance, points).map_err(to_js)? })
    }

    /// Columns of the factor that may be left.
    #[wasm_bindgen(getter)]
    pub fn remaining(&self) -> usize {
        self.draws.remaining()
    }

    /// There is one only.
    #[wasm_bindgen(getter)]
    pub fn stage(&self) -> u32 {
        0
    }

    /// Computes so many.
    pub fn step(&mut self, columns: usize) {
        self.draws.step::<Best>(columns);
    }

    /// One draw of one output, `[points]`.
    pub fn draw(&self, seed_value: f64, output: u32, sample: u32) -> Result<Vec<f64>, JsValue> {
        Ok(self.draws.draw::<Best>(seed(seed_value)?, output, sample))
    }
}

/// The gradient of the log marginal likelihood, under way.
#[wasm_bindgen]
pub struct GpEvidence {
    evidence: Evidence,
}

#[wasm_bindgen]
impl GpEvidence {
    /// Of a process.
    #[wasm_bindgen(constructor)]
    pub fn new(process: &GpProcess) -> Result<Self, JsValue> {
        Ok(Self { evidence: Evidence::new(process.process.clone()).map_err(to_js)? })
    }

    /// Blocks left of the stage that is under way.
    #[wasm_bindgen(getter)]
    pub fn remaining(&self) -> usize {
        self.evidence.remaining()
    }

    /// 0 for the inverse, 1 for the sum.
    #[wasm_bindgen(getter)]
    pub fn stage(&self) -> u32 {
        u32::from(!self.evidence.inverts())
    }

    /// Does so many.
    pub fn step(&mut self, blocks: usize) {
        self.evidence.step::<Best>(blocks);
    }

    /// By the logarithms of the parameters of the kernel in their order, then of the noise.
    pub fn gradient(&self) -> Vec<f64> {
        self.evidence.gradient.clone()
    }
}

/// A search for the parameters with the largest marginal likelihood.
#[wasm_bindgen]
pub struct GpSearch {
    search: Search,
    /// Which of all numbers are searched over; the others stay.
    free: Vec<usize>,
    start: Vec<f64>,
}

#[wasm_bindgen]
impl GpSearch {
    /// From these numbers of at least 0; what is 0 stays 0.
    #[wasm_bindgen(constructor)]
    pub fn new(start: Vec<f64>, tolerance: f64) -> Self {
        let free: Vec<usize> = (0..start.len()).filter(|&i| start[i] > 0.0).collect();
        let logarithms = free.iter().map(|&i| start[i].ln()).collect();
        Self { search: Search::new(logarithms, tolerance), free, start }
    }

    /// Where to compute next.
    pub fn point(&self) -> Vec<f64> {
        self.numbers(&self.search.point())
    }

    /// The best so far.
    pub fn best(&self) -> Vec<f64> {
        self.numbers(self.search.best())
    }

    /// Takes the log marginal likelihood at the point, with its gradient by the logarithms of all numbers; NaN where there is none.
    pub fn tell(&mut self, value: f64, gradient: &[f64]) {
        let slopes: Vec<f64> = self.free.iter().map(|&i| -gradient.get(i).copied().unwrap_or(0.0)).collect();
        self.search.tell(-value, &slopes);
    }

    /// `"open"`, `"converged"` or `"stuck"`.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> String {
        match self.search.state() {
            State::Open => "open",
            State::Converged => "converged",
            State::Stuck => "stuck",
        }
        .to_string()
    }

    fn numbers(&self, logarithms: &[f64]) -> Vec<f64> {
        let mut all = self.start.clone();
        for (&i, logarithm) in self.free.iter().zip(logarithms) {
            all[i] = logarithm.exp();
        }
        all
    }
}
