//! Gradients against central differences in double precision, gates frozen by the seed.

mod networks;

use networks::training::{descent, step};
use networks::{INPUTS, SIGMOID, noise, skipping};
use std::rc::Rc;
use thinned_core::activation::{Activation, log_sum_exp, softplus};
use thinned_core::concrete::Concrete;
use thinned_core::exact::subnetwork::Subnetwork;
use thinned_core::forward::Masks;
use thinned_core::gates::Scaling;
use thinned_core::network::{Builder, Network};
use thinned_core::random::{Domain, Stream};
use thinned_core::train::loss::Loss;
use thinned_core::train::trainer::{Batch, Outcome, Trainer};
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ROWS: usize = 4;
const SEED: u64 = 21;

/// What each row counts.
const WEIGHTS: [f32; ROWS] = [1.0, 0.5, 2.0, 0.0];

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
        total += f64::from(WEIGHTS[row])
            * match loss {
                Loss::MeanSquaredError => pairs().map(|(o, t)| (o - t) * (o - t)).sum::<f64>() / units,
                Loss::MeanAbsoluteError => pairs().map(|(o, t)| (o - t).abs()).sum::<f64>() / units,
                Loss::Huber { delta } => {
                    let term = |d: f64| if d <= delta { d * d / 2.0 } else { delta * (d - delta / 2.0) };
                    pairs().map(|(o, t)| term((o - t).abs())).sum::<f64>() / units
                }
                Loss::GaussianNegativeLogLikelihood => {
                    let term = |k: usize| {
                        let (error, s) = (target[k] - activities[k], activities[k + target.len()]);
                        (s + error * error * (-s).exp()) / 2.0
                    };
                    (0..target.len()).map(term).sum::<f64>() / target.len() as f64
                }
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
    let mut trainer = Trainer::<Best>::new(&start, descent(loss, masks, SEED, ROWS)).unwrap();
    let mut moved = start.clone();
    let batch = Batch { x: x.clone(), y: y.clone(), weights: WEIGHTS.to_vec(), rows: ROWS };
    let Outcome { score, broken: None, .. } = step(&mut trainer, &mut moved, batch) else { panic!("a broken step") };
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
        (Loss::Huber { delta: 0.3 }, Activation::Linear),
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
fn a_loss_that_is_no_number_leaves_the_weights_alone_and_names_the_layer() {
    let mut network = skipping(Scaling::Inverted, Activation::Linear);
    let settings = descent(Loss::MeanSquaredError, Masks::Shared, SEED, 1);
    let mut trainer = Trainer::<Best>::new(&network, settings).unwrap();
    let before = network.parameters.clone();
    let batch = |value| Batch { x: vec![value; INPUTS], y: vec![0.0; 3], weights: vec![], rows: 1 };
    let outcome = step(&mut trainer, &mut network, batch(f32::NAN));
    assert!(outcome.score.loss.is_nan());
    assert_eq!(outcome.broken, Some(0));
    assert_eq!(network.parameters, before);
    assert!(step(&mut trainer, &mut network, batch(0.5)).score.loss.is_finite());
    assert_ne!(network.parameters, before);
}

/// Without gates of connections: the gradient of a kernel under one mask is gated once a slice.
fn gated_units() -> Network {
    let mut builder = Builder::default();
    let input = builder.input(INPUTS).unwrap();
    let first = builder.dense("h1", input, 9, Activation::Tanh, true, None, None).unwrap();
    let gated = builder.dropout("d1", first, &[0.3], Scaling::Inverted).unwrap();
    let second = builder.dense("h2", gated, 21, SIGMOID, true, None, None).unwrap();
    let thinned = builder.dropout("d2", second, &[0.5], Scaling::Standard).unwrap();
    // Read by two: its gradient is a sum, and none of its units may be left out.
    let third = builder.dense("h3", thinned, 21, Activation::Relu, true, None, None).unwrap();
    let dropped = builder.dropout("d3", third, &[0.5], Scaling::Inverted).unwrap();
    let both = builder.concat("both", &[third, dropped, thinned]).unwrap();
    let output = builder.dense("out", both, 3, Activation::Linear, true, None, None).unwrap();
    builder.build(output, 4).unwrap()
}

/// Gradients that are sums over several rows, or over several uses, before they are added up.
#[derive(Clone, Copy, Debug)]
enum Summed {
    Normalization,
    Concrete,
    Connections,
    Uses,
}

fn summed_in_slices(summed: Summed) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(INPUTS).unwrap();
    let first = builder.dense("h1", input, 9, Activation::Tanh, true, None, None).unwrap();
    let output = |builder: &mut Builder, source| builder.dense("out", source, 3, Activation::Linear, true, None, None);
    let last = match summed {
        Summed::Normalization => {
            let normal = builder.normalization("n", first, None, 1e-3, true, true, None).unwrap();
            output(&mut builder, normal)
        }
        Summed::Concrete => {
            let concrete = Concrete { logit: 0, temperature: 0.1, weight_regularizer: 0.0, dropout_regularizer: 0.0 };
            let gated = builder.concrete_dropout("c", first, 0.2, concrete, None).unwrap();
            output(&mut builder, gated)
        }
        Summed::Connections => {
            let gates = Some((0.3, Scaling::Inverted));
            builder.dense("out", first, 3, Activation::Linear, true, gates, None)
        }
        Summed::Uses => {
            let second = builder.dense("h2", first, 9, Activation::Tanh, true, None, None).unwrap();
            let third = builder.dense("h3", second, 9, Activation::Tanh, true, None, Some(second)).unwrap();
            output(&mut builder, third)
        }
    };
    builder.build(last.unwrap(), 4).unwrap()
}

