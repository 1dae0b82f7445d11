use super::*;
use crate::activation::Activation;
use crate::gates::Scaling;
use crate::network::{Builder, Network};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Two layers of gates, linear below `output`.
fn network(output: Activation) -> Network {
    let mut builder = Builder::default();
    let mut source = builder.input(2).unwrap();
    for (name, activation) in [("h", Activation::Linear), ("o", output)] {
        let gated = builder.dropout(&format!("d{name}"), source, &[0.5], Scaling::Inverted).unwrap();
        source = builder.dense(name, gated, 2, activation, true, None, None).unwrap();
    }
    builder.build(source, 1).unwrap()
}

#[test]
fn a_method_without_fourth_moments_does_not_serve_a_cross_check() {
    for (activation, name) in [(Activation::Linear, "closedForm"), (Activation::Softplus, "conditioned")] {
        let network = network(activation);
        let graph = &network.graph;
        let by = |method, purpose| plan(graph, graph.output, None, method, purpose);
        assert_eq!(by(Some(name), Purpose::Report).map(|plan| plan.method.name()), Ok(name));
        let error = by(Some(name), Purpose::CrossCheck).unwrap_err();
        assert!(error.to_string().contains("fourth moment"), "{error}");
        assert_ne!(by(None, Purpose::CrossCheck).map(|plan| plan.method.name()), Ok(name));
    }
}

#[test]
fn units_with_more_gates_than_the_first_count() {
    // The first 40 units have no gate, the last one has 40.
    for (activation, name) in [
        (Activation::Tanh, "characteristic"),
        (Activation::Sigmoid { c: 1.0, lambda: 1.0 }, "characteristic"),
        (Activation::Relu, "halves"),
        (Activation::LeakyRelu { alpha: 0.1 }, "halves"),
    ] {
        let mut builder = Builder::default();
        let input = builder.input(40).unwrap();
        let gated = builder.dropout("d", input, &[0.5], Scaling::Inverted).unwrap();
        let sum = builder.dense("sum", gated, 1, Activation::Linear, true, None, None).unwrap();
        let joined = builder.concat("joined", &[input, sum]).unwrap();
        let output = builder.activation("o", joined, activation).unwrap();
        let graph = builder.build(output, 1).unwrap().graph;
        let found = plan(&graph, graph.output, None, None, Purpose::Report).unwrap();
        assert_eq!((found.method.name(), found.gates), (name, 40), "{activation:?}");
        let nested = plan(&graph, graph.output, None, Some("nested"), Purpose::Report).unwrap();
        assert!(nested.seconds_per_row > 60.0, "2^40 subnetworks in {} s", nested.seconds_per_row);
    }
}
