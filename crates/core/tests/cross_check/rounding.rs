//! Where only rounding tells sampled from exact: nodes in front of every gate, and gates that all but never drop.

use super::{Truth, agrees, drawn_of_rows, is_full, most};
use crate::networks::images::random_image_network;
use crate::networks::noise;
use std::rc::Rc;
use thinned_core::activation::Activation;
use thinned_core::gates::Scaling;
use thinned_core::network::{Builder, Network};
use thinned_core::ops::{Padding, Window};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const MOMENTUM: [Option<f64>; 2] = [None, Some(0.9)]; // layer and batch normalisation

/// Whether a right sampler of `drawn` is held for one of `network`.
fn is_held_for(network: &Network, drawn: &Network, node: usize, x: &[f32]) -> bool {
    let truth = Truth::of_rows(network, node, x, 0.001, 100);
    agrees(&truth.scores(&drawn_of_rows(drawn, node, x, 100, 1)))
}

fn agrees_with_itself(network: &Network, node: usize, x: &[f32]) -> bool {
    is_held_for(network, network, node, x)
}

fn numbers(length: usize, stream: u32, middle: f32, scale: f32) -> Vec<f32> {
    noise(length, stream).into_iter().map(|number| middle + scale * number).collect()
}

/// A normalisation of the input (node 1), a ReLU (2), gates, a dense layer, with parameters as after training: `γ`, `β`,
/// and for a batch normalisation moving mean and variance.
fn normalized(units: usize, momentum: Option<f64>, seed: u32, middle: f32) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(units).unwrap();
    let normal = builder.normalization("n", input, momentum, 1e-3, true, true, None).unwrap();
    let rectified = builder.activation("r", normal, Activation::Relu).unwrap();
    let gated = builder.dropout("d", rectified, &[0.5], Scaling::Inverted).unwrap();
    let output = builder.dense("o", gated, 2, Activation::Softmax, true, None, None).unwrap();
    let mut network = builder.build(output, 0).unwrap();
    let parameters = Rc::make_mut(&mut network.parameters);
    parameters[0] = numbers(units, 4 * seed, 1.0, 0.5);
    parameters[1] = numbers(units, 4 * seed + 1, 0.0, 0.9);
    if momentum.is_some() {
        parameters[2] = numbers(units, 4 * seed + 2, middle, 1.7);
        parameters[3] = numbers(units, 4 * seed + 3, 1.0, 0.5);
    }
    network
}

/// `γ·x̂` and `β` cancel in some of the units, and their rounding stays. With a floor relative to the sum every second of
/// these failed.
#[test]
fn normalizations_agree_for_themselves_and_behind_a_relu() {
    for (seed, rows) in (0..10).flat_map(|seed| [(seed, 1), (seed, 8)]) {
        for (momentum, middle) in MOMENTUM.into_iter().flat_map(|momentum| [(momentum, 0.0), (momentum, 1000.0)]) {
            let network = normalized(256, momentum, seed, middle);
            let x = numbers(rows * 256, 1000 + seed, middle, 1.7);
            for node in [1, 2] {
                let name = &network.graph.nodes[node].name;
                assert!(agrees_with_itself(&network, node, &x), "{name}, {momentum:?}, seed {seed}, {rows} rows");
            }
        }
    }
}

/// Rounding in front of a normalisation comes out of it: of large inputs with a small spread many times enlarged.
#[test]
fn normalizations_of_computed_numbers_agree() {
    for (seed, momentum) in (0..10).flat_map(|seed| MOMENTUM.map(|momentum| (seed, momentum))) {
        for (bias, rate) in [(0.0, 0.5), (100.0, 0.5), (0.0, 1e-6), (100.0, 1e-6)] {
            let mut builder = Builder::default();
            let input = builder.input(6).unwrap();
            // Gates either behind or, where they all but never drop, in front.
            let first =
                if rate < 0.1 { builder.dropout("d", input, &[rate], Scaling::Inverted).unwrap() } else { input };
            let dense = builder.dense("h", first, 16, Activation::Linear, true, None, None).unwrap();
            let normal = builder.normalization("n", dense, momentum, 1e-3, true, true, None).unwrap();
            let gated = builder.dropout("e", normal, &[0.5], Scaling::Inverted).unwrap();
            let output = builder.dense("o", gated, 2, Activation::Linear, true, None, None).unwrap();
            let mut network = builder.build(output, seed.into()).unwrap();
            let parameters = Rc::make_mut(&mut network.parameters);
            parameters[1] = numbers(16, seed, bias, 1.0);
            parameters[3] = numbers(16, 50 + seed, 0.0, 0.9);
            if momentum.is_some() {
                parameters[4].fill(bias);
            }
            let x = numbers(4 * 6, 100 + seed, 0.0, 1.7);
            assert!(agrees_with_itself(&network, normal, &x), "{momentum:?}, seed {seed}, bias {bias}, rate {rate}");
        }
    }
}