#[test]
fn slices_change_no_bit_of_a_step() {
    for masks in [Masks::Independent, Masks::Shared] {
        for rows in [1, 63, 64, 128, 200, 700] {
            let stepped = |slice_rows| {
                let mut network = match masks {
                    Masks::Independent => skipping(Scaling::Inverted, Activation::Tanh),
                    Masks::Shared => gated_units(),
                };
                let settings = descent(Loss::MeanSquaredError, masks, SEED, slice_rows);
                let mut trainer = Trainer::<Best>::new(&network, settings).unwrap();
                let batch = Batch { x: noise(rows * INPUTS, 8), y: noise(rows * 3, 9), weights: vec![], rows };
                let outcome = step(&mut trainer, &mut network, batch);
                (network.parameters, outcome.outputs)
            };
            let whole = stepped(rows);
            for slice_rows in [1, 7, 64, 100] {
                assert_eq!(stepped(slice_rows), whole, "{masks:?}, {rows} rows by {slice_rows}");
            }
        }
    }
}

#[test]
fn slices_change_no_bit_of_sums_that_are_rounded_in_between() {
    for summed in [Summed::Normalization, Summed::Concrete, Summed::Connections, Summed::Uses] {
        for masks in [Masks::Independent, Masks::Shared] {
            let stepped = |slice_rows| {
                let mut network = summed_in_slices(summed);
                let settings = descent(Loss::MeanSquaredError, masks, SEED, slice_rows);
                let mut trainer = Trainer::<Best>::new(&network, settings).unwrap();
                let batch = Batch { x: noise(63 * INPUTS, 8), y: noise(63 * 3, 9), weights: vec![], rows: 63 };
                step(&mut trainer, &mut network, batch);
                network.parameters
            };
            assert_eq!(stepped(7), stepped(63), "{summed:?}, {masks:?}");
        }
    }
}

#[test]
fn a_step_over_rows_that_depend_on_each_other_is_cut_between_nodes() {
    let slices_of = |batch: bool| {
        let mut builder = Builder::default();
        let input = builder.input(INPUTS).unwrap();
        let first = builder.dense("h1", input, 9, Activation::Tanh, true, None, None).unwrap();
        let momentum = batch.then_some(0.9);
        let normal = builder.normalization("n", first, momentum, 1e-3, true, true, None).unwrap();
        let gated = builder.dropout("d", normal, &[0.5], Scaling::Inverted).unwrap();
        let output = builder.dense("out", gated, 3, Activation::Linear, true, None, None).unwrap();
        let mut network = builder.build(output, 4).unwrap();
        let settings = descent(Loss::MeanSquaredError, Masks::Independent, SEED, 200);
        let mut trainer = Trainer::<Best>::new(&network, settings).unwrap();
        let batch = Batch { x: noise(16 * INPUTS, 8), y: noise(16 * 3, 9), weights: vec![], rows: 16 };
        trainer.begin(&network, batch, 0).unwrap();
        (1..).find(|_| trainer.advance(&mut network).is_some()).unwrap()
    };
    // Five nodes, forth and back.
    assert!(slices_of(true) >= slices_of(false) + 9);
}
