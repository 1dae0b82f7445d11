//! Training steps.

use crate::Best;
use crate::error::{seed, to_js};
use crate::network::Network;
use thinned_core::Error;
use thinned_core::forward::Masks;
use thinned_core::random;
use thinned_core::train::clip::Clip;
use thinned_core::train::loss::Loss;
use thinned_core::train::optimizer::Optimizer;
use thinned_core::train::schedule::Schedule;
use thinned_core::train::trainer::{self, Batch, Outcome, Settings};
use wasm_bindgen::prelude::*;

/// A training run.
#[wasm_bindgen]
pub struct Trainer {
    trainer: trainer::Trainer<Best>,
    outcome: Option<Outcome>,
}

#[wasm_bindgen]
impl Trainer {
    /// Each word with the numbers that belong to it, in the order of the core's fields.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &Network,
        loss: &str,
        delta: f64,
        optimizer: &str,
        optimizer_settings: &[f64],
        learning_rate: &str,
        learning_rate_settings: &[f64],
        momentum: &str,
        momentum_settings: &[f64],
        clip: &str,
        clip_limit: f64,
        mask_sharing: &str,
        slice_rows: usize,
        seed_value: f64,
    ) -> Result<Self, JsValue> {
        // No mask is drawn for the expectation over all of them.
        let (masks, expected) = match mask_sharing {
            "example" => (Masks::Independent, false),
            "batch" => (Masks::Shared, false),
            "expected" => (Masks::Independent, true),
            _ => {
                let message =
                    format!("Cannot share masks by \"{mask_sharing}\", wanted \"example\", \"batch\" or \"expected\"");
                return Err(to_js(Error::word(message)));
            }
        };
        let settings = || {
            Ok(Settings {
                loss: Loss::parse(loss, delta)?,
                optimizer: Optimizer::parse(optimizer, optimizer_settings)?,
                learning_rate: Schedule::parse(learning_rate, learning_rate_settings)?,
                momentum: Schedule::parse(momentum, momentum_settings)?,
                clip: Clip::parse(clip, clip_limit)?,
                masks,
                expected,
                seed: 0,
                slice_rows: slice_rows.max(1),
            })
        };
        let settings = Settings { seed: seed(seed_value)?, ..settings().map_err(to_js)? };
        let trainer = trainer::Trainer::new(&network.core, settings).map_err(to_js)?;
        Ok(Self { trainer, outcome: None })
    }

    /// Begins the step of a batch; `weights` is empty, or holds one for each row.
    pub fn begin(
        &mut self,
        network: &Network,
        x: Vec<f32>,
        y: Vec<f32>,
        weights: Vec<f32>,
        rows: usize,
        epoch: u32,
    ) -> Result<(), JsValue> {
        self.outcome = None;
        self.trainer.begin(&network.core, Batch { x, y, weights, rows }, epoch).map_err(to_js)
    }

    /// Does a slice of the step and returns whether there is more of it. In the last, the network is updated, unless the
    /// loss is not finite.
    pub fn advance(&mut self, network: &mut Network) -> bool {
        self.outcome = self.trainer.advance(&mut network.core);
        self.outcome.is_none()
    }

    /// The loss summed over the rows of the last step.
    #[wasm_bindgen(getter)]
    pub fn loss(&self) -> f64 {
        self.outcome.as_ref().map_or(f64::NAN, |outcome| outcome.score.loss)
    }

    /// The accuracy summed over the rows of the last step.
    #[wasm_bindgen(getter)]
    pub fn correct(&self) -> f64 {
        self.outcome.as_ref().map_or(f64::NAN, |outcome| outcome.score.correct)
    }

    /// The node where the last step stopped being finite.
    #[wasm_bindgen(getter)]
    pub fn broken(&self) -> Option<usize> {
        self.outcome.as_ref().and_then(|outcome| outcome.broken)
    }

    /// The outputs of the last step under its gates, `[rows, outputs]`; given once.
    pub fn outputs(&mut self) -> Vec<f32> {
        self.outcome.as_mut().map_or(Vec::new(), |outcome| core::mem::take(&mut outcome.outputs))
    }

    /// The learning rate of the next step.
    #[wasm_bindgen(js_name = learningRate)]
    pub fn learning_rate(&self, epoch: u32) -> f64 {
        self.trainer.learning_rate(epoch)
    }

    /// What the learning rate of the schedule is multiplied by.
    #[wasm_bindgen(getter, js_name = learningRateScale)]
    pub fn learning_rate_scale(&self) -> f64 {
        self.trainer.learning_rate_scale
    }

    /// Changes it.
    #[wasm_bindgen(setter, js_name = learningRateScale)]
    pub fn set_learning_rate_scale(&mut self, scale: f64) {
        self.trainer.learning_rate_scale = scale;
    }

    /// Updates so far.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> u32 {
        self.trainer.state.steps
    }

    /// Goes on counting from here.
    #[wasm_bindgen(setter)]
    pub fn set_steps(&mut self, steps: u32) {
        self.trainer.state.steps = steps;
    }

    /// How many numbers the optimiser remembers of each weight.
    #[wasm_bindgen(getter)]
    pub fn slots(&self) -> usize {
        self.trainer.state.slots.len()
    }

    /// A copy of what it remembers of a parameter.
    pub fn slot(&self, slot: usize, parameter: usize) -> Result<Vec<f32>, JsValue> {
        let found = self.trainer.state.slots.get(slot).and_then(|slot| slot.get(parameter));
        found.cloned().ok_or_else(|| missing(slot, parameter))
    }

    /// Replaces it.
    #[wasm_bindgen(js_name = setSlot)]
    pub fn set_slot(&mut self, slot: usize, parameter: usize, data: &[f32]) -> Result<(), JsValue> {
        let found = self.trainer.state.slots.get_mut(slot).and_then(|slot| slot.get_mut(parameter));
        match found {
            Some(values) if values.len() == data.len() => {
                values.copy_from_slice(data);
                Ok(())
            }
            _ => Err(missing(slot, parameter)),
        }
    }
}

fn missing(slot: usize, parameter: usize) -> JsValue {
    to_js(Error::shape(format!("Cannot find state {slot} of parameter {parameter} in that size")))
}

/// The order of the rows in an epoch.
#[wasm_bindgen]
pub fn permutation(length: u32, seed_value: f64, epoch: u32) -> Result<Vec<u32>, JsValue> {
    Ok(random::permutation(length, seed(seed_value)?, epoch))
}