/// The control: the floor allows for rounding and for nothing much beyond it.
#[test]
fn a_factor_of_a_normalization_that_is_a_ten_thousandth_off_is_caught() {
    for momentum in MOMENTUM {
        let network = normalized(256, momentum, 3, 0.0);
        let mut other = network.clone();
        Rc::make_mut(&mut other.parameters)[0].iter_mut().for_each(|gamma| *gamma *= 1.0001);
        for node in [1, 2] {
            assert!(!is_held_for(&network, &other, node, &numbers(256, 9, 0.0, 1.7)), "{momentum:?}, node {node}");
        }
    }
}

/// A thousand terms, each rounded the same way, in the sum of a softmax.
#[test]
fn a_softmax_of_many_alike_agrees() {
    let mut builder = Builder::default();
    let input = builder.input(4096).unwrap();
    let shares = builder.activation("s", input, Activation::Softmax).unwrap();
    let gated = builder.dropout("d", shares, &[0.5], Scaling::Inverted).unwrap();
    let output = builder.dense("o", gated, 1, Activation::Linear, true, None, None).unwrap();
    let network = builder.build(output, 0).unwrap();
    let mut x = vec![0.0; 4096];
    x[5] = 0.5;
    assert!(agrees_with_itself(&network, shares, &x));
    // A wrong share of one unit is still seen.
    let other: Vec<f32> = x.iter().map(|x| x * 1.01).collect();
    let truth = Truth::of_rows(&network, shares, &x, 0.001, 100);
    assert!(!agrees(&truth.scores(&drawn_of_rows(&network, shares, &other, 100, 1))));
}

/// `1.9e-174` is 0 to the sampler: not wrong, but all that single precision has.
#[test]
fn numbers_below_single_precision_agree_wherever_they_are_carried() {
    for kernel in [[200.0f32, -200.0], [45.0, -45.0], [52.0, -52.0]] {
        let mut builder = Builder::default();
        let input = builder.input_of_shape(&[1, 1, 1]).unwrap();
        let window = Window::new("c", &[1, 1, 1], [1, 1], [1, 1], [1, 1], Padding::Valid).unwrap();
        let shares = builder.conv2d("c", input, 2, window, Activation::Softmax, true, None).unwrap();
        let flat = builder.reshape("f", shares, &[2]).unwrap();
        let product = builder.multiply("m", &[flat, flat, flat]).unwrap();
        let beside = builder.concat("b", &[flat, product]).unwrap();
        let sum = builder.add("a", &[beside, beside]).unwrap();
        let gated = builder.dropout("d", sum, &[0.5], Scaling::Inverted).unwrap();
        let output = builder.dense("o", gated, 1, Activation::Linear, true, None, None).unwrap();
        let mut network = builder.build(output, 0).unwrap();
        Rc::make_mut(&mut network.parameters)[0] = kernel.to_vec();
        for node in 1..network.graph.nodes.len() {
            let name = &network.graph.nodes[node].name;
            assert!(agrees_with_itself(&network, node, &[1.0]), "{name}, weights {kernel:?}");
        }
    }
}

/// Every layer of graphs of convolutions, pools, normalisations, products and activations by themselves.
#[test]
fn right_samplers_of_random_images_raise_no_more_than_promised() {
    let (mut trials, mut alarms) = (0, Vec::new());
    for seed in 0..if is_full() { 2000 } else { 150 } {
        let network = random_image_network(seed);
        let x = noise(3 * network.graph.input_width(), seed);
        for node in 1..network.graph.nodes.len() {
            trials += 1;
            if !agrees_with_itself(&network, node, &x) {
                alarms.push((seed, node));
            }
        }
    }
    assert!(alarms.len() as f64 <= most(f64::from(trials), 0.001), "{alarms:?} of {trials}");
}
