//! Steps whose parts are computed elsewhere, and updates in pieces.

mod networks;

use networks::training::{descent, step};
use networks::{INPUTS, SIGMOID, noise, skipping};
use thinned_core::activation::Activation;
use thinned_core::forward::Masks;
use thinned_core::gates::Scaling;
use thinned_core::network::{Builder, Network};
use thinned_core::train::clip::Clip;
use thinned_core::train::loss::Loss;
use thinned_core::train::optimizer::Optimizer;
use thinned_core::train::part::{Differentiator, Rows, Rules, pairs};
use thinned_core::train::schedule::Schedule;
use thinned_core::train::trainer::{Batch, Settings, Trainer};
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SEED: u64 = 21;
const LOSS: Loss = Loss::MeanSquaredError;

fn batch(rows: usize) -> Batch {
    Batch { x: noise(rows * INPUTS, 8), y: noise(rows * 3, 9), weights: noise(rows, 10), rows }
}

#[test]
fn parts_that_others_computed_change_no_bit_in_whatever_order_they_come() {
    for masks in [Masks::Independent, Masks::Shared] {
        for (rows, slice_rows) in [(128, 50), (200, 50), (700, 50), (128, 127), (128, 128), (200, 1000), (700, 1000)] {
            parts_change_no_bit(skipping(Scaling::Inverted, Activation::Tanh), masks, rows, slice_rows);
        }
    }
}

#[test]
fn parts_that_go_together_have_the_bits_of_parts() {
    let network = dense_layers();
    for masks in [Masks::Independent, Masks::Shared] {
        let rules = Rules { loss: LOSS, masks, expected: false, seed: SEED, slice_rows: 1 };
        assert!(pairs(&network.graph, &rules) && !pairs(&skipping(Scaling::Inverted, Activation::Tanh).graph, &rules));
        for rows in [128, 200, 700, 1500, 4000] {
            parts_change_no_bit(network.clone(), masks, rows, 2000);
        }
    }
}

/// Layers wide enough for every kind of product, one of them largely zeros.
fn dense_layers() -> Network {
    let mut builder = Builder::default();
    let input = builder.input(INPUTS).unwrap();
    let first = builder.dense("h1", input, 90, Activation::Relu, true, None, None).unwrap();
    let gated = builder.dropout("d1", first, &[0.5], Scaling::Inverted).unwrap();
    let second = builder.dense("h2", gated, 70, Activation::Tanh, false, None, None).unwrap();
    let joined = builder.concat("joined", &[second, first, input]).unwrap();
    let third = builder.dense("h3", joined, 80, SIGMOID, true, None, None).unwrap();
    let gated = builder.dropout("d2", third, &[0.3], Scaling::Inverted).unwrap();
    let output = builder.dense("out", gated, 3, Activation::Linear, true, None, None).unwrap();
    builder.build(output, 5).unwrap()
}

/// A step that one thread takes alone, against one whose parts others compute, the last one first.
fn parts_change_no_bit(mut alone: Network, masks: Masks, rows: usize, slice_rows: usize) {
    let settings = descent(LOSS, masks, SEED, slice_rows);
    let mut shared = alone.clone();
    let whole = step(&mut Trainer::<Best>::new(&alone, settings).unwrap(), &mut alone, batch(rows));

    let mut trainer = Trainer::<Best>::new(&shared, settings).unwrap();
    trainer.begin(&shared, batch(rows), 0).unwrap();
    let rules = Rules { loss: LOSS, masks, expected: false, seed: SEED, slice_rows };

    let mut elsewhere = Differentiator::<Best>::new(&shared.graph, rules).unwrap();
    let own = trainer.claim().unwrap();
    let mut given: Vec<usize> = core::iter::from_fn(|| trainer.claim()).collect();
    given.push(own);
    assert!(trainer.waits());
    let Batch { x, y, weights, .. } = batch(rows);
    for part in given.into_iter().rev() {
        let range = trainer.rows_of(part).unwrap();
        let (first, end) = (range.start, range.end);
        elsewhere.begin_step(&shared.graph, &shared.parameters, rows, 0);
        let rows = Rows {
            x: &x[first * INPUTS..end * INPUTS],
            y: &y[first * 3..end * 3],
            weights: &weights[first..end],
            count: end - first,
            first,
            total: rows,
            step: 0,
            cut: None,
        };
        while elsewhere.advance(&shared.graph, &shared.parameters, rows) {}
        let account = elsewhere.account();
        let gradient = elsewhere.gradient().clone();
        trainer.place(&shared, part, gradient.clone(), account.clone()).unwrap();
        assert!(trainer.place(&shared, part, gradient, account).is_err(), "a second time");
    }
    assert!(!trainer.waits());
    let outcome = core::iter::repeat_with(|| trainer.advance(&mut shared)).flatten().next().unwrap();
    assert_eq!(outcome, whole, "{masks:?}, {rows} rows, {slice_rows} at a time");
    assert_eq!(shared.parameters, alone.parameters, "{masks:?}, {rows} rows");
}

