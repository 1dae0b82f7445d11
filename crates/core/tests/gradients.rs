//! Gradients against central differences in double precision, gates frozen by the seed.

mod networks;

use networks::{INPUTS, SIGMOID, noise, skipping};
use std::rc::Rc;
use thinned_core::activation::{Activation, log_sum_exp, softplus};
use thinned_core::exact::subnetwork::Subnetwork;
use thinned_core::forward::Masks;
use thinned_core::gates::Scaling;
use thinned_core::network::Network;
use thinned_core::random::{Domain, Stream};
use thinned_core::train::loss::Loss;
use thinned_core::train::optimizer::Optimizer;
use thinned_core::train::trainer::Trainer;
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ROWS: usize = 4;
const SEED: u64 = 21;

/// The mean loss of the batch under the gates of training step 0, by the formulas.
fn naive_loss(network: &Network, x: &[f32], y: &[f32], masks: Masks, loss: Loss) -> f64 {
    let output = network.graph.output;
    let mut total = 0.0;
    for (row, x) in x.chunks_exact(INPUTS).enumerate() {
        let mut subnetwork = Subnetwork::new(&network.graph, output);
        for (site, factors) in network.graph.sites.iter().zip(&mut subnetwork.factors) {
            let mask_row = if masks == Masks::Shared { 0 } else { row as u32 };
            let mut drawn = vec![0.0; site.len()];
            site.draw::<Best>(&Stream::new(SEED, Domain::Training, site.number, mask_row, 0), &mut drawn);
            let gates = factors.iter_mut().zip(&drawn).enumerate();
            gates
                .for_each(|(gate, (factor, drawn))| *factor = if *drawn == 0.0 { 0.0 } else { site.kept_factor(gate) });
        }
        subnetwork.pass(network, x, &vec![true; network.graph.nodes.len()]);
        let (activities, logits) = (&subnetwork.values[output], &subnetwork.logits[output]);
        let per_row = y.len() / ROWS;
        let target: Vec<f64> = y[row * per_row..(row + 1) * per_row].iter().map(|&t| t.into()).collect();
        let pairs = || activities.iter().zip(&target);
        let units = activities.len() as f64;
        total += match loss {
            Loss::MeanSquaredError => pairs().map(|(o, t)| (o - t) * (o - t)).sum::<f64>() / units,
            Loss::MeanAbsoluteError => pairs().map(|(o, t)| (o - t).abs()).sum::<f64>() / units,
            Loss::BinaryCrossentropy => {
                let Activation::Sigmoid { c, lambda } = SIGMOID else { unreachable!() };
                let terms = logits.iter().map(|s| lambda * s - c.ln()).zip(&target);
                terms.map(|(x, t)| t * softplus(-x) + (1.0 - t) * softplus(x)).sum::<f64>() / units
            }
            Loss::CategoricalCrossentropy => {
                logits.iter().zip(&target).map(|(logit, t)| t * (log_sum_exp(logits) - logit)).sum()
            }
            Loss::SparseCategoricalCrossentropy => log_sum_exp(logits) - logits[target[0] as usize],
        };
    }
    total / ROWS as f64
}

fn check(loss: Loss, output: Activation, scaling: Scaling, masks: Masks) {
    const STEP: f32 = 1.0 / 1024.0;
    let start = skipping(scaling, output);
    let x = noise(ROWS * INPUTS, 8);
    let y: Vec<f32> = match loss {
        Loss::SparseCategoricalCrossentropy => vec![0.0, 2.0, 1.0, 2.0],
        Loss::CategoricalCrossentropy => [[0.2, 0.5, 0.3]; ROWS].concat(),
        _ => noise(ROWS * 3, 9).iter().map(|t| t.abs()).collect(),
    };
    // One step of plain descent with rate 1 moves every weight by its gradient.
    let descent = Optimizer::Sgd { learning_rate: 1.0, momentum: 0.0 };
    let mut trainer = Trainer::<Best>::new(&start, loss, descent, masks, SEED).unwrap();
    let mut moved = start.clone();
    let score = trainer.step(&mut moved, &x, &y, ROWS).unwrap();
    assert!((score.loss / ROWS as f64 - naive_loss(&start, &x, &y, masks, loss)).abs() < 1e-5);
    for (tensor, values) in start.parameters.iter().enumerate() {
        for index in 0..values.len() {
            let shifted = |step: f32| {
                let mut network = start.clone();
                Rc::make_mut(&mut network.parameters)[tensor][index] += step;
                (naive_loss(&network, &x, &y, masks, loss), network.parameters[tensor][index])
            };
            let ((above, w_above), (below, w_below)) = (shifted(STEP), shifted(-STEP));
            let expected = (above - below) / f64::from(w_above - w_below);
            let gradient = f64::from(values[index] - moved.parameters[tensor][index]);
            // Central differences of step 2^-10 are good to 1e-5 here, gradients of order 1 in f32 to 1e-6.
            assert!(
                (gradient - expected).abs() < 5e-5,
                "{loss:?} {output:?} {scaling:?} {masks:?}: tensor {tensor} index {index}: {gradient} and {expected}"
            );
        }
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    let losses = [
        (Loss::MeanSquaredError, Activation::Linear),
        (Loss::MeanSquaredError, Activation::Softmax),
        (Loss::MeanSquaredError, Activation::Tanh),
        (Loss::MeanAbsoluteError, SIGMOID),
        (Loss::BinaryCrossentropy, SIGMOID),
        (Loss::CategoricalCrossentropy, Activation::Softmax),
        (Loss::SparseCategoricalCrossentropy, Activation::Softmax),
    ];
    for (loss, output) in losses {
        for scaling in [Scaling::Inverted, Scaling::Standard] {
            for masks in [Masks::Independent, Masks::Shared] {
                check(loss, output, scaling, masks);
            }
        }
    }
}

#[test]
fn a_loss_that_is_no_number_leaves_the_weights_alone() {
    let mut network = skipping(Scaling::Inverted, Activation::Linear);
    let descent = Optimizer::Sgd { learning_rate: 1.0, momentum: 0.0 };
    let mut trainer = Trainer::<Best>::new(&network, Loss::MeanSquaredError, descent, Masks::Shared, SEED).unwrap();
    let before = network.parameters.clone();
    assert!(trainer.step(&mut network, &[f32::NAN; INPUTS], &[0.0; 3], 1).unwrap().loss.is_nan());
    assert_eq!(network.parameters, before);
    assert!(trainer.step(&mut network, &[0.5; INPUTS], &[0.0; 3], 1).unwrap().loss.is_finite());
    assert_ne!(network.parameters, before);
}
