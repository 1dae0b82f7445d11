//! Training by plain descent, whose steps show the gradient.

use thinned_core::forward::Masks;
use thinned_core::network::Network;
use thinned_core::train::clip::Clip;
use thinned_core::train::loss::Loss;
use thinned_core::train::optimizer::Optimizer;
use thinned_core::train::schedule::Schedule;
use thinned_core::train::trainer::{Batch, Outcome, Settings, Trainer};
use thinned_lanes::Best;

/// One step of plain descent with rate 1 moves every weight by its gradient.
pub fn descent(loss: Loss, masks: Masks, seed: u64, slice_rows: usize) -> Settings {
    Settings {
        loss,
        optimizer: Optimizer::Sgd { nesterov: false },
        learning_rate: Schedule::Constant(1.0),
        momentum: Schedule::Constant(0.0),
        clip: Clip::None,
        masks,
        expected: false,
        seed,
        slice_rows,
    }
}

/// Takes one step in as many slices as it needs.
pub fn step(trainer: &mut Trainer<Best>, network: &mut Network, batch: Batch) -> Outcome {
    trainer.begin(network, batch, 0).unwrap();
    loop {
        if let Some(outcome) = trainer.advance(network) {
            return outcome;
        }
    }
}
