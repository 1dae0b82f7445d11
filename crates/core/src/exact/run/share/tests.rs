use super::*;
use crate::activation::Activation;
use crate::exact::plan::{Purpose, plan};
use crate::gates::Scaling;
use crate::network::{Builder, Network};
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const NAMES: [&str; 4] = ["mean", "variance", "fourthMoment", "deterministic"];

/// 16 gates, three units, of which connections may have gates of their own.
fn network(activation: Activation, connection_rate: Option<f64>) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(16).unwrap();
    let rate = if connection_rate.is_some() { 0.0 } else { 0.4 };
    let gated = builder.dropout("d", input, &[rate], Scaling::Inverted).unwrap();
    let connections = connection_rate.map(|rate| (rate, Scaling::Inverted));
    let output = builder.dense("o", gated, 3, activation, true, connections, None).unwrap();
    builder.build(output, 5).unwrap()
}

fn run(network: &Network, unit: Option<usize>, method: &str, rows: usize) -> (Plan, Run<Best>) {
    let x: Vec<f32> = (0..16 * rows).map(|i| ((i * i + 1) as f32).sin()).collect();
    let plan = plan(&network.graph, network.graph.output, unit, Some(method), Purpose::CrossCheck).unwrap();
    let run = Run::new(network, network.graph.output, unit, &plan, &x, rows).unwrap();
    (plan, run)
}

fn done(mut run: Run<Best>) -> Run<Best> {
    while run.remaining() > 0.0 {
        run.step(1 << 20).unwrap();
    }
    run
}

#[test]
fn parts_have_the_bits_of_the_whole() {
    let sigmoid = Activation::Sigmoid { c: 1.0, lambda: 1.0 };
    let cases = [
        (sigmoid, None, "split", 3),
        (sigmoid, None, "nested", 1),
        (Activation::Relu, None, "halves", 3),
        (sigmoid, None, "characteristic", 1),
        (Activation::Tanh, Some(0.3), "characteristic", 3),
        (Activation::Linear, None, "closedForm", 1),
    ];
    for (activation, connection_rate, method, count) in cases {
        let network = network(activation, connection_rate);
        let (plan, whole) = run(&network, None, method, 2);
        assert_eq!(parts(&network.graph, network.graph.output, None, &plan), Ok(count), "{method}");
        let whole = done(whole);
        for parts in (0..count).flat_map(|first| (first + 1..=count).map(move |end| first..end)) {
            let part = done(run(&network, None, method, 2).1.with_parts(parts).unwrap());
            for (index, unit) in part.units().into_iter().enumerate() {
                for name in NAMES {
                    let (all, some) = (whole.statistic(name).unwrap(), part.statistic(name).unwrap());
                    for row in 0..2 {
                        let found = some[row * part.units().len() + index];
                        assert_eq!(found.to_bits(), all[3 * row + unit].to_bits(), "{method} {name}");
                    }
                }
            }
        }
        assert!(run(&network, None, method, 1).1.with_parts(0..count + 1).is_err());
        assert!(run(&network, None, method, 1).1.with_parts(1..1).is_err());
    }
}

#[test]
fn blocks_have_the_bits_of_the_whole() {
    let network = network(Activation::Sigmoid { c: 2.0, lambda: 1.5 }, None);
    let whole = done(run(&network, Some(1), "split", 1).1);
    let (_, mut owner) = run(&network, Some(1), "split", 1);
    let blocks = owner.blocks().unwrap();
    assert!(blocks > 2);
    owner.restrict(0..0).unwrap();
    for block in (0..blocks).rev() {
        let (_, mut other) = run(&network, Some(1), "split", 1);
        other.restrict(block..block + 1).unwrap();
        while other.remaining_in_blocks().unwrap() > 0.0 {
            other.step_blocks(1).unwrap();
        }
        let sums = other.block_sums(block..block + 1).unwrap();
        let [mean, variance, ..] = sums[..] else { unreachable!("a block has sums") };
        assert!(mean.is_finite() && variance.is_finite());
        owner.accept(block, &sums).unwrap();
    }
    owner.step(1).unwrap();
    for name in NAMES {
        assert_eq!(owner.statistic(name), whole.statistic(name), "{name}");
    }
}

