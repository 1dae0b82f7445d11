//! Training steps.

use crate::Best;
use crate::error::{seed, to_js};
use crate::network::Network;
use js_sys::Float32Array;
use thinned_core::Error;
use thinned_core::bayes::prior::Prior;
use thinned_core::forward::Masks;
use thinned_core::random;
use thinned_core::train::clip::Clip;
use thinned_core::train::loss::{Loss, Score};
use thinned_core::train::optimizer::Optimizer;
use thinned_core::train::part::{self, Account, Rows, Rules};
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
        let (masks, expected) = parse_mask_sharing(mask_sharing).map_err(to_js)?;
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

    /// Adds the L2 penalties of a prior for so many rows to what the steps from here on minimise.
    #[wasm_bindgen(js_name = setPrior)]
    pub fn set_prior(&mut self, network: &Network, length_scale: f64, tau: f64, rows: f64) -> Result<(), JsValue> {
        let prior = Prior { length_scale, tau, rows };
        self.trainer.prior = prior.penalties(&network.core.graph, self.trainer.settings.loss).map_err(to_js)?;
        Ok(())
    }

    /// The weight of the squares of each parameter in the prior; empty without one.
    pub fn prior(&self) -> Vec<f64> {
        self.trainer.prior.clone()
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

    /// Gives away a part of the step, to be placed later: its number and its rows, `[part, first, end]`; empty when there
    /// is none to give.
    pub fn claim(&mut self) -> Vec<usize> {
        let claimed = self.trainer.claim().and_then(|part| Some((part, self.trainer.rows_of(part)?)));
        claimed.map_or(Vec::new(), |(part, rows)| vec![part, rows.start, rows.end])
    }

    /// Whether the step that has begun has parts to give away.
    #[wasm_bindgen(getter)]
    pub fn divides(&self) -> bool {
        self.trainer.divides()
    }

    /// Whether the step can only go on once a part that was given away is placed.
    #[wasm_bindgen(getter)]
    pub fn waits(&self) -> bool {
        self.trainer.waits()
    }

    /// Writes the weights that the step began with into `to`, one parameter after the other.
    #[wasm_bindgen(js_name = copyWeights)]
    pub fn copy_weights(&self, to: &Float32Array) -> Result<(), JsValue> {
        let parameters = self
            .trainer
            .parameters()
            .ok_or_else(|| to_js(Error::range("Cannot copy weights: no step is under way".to_owned())))?;
        copy_out(parameters, to)
    }

    /// Takes what came of a part that was given away.
    pub fn place(
        &mut self,
        network: &Network,
        part: usize,
        gradient: &Float32Array,
        loss: f64,
        correct: f64,
        broken: Option<usize>,
        outputs: Vec<f32>,
    ) -> Result<(), JsValue> {
        let mut own = self.trainer.blank(&network.core);
        check_length(&own, gradient)?;
        let parts = each_part_of(gradient, &own);
        parts.iter().zip(&mut own).for_each(|(from, to)| from.copy_to(to));
        let account = Account { scores: [Score { loss, correct }, Score::default()], outputs, broken };
        self.trainer.place(&network.core, part, own, account).map_err(to_js)
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

/// What takes the gradients of parts that trainers in other threads gave away.
#[wasm_bindgen]
pub struct Differentiator {
    differentiator: part::Differentiator<Best>,
    loss: Loss,
    batch: Batch,
    place: Place,
    account: Account,
}

/// Where the rows of a part stand.
#[derive(Default)]
struct Place {
    first: usize,
    total: usize,
    step: u32,
}

#[wasm_bindgen]
impl Differentiator {
    /// The settings are those of the trainer.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &Network,
        loss: &str,
        delta: f64,
        mask_sharing: &str,
        slice_rows: usize,
        seed_value: f64,
    ) -> Result<Self, JsValue> {
        let rules = || Ok((Loss::parse(loss, delta)?, parse_mask_sharing(mask_sharing)?));
        let (loss, (masks, expected)) = rules().map_err(to_js)?;
        let rules = Rules { loss, masks, expected, seed: seed(seed_value)?, slice_rows: slice_rows.max(1) };
        let differentiator = part::Differentiator::new(&network.core.graph, rules).map_err(to_js)?;
        Ok(Self { differentiator, loss, batch: Batch::default(), place: Place::default(), account: Account::default() })
    }

    /// Begins a part: its rows, the number of the first one in the batch, the rows of the batch, the number of the step.
    pub fn begin(
        &mut self,
        network: &Network,
        x: Vec<f32>,
        y: Vec<f32>,
        weights: Vec<f32>,
        rows: usize,
        first: usize,
        total: usize,
        step: u32,
    ) -> Result<(), JsValue> {
        self.batch = Batch { x, y, weights, rows };
        self.batch.check(&network.core.graph, self.loss).map_err(to_js)?;
        self.place = Place { first, total, step };
        self.differentiator.begin_step(&network.core.graph, &network.core.parameters, total, step);
        Ok(())
    }

    /// Does a slice of the part and returns whether there is more of it.
    pub fn advance(&mut self, network: &Network) -> bool {
        let Batch { x, y, weights, rows: count } = &self.batch;
        let Place { first, total, step } = self.place;
        let rows = Rows { x, y, weights, count: *count, first, total, step, cut: None };
        let has_more = self.differentiator.advance(&network.core.graph, &network.core.parameters, rows);
        if !has_more {
            self.account = self.differentiator.account();
        }
        has_more
    }

    /// How many numbers the gradient has.
    #[wasm_bindgen(getter)]
    pub fn parameters(&mut self) -> usize {
        self.differentiator.gradient().iter().map(Vec::len).sum()
    }

    /// Writes the gradient of the part into `to`, one parameter after the other.
    #[wasm_bindgen(js_name = copyGradient)]
    pub fn copy_gradient(&mut self, to: &Float32Array) -> Result<(), JsValue> {
        copy_out(self.differentiator.gradient(), to)
    }

    /// The loss summed over the rows of the part.
    #[wasm_bindgen(getter)]
    pub fn loss(&self) -> f64 {
        self.account.scores[0].loss
    }

    /// The accuracy summed over the rows of the part.
    #[wasm_bindgen(getter)]
    pub fn correct(&self) -> f64 {
        self.account.scores[0].correct
    }

    /// The node where the part stopped being finite.
    #[wasm_bindgen(getter)]
    pub fn broken(&self) -> Option<usize> {
        self.account.broken
    }

    /// The outputs of the part under its gates, `[rows, outputs]`; given once.
    pub fn outputs(&mut self) -> Vec<f32> {
        core::mem::take(&mut self.account.outputs)
    }
}

/// Which rows share a mask, and whether there are any: the expectation over all masks draws none.
fn parse_mask_sharing(word: &str) -> Result<(Masks, bool), Error> {
    match word {
        "example" => Ok((Masks::Independent, false)),
        "batch" => Ok((Masks::Shared, false)),
        "expected" => Ok((Masks::Independent, true)),
        _ => {
            Err(Error::word(format!("Cannot share masks by \"{word}\", wanted \"example\", \"batch\" or \"expected\"")))
        }
    }
}

/// Writes arrays one after the other into one of JavaScript: a single copy, where a returned array takes two.
fn copy_out(arrays: &[Vec<f32>], to: &Float32Array) -> Result<(), JsValue> {
    check_length(arrays, to)?;
    each_part_of(to, arrays).iter().zip(arrays).for_each(|(to, from)| to.copy_from(from));
    Ok(())
}

fn check_length(arrays: &[Vec<f32>], outside: &Float32Array) -> Result<(), JsValue> {
    let (total, length) = (arrays.iter().map(Vec::len).sum::<usize>(), outside.length() as usize);
    if length == total {
        return Ok(());
    }
    Err(to_js(Error::shape(format!("Cannot copy numbers: the array has {length}, wanted {total}"))))
}

/// Views of an array of JavaScript, one behind the other, as long as `arrays`.
fn each_part_of(outside: &Float32Array, arrays: &[Vec<f32>]) -> Vec<Float32Array> {
    let ends = arrays.iter().scan(0, |end, array| {
        *end += array.len() as u32;
        Some((*end - array.len() as u32, *end))
    });
    ends.map(|(first, end)| outside.subarray(first, end)).collect()
}

fn missing(slot: usize, parameter: usize) -> JsValue {
    to_js(Error::shape(format!("Cannot find state {slot} of parameter {parameter} in that size")))
}

/// The order of the rows in an epoch.
#[wasm_bindgen]
pub fn permutation(length: u32, seed_value: f64, epoch: u32) -> Result<Vec<u32>, JsValue> {
    Ok(random::permutation(length, seed(seed_value)?, epoch))
}
