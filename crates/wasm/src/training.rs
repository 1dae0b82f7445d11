//! Training steps.

use crate::Best;
use crate::error::{seed, to_js};
use crate::network::Network;
use thinned_core::Error;
use thinned_core::forward::Masks;
use thinned_core::random;
use thinned_core::train::loss::Loss;
use thinned_core::train::optimizer::Optimizer;
use wasm_bindgen::prelude::*;

/// A training run.
#[wasm_bindgen]
pub struct Trainer {
    trainer: thinned_core::train::trainer::Trainer<Best>,
    correct: f64,
}

#[wasm_bindgen]
impl Trainer {
    /// `settings`: sgd `[learningRate, momentum]`; adam `[learningRate, beta1, beta2, epsilon]`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &Network,
        loss: &str,
        optimizer: &str,
        settings: &[f64],
        mask_sharing: &str,
        seed_value: f64,
    ) -> Result<Self, JsValue> {
        let masks = match mask_sharing {
            "example" => Masks::Independent,
            "batch" => Masks::Shared,
            _ => {
                let message = format!("Cannot share masks by \"{mask_sharing}\", wanted \"example\" or \"batch\"");
                return Err(to_js(Error::word(message)));
            }
        };
        let loss = Loss::parse(loss).map_err(to_js)?;
        let optimizer = Optimizer::parse(optimizer, settings).map_err(to_js)?;
        let trainer =
            thinned_core::train::trainer::Trainer::new(&network.core, loss, optimizer, masks, seed(seed_value)?);
        trainer.map(|trainer| Self { trainer, correct: 0.0 }).map_err(to_js)
    }

    /// The mean loss of a batch under drawn gates; the network is then updated, unless the loss is not finite.
    pub fn step(&mut self, network: &mut Network, x: &[f32], y: &[f32], rows: usize) -> Result<f64, JsValue> {
        let score = self.trainer.step(&mut network.core, x, y, rows).map_err(to_js)?;
        self.correct = score.correct;
        Ok(score.loss / rows as f64)
    }

    /// The accuracy summed over the rows of the last step.
    #[wasm_bindgen(getter)]
    pub fn correct(&self) -> f64 {
        self.correct
    }
}

/// The order of the rows in an epoch.
#[wasm_bindgen]
pub fn permutation(length: u32, seed_value: f64, epoch: u32) -> Result<Vec<u32>, JsValue> {
    Ok(random::permutation(length, seed(seed_value)?, epoch))
}
