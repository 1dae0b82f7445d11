//! Networks that between them use every kind of layer, activation, gate and connection.

#![allow(dead_code, reason = "each test uses some of them")]

pub mod images;
pub mod random;
pub mod training;

use thinned_core::activation::Activation;
use thinned_core::gates::Scaling;
use thinned_core::network::{Builder, Network};
use thinned_core::random::philox;

pub const INPUTS: usize = 5;
pub const SIGMOID: Activation = Activation::Sigmoid { c: 1.5, lambda: 0.75 };

/// Numbers in (-1, 1), a pure function of `stream`.
pub fn noise(length: usize, stream: u32) -> Vec<f32> {
    (0..length).map(|i| philox([i as u32, stream, 0, 0], [1, 2])[0] as i32 as f32 / 2f32.powi(31)).collect()
}

/// A net with skip connections: gated inputs, gated connections, a sum, a concatenation, `output` at the end.
pub fn skipping(scaling: Scaling, output: Activation) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(INPUTS).unwrap();
    let gated = builder.dropout("d1", input, &[0.2, 0.0, 0.5, 0.3, 0.1], scaling).unwrap();
    let first = builder.dense("h1", gated, 7, Activation::Tanh, true, None, None).unwrap();
    let second = builder.dense("h2", gated, 7, SIGMOID, false, Some((0.25, scaling)), None).unwrap();
    let sum = builder.add("sum", &[first, second]).unwrap();
    let thinned = builder.dropout("d2", sum, &[0.5], scaling).unwrap();
    let again = builder.dropout("d2/2", sum, &[0.4], scaling).unwrap();
    let joined = builder.concat("joined", &[thinned, input, again]).unwrap();
    let third = builder.dense("h3", joined, 6, Activation::Relu, true, None, None).unwrap();
    let out = builder.dense("out", third, 3, output, true, None, None).unwrap();
    builder.build(out, 11).unwrap()
}
