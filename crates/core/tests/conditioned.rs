//! Conditioning on earlier layers against the enumeration of everything, where there are more outer masks than a block.

mod networks;

use networks::noise;
use std::rc::Rc;
use thinned_core::activation::Activation::{self, Gelu, Linear, Relu, Softmax, Softplus, Tanh};
use thinned_core::exact::plan::{Purpose, plan};
use thinned_core::exact::run::Run;
use thinned_core::gates::Scaling::{Inverted, Standard};
use thinned_core::network::{Builder, Network};
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SIGMOID: Activation = Activation::Sigmoid { c: 0.5, lambda: 2.0 };

/// The network with weights and biases of size `scale`.
fn filled(builder: Builder, output: usize, scale: f32) -> Network {
    let mut network = builder.build(output, 1).unwrap();
    let sizes: Vec<usize> = network.parameters.iter().map(Vec::len).collect();
    let numbers = |(index, size): (usize, &usize)| {
        noise(*size, index as u32).iter().map(|value| scale * value).collect::<Vec<f32>>()
    };
    network.parameters = Rc::new(sizes.iter().enumerate().map(numbers).collect());
    network
}

/// Gates over nine inputs and over a hidden layer of each activation, then the output.
fn chain(hidden: Activation, output: Activation, scale: f32) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(9).unwrap();
    let rates = [0.5, 0.2, 0.0, 0.9, 1e-6, 0.5, 0.3, 0.3, 0.75];
    let first = builder.dropout("d1", input, &rates, Inverted).unwrap();
    let hidden = builder.dense("h", first, 4, hidden, true, None, None).unwrap();
    let second = builder.dropout("d2", hidden, &[0.4], Standard).unwrap();
    let output = builder.dense("o", second, 2, output, true, None, None).unwrap();
    filled(builder, output, scale)
}

/// Gated connections, a second curved layer that reads beside them, and a path around the last gates.
fn graph(output: Activation, scale: f32) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(3).unwrap();
    let first = builder.dense("c", input, 3, Tanh, true, Some((0.3, Inverted)), None).unwrap();
    let gated = builder.dropout("d1", first, &[0.5, 0.1, 0.0], Inverted).unwrap();
    let joined = builder.concat("j", &[input, gated]).unwrap();
    let joined = builder.multiply("m", &[joined, joined]).unwrap();
    let second = builder.dense("h", joined, 3, SIGMOID, true, None, None).unwrap();
    let softmax = builder.dense("s", joined, 3, Softmax, false, None, None).unwrap();
    let sum = builder.add("a", &[second, softmax]).unwrap();
    let last = builder.dropout("d2", sum, &[0.5, 0.0, 0.25], Inverted).unwrap();
    let linear = builder.dense("l", last, 2, Linear, true, None, None).unwrap();
    let around = builder.concat("k", &[linear, first, last]).unwrap();
    let output = builder.dense("o", around, 2, output, true, None, None).unwrap();
    filled(builder, output, scale)
}

fn run(network: &Network, unit: Option<usize>, method: &str, steps: u64, x: &[f32]) -> Run<Best> {
    let output = network.graph.output;
    let is_softplus = network.graph.activation(output) == Some(Softplus);
    let purpose = if is_softplus { Purpose::Report } else { Purpose::CrossCheck };
    let plan = plan(&network.graph, output, unit, Some(method), purpose).unwrap();
    let run = Run::<Best>::new(network, output, unit, &plan, x, 1).unwrap();
    let mut run = if is_softplus { run } else { run.with_reach(0.0) }; // which wants the fourth moment
    while run.remaining() > 0.0 {
        run.step(steps).unwrap();
    }
    run
}

fn compare(network: &Network, unit: Option<usize>) {
    let x = noise(network.graph.input_width(), 5);
    let conditioned = run(network, unit, "conditioned", 37, &x);
    let nested = run(network, unit, "nested", u64::MAX, &x);
    let bound = conditioned.error_bound() + nested.error_bound();
    let names =
        ["mean", "variance", "fourthMoment", "least", "largest", "geometricMean", "complementGeometricMean", "nwgm"];
    let scale = nested.statistic("mean").unwrap().into_iter().fold(1.0, |a: f64, b| a.max(b * b));
    let scale = nested.statistic("variance").unwrap().into_iter().fold(scale, f64::max);
    // A priori, and for weights of 100 in three layers.
    assert!(bound <= 1e-6 * scale, "the bound is {bound:e} at scale {scale:e}");
    for name in names {
        let (found, expected) = (conditioned.statistic(name), nested.statistic(name));
        if name == "fourthMoment" && found.iter().flatten().all(|value| value.is_nan()) {
            continue; // of softplus units
        }
        assert_eq!(found.is_some(), expected.is_some(), "{name}");
        let tolerance = if name == "fourthMoment" { 10.0 * scale * bound } else { bound.min(1e-10 * scale) };
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            let difference = (found - expected).abs();
            assert!(difference <= tolerance, "{name}: {found:e} and {expected:e}, bound {bound:e}");
        }
    }
    let whole = run(network, unit, "conditioned", u64::MAX, &x);
    assert_eq!(whole.statistic("variance"), conditioned.statistic("variance"), "steps change no bit");
}