#[test]
fn shares_of_every_gate_have_the_bits_of_the_whole() {
    // 21 gates on three layers, so that a share begins inside the masks of an outer level.
    let mut builder = Builder::default();
    let mut source = builder.input(16).unwrap();
    for (layer, width) in [3, 2].into_iter().enumerate() {
        let gated = builder.dropout(&format!("d{layer}"), source, &[0.3], Scaling::Inverted).unwrap();
        source = builder.dense(&format!("h{layer}"), gated, width, Activation::Tanh, true, None, None).unwrap();
    }
    let gated = builder.dropout("d", source, &[0.5], Scaling::Inverted).unwrap();
    for activation in [Activation::Sigmoid { c: 1.0, lambda: 1.0 }, Activation::Softmax] {
        let mut builder = builder.clone();
        let output = builder.dense("o", gated, 2, activation, true, None, None).unwrap();
        let network = builder.build(output, 5).unwrap();
        let (_, mut owner) = run(&network, None, "nested", 1);
        let whole = done(run(&network, None, "nested", 1).1);
        assert_eq!(owner.blocks(), Ok(2));
        owner.restrict(0..0).unwrap();
        let (_, mut other) = run(&network, None, "nested", 1);
        for share in [1, 0] {
            other.restrict(share..share + 1).unwrap();
            while other.remaining_in_blocks().unwrap() > 0.0 {
                other.step_blocks(300_000).unwrap();
            }
            let sums = other.block_sums(share..share + 1).unwrap();
            assert!(sums[..3].iter().all(|sum| sum.is_finite()));
            owner.accept(share, &sums).unwrap();
        }
        owner.step(1).unwrap();
        for name in ["mean", "variance", "deterministic", "geometricMean", "nwgm"] {
            assert_eq!(owner.statistic(name), whole.statistic(name), "{name}");
        }
    }
}

#[test]
fn shares_of_other_walks_have_the_bits_of_the_whole() {
    // 18 gates, of which 16 are outer ones.
    let mut builder = Builder::default();
    let input = builder.input(16).unwrap();
    let gated = builder.dropout("d", input, &[0.3], Scaling::Inverted).unwrap();
    let hidden = builder.dense("h", gated, 2, Activation::Tanh, true, None, None).unwrap();
    let gated = builder.dropout("e", hidden, &[0.5], Scaling::Inverted).unwrap();
    let sigmoid = Activation::Sigmoid { c: 1.0, lambda: 1.0 };
    for (method, activation, shares) in [
        ("reference", sigmoid, 4),
        ("reference", Activation::Softmax, 4),
        ("conditioned", Activation::Linear, 4),
        ("conditioned", sigmoid, 4),
    ] {
        let mut builder = builder.clone();
        let output = builder.dense("o", gated, 1, activation, true, None, None).unwrap();
        let network = builder.build(output, 5).unwrap();
        let (_, mut owner) = run(&network, None, method, 1);
        let whole = done(run(&network, None, method, 1).1);
        assert_eq!(owner.blocks(), Ok(shares), "{method}");
        owner.restrict(0..0).unwrap();
        let (_, mut other) = run(&network, None, method, 1);
        for range in [2..4, 1..2, 0..1] {
            other.restrict(range.clone()).unwrap();
            while other.remaining_in_blocks().unwrap() > 0.0 {
                other.step_blocks(5000).unwrap();
            }
            owner.accept(range.start, &other.block_sums(range).unwrap()).unwrap();
        }
        owner.step(1).unwrap();
        for name in ["mean", "variance", "deterministic", "geometricMean", "nwgm"] {
            assert_eq!(owner.statistic(name), whole.statistic(name), "{method} {name}");
        }
        assert_eq!(owner.error_bound(), whole.error_bound());
    }
}

#[test]
fn blocks_that_there_are_not_are_refused() {
    let network = network(Activation::Sigmoid { c: 1.0, lambda: 1.0 }, None);
    assert!(run(&network, None, "split", 1).1.blocks().is_err(), "three units");
    assert!(run(&network, Some(0), "split", 2).1.blocks().is_err(), "two rows");
    assert!(run(&network, Some(0), "characteristic", 1).1.blocks().is_err(), "another method");
    let (_, mut one) = run(&network, Some(0), "split", 1);
    let blocks = one.blocks().unwrap();
    assert!(one.restrict(0..blocks + 1).is_err() && one.block_sums(blocks..blocks + 1).is_err());
    assert!(one.accept(blocks, &[0.0; 5]).is_err() && one.accept(0, &[0.0; 4]).is_err());
}