#[test]
fn an_update_in_pieces_moves_every_weight_and_is_seen_as_a_whole() {
    const WIDTH: usize = 1500; // More weights than a piece has.
    let mut builder = Builder::default();
    let input = builder.input(WIDTH).unwrap();
    let output = builder.dense("out", input, WIDTH, Activation::Linear, true, None, None).unwrap();
    let mut network = builder.build(output, 4).unwrap();
    let before = network.parameters.clone();

    let optimizer = Optimizer::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-9, weight_decay: 0.0 };
    let learning_rate = Schedule::Constant(0.001);
    let settings = Settings { optimizer, learning_rate, ..descent(LOSS, Masks::Shared, SEED, 50) };
    let mut trainer = Trainer::<Best>::new(&network, settings).unwrap();
    let batch = Batch { x: vec![1.0; WIDTH], y: vec![5.0; WIDTH], weights: vec![], rows: 1 };
    trainer.begin(&network, batch, 0).unwrap();
    let mut slices = 1;
    while trainer.advance(&mut network).is_none() {
        assert_eq!(network.parameters, before);
        slices += 1;
    }
    // The rows, the tree, the gradient, two pieces, and their end.
    assert_eq!(slices, 6);
    // The first step of Adam is the learning rate, whatever the gradient.
    for (before, after) in before.iter().flatten().zip(network.parameters.iter().flatten()) {
        assert!((after - before - 0.001).abs() < 1e-6, "{before} to {after}");
    }
}

#[test]
fn an_update_by_what_a_mask_keeps_has_the_bits_of_one_by_whole_kernels() {
    const WIDTHS: [usize; 2] = [3001, 701]; // Weights of two pieces, the cut inside a row.
    const ROWS: usize = 16;
    let mut builder = Builder::default();
    let input = builder.input(WIDTHS[0]).unwrap();
    let gated = builder.dropout("d1", input, &[0.5], Scaling::Inverted).unwrap();
    let hidden = builder.dense("hidden", gated, WIDTHS[1], Activation::Relu, true, None, None).unwrap();
    let gated = builder.dropout("d2", hidden, &[0.3], Scaling::Inverted).unwrap();
    let output = builder.dense("out", gated, 3, Activation::Linear, true, None, None).unwrap();
    let network = builder.build(output, 4).unwrap();

    let optimizer = Optimizer::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, weight_decay: 0.0 };
    // A limit that nothing reaches: but clipping is of whole kernels.
    let moved = [Clip::None, Clip::Value(1e30)].map(|clip| {
        let mut network = network.clone();
        let settings = Settings { optimizer, clip, ..descent(LOSS, Masks::Shared, SEED, ROWS) };
        let mut trainer = Trainer::<Best>::new(&network, settings).unwrap();
        for seed in 0..2 {
            let x = noise(ROWS * WIDTHS[0], seed);
            step(&mut trainer, &mut network, Batch { x, y: noise(ROWS * 3, 9), weights: vec![], rows: ROWS });
        }
        network.parameters
    });
    assert_ne!(moved[0], network.parameters);
    assert!(moved[0] == moved[1]);
}