/// One linear unit over nine rectified ones: two fours, and one that is left.
#[test]
fn rectified_units_agree_with_the_enumeration_of_everything() {
    for scale in [0.3, 2.0] {
        let mut builder = Builder::default();
        let input = builder.input(3).unwrap();
        let gated = builder.dropout("d1", input, &[0.5, 0.1, 0.3], Inverted).unwrap();
        let hidden = builder.dense("h", gated, 9, Relu, true, None, None).unwrap();
        let last = builder.dropout("d2", hidden, &[0.25], Inverted).unwrap();
        let output = builder.dense("o", last, 1, Linear, true, None, None).unwrap();
        let network = filled(builder, output, scale);
        let x = noise(3, 5);
        let [conditioned, nested] = ["conditioned", "nested"].map(|method| {
            let plan = plan(&network.graph, network.graph.output, None, Some(method), Purpose::Report).unwrap();
            let mut run = Run::<Best>::new(&network, network.graph.output, None, &plan, &x, 1).unwrap();
            run.step(u64::MAX).unwrap();
            run
        });
        let bound = conditioned.error_bound() + nested.error_bound();
        for name in ["mean", "variance"] {
            let [found, expected] = [&conditioned, &nested].map(|run| run.statistic(name).unwrap()[0]);
            assert!(expected != 0.0 && (found - expected).abs() <= bound, "{name}: {found:e} and {expected:e}");
        }
    }
}

#[test]
fn a_chain_agrees_with_the_enumeration_of_everything() {
    for hidden in [Relu, SIGMOID, Tanh, Linear, Softmax, Gelu] {
        for output in [Linear, SIGMOID, Tanh, Softplus] {
            // Integrals over weights of 100 in three layers have a hundred thousand nodes.
            for scale in if output == Linear { [0.3, 2.0, 100.0] } else { [0.3, 2.0, 5.0] } {
                compare(&chain(hidden, output, scale), None);
                compare(&chain(hidden, output, scale), Some(1));
            }
        }
    }
}

#[test]
fn a_graph_with_gated_connections_and_paths_around_agrees_too() {
    for output in [Linear, SIGMOID, Tanh] {
        for scale in [0.3, 2.0] {
            compare(&graph(output, scale), None);
        }
    }
}

#[test]
fn what_cannot_be_conditioned_is_refused_with_the_reason() {
    let refusal = |network: &Network, node: usize| {
        plan(&network.graph, node, None, Some("conditioned"), Purpose::Report).unwrap_err().message
    };
    let softmax = chain(Relu, Softmax, 1.0);
    assert!(refusal(&softmax, softmax.graph.output).contains("linear, logistic, tanh and softplus units"));
    let shallow = chain(SIGMOID, Linear, 1.0);
    assert!(refusal(&shallow, 3).contains("no gates lie in earlier layers"), "{}", refusal(&shallow, 3));
    let mut builder = Builder::default();
    let input = builder.input(2).unwrap();
    let gated = builder.dropout("d", input, &[0.5], Inverted).unwrap();
    let hidden = builder.dense("h", gated, 2, Relu, true, None, None).unwrap();
    let output = builder.dense("o", hidden, 1, Linear, true, None, None).unwrap();
    let open = builder.build(output, 0).unwrap();
    assert!(refusal(&open, output).contains("an activation lies between it and all gates"));
}

#[test]
fn the_plan_takes_it_where_nothing_else_could() {
    let mut builder = Builder::default();
    let input = builder.input(12).unwrap();
    let first = builder.dropout("d1", input, &[0.5], Inverted).unwrap();
    let hidden = builder.dense("h", first, 300, Relu, true, None, None).unwrap();
    let second = builder.dropout("d2", hidden, &[0.5], Inverted).unwrap();
    let output = builder.dense("o", second, 2, Linear, true, None, None).unwrap();
    let network = builder.build(output, 0).unwrap();
    let plan = plan(&network.graph, output, None, None, Purpose::Report).unwrap();
    assert_eq!((plan.method.name(), plan.gates, plan.evaluations), ("conditioned", 312, 8192.0));
    assert!(plan.seconds_per_row < 1.0);
}
