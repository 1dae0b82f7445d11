use super::*;
use crate::activation::Activation;
use crate::exact::plan::plan;
use crate::gates::Scaling;
use crate::network::Builder;
use std::rc::Rc;
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// One gated input of weight `w` into one logistic unit with bias `b`.
fn unit(w: f32, b: f32) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(1).unwrap();
    let gated = builder.dropout("d", input, &[0.5], Scaling::Standard).unwrap();
    let sigmoid = Activation::Sigmoid { c: 1.0, lambda: 1.0 };
    let output = builder.dense("o", gated, 1, sigmoid, true, None, None).unwrap();
    let mut network = builder.build(output, 0).unwrap();
    network.parameters = Rc::new(vec![vec![w], vec![b]]);
    network
}

fn run(network: &Network, x: &[f32], rows: usize) -> Run<Best> {
    let plan = plan(&network.graph, network.graph.output, None, Some("reference"), Purpose::Report).unwrap();
    Run::new(network, network.graph.output, None, &plan, x, rows).unwrap()
}

fn statistics(network: &Network, x: &[f32], names: &[&str]) -> Vec<f64> {
    let mut run = run(network, x, 1);
    run.step(u64::MAX).unwrap();
    names.iter().map(|name| run.statistic(name).unwrap()[0]).collect()
}

/// Baldi and Sadowski 2014, §8: activities σ(½) and σ(1), half each.
#[test]
fn the_published_example() {
    let names = ["mean", "geometricMean", "complementGeometricMean", "nwgm"];
    let values = statistics(&unit(0.5, 0.5), &[1.0], &names);
    for (value, published) in values.iter().zip([0.676_759, 0.674_577, 0.318_648, 0.679_179]) {
        assert!((value - published).abs() < 5e-7, "{value} is not {published}");
    }
}

/// Activities ¼ and ¾: the mean and its approximation are both ½, and the variance is 1/16.
#[test]
fn the_symmetric_example() {
    let log_3 = 3f32.ln();
    let values = statistics(&unit(2.0 * log_3, -log_3), &[1.0], &["mean", "nwgm", "variance"]);
    for (value, exact) in values.iter().zip([0.5, 0.5, 0.0625]) {
        assert!((value - exact).abs() < 1e-7);
    }
}

#[test]
fn saturated_units_keep_finite_logarithms() {
    let names = ["mean", "variance", "geometricMean", "nwgm", "bounds.cartwrightField.upper"];
    let values = statistics(&unit(2000.0, -1000.0), &[1.0], &names);
    assert!((values[0] - 0.5).abs() < 1e-15 && (values[1] - 0.25).abs() < 1e-15);
    assert!((values[3] - 0.5).abs() < 1e-12, "S is -1000 or 1000, its mean 0: NWGM is a half, not NaN");
    assert!(values.iter().all(|value| !value.is_nan()));
}

#[test]
fn steps_do_not_change_a_bit() {
    let network = unit(0.3, -0.2);
    let mut whole = run(&network, &[1.0, 2.0, -3.0], 3);
    let mut pieces = run(&network, &[1.0, 2.0, -3.0], 3);
    assert_eq!(whole.remaining(), 6.0);
    whole.step(6).unwrap();
    while pieces.remaining() > 0.0 {
        assert_eq!(pieces.statistic("mean"), None);
        pieces.step(1).unwrap();
    }
    assert_eq!(whole.statistic("variance"), pieces.statistic("variance"));
}

/// Units of one layer, of a formula each: a few at a time they have the same bits, and none waits for the others.
#[test]
fn formulas_go_from_unit_to_unit() {
    for (activation, method) in [
        (Activation::Sigmoid { c: 0.5, lambda: -2.0 }, "characteristic"),
        (Activation::Tanh, "characteristic"),
        (Activation::Softplus, "characteristic"),
        (Activation::Linear, "closedForm"),
    ] {
        let mut builder = Builder::default();
        let input = builder.input(3).unwrap();
        let gated = builder.dropout("d", input, &[0.5, 0.25, 0.75], Scaling::Inverted).unwrap();
        let output = builder.dense("o", gated, 11, activation, true, None, None).unwrap();
        let mut network = builder.build(output, 0).unwrap();
        let weights = (0..33).map(|i| libm::sinf(i as f32)).collect();
        network.parameters = Rc::new(vec![weights, vec![0.25; 11]]);
        let plan = plan(&network.graph, output, None, Some(method), Purpose::Report).unwrap();
        let x = [1.0, -2.0, 0.5, 0.0, 3.0, -1.0];
        let new = || Run::<Best>::new(&network, output, None, &plan, &x, 2).unwrap();
        let (mut whole, mut pieces) = (new(), new());
        whole.step(u64::MAX).unwrap();
        let mut left = vec![pieces.remaining()];
        for evaluations in [1, 3, 8, 9, 1] {
            pieces.step(evaluations).unwrap();
            left.push(pieces.remaining());
        }
        // A row of eleven is not finished beyond what was asked for.
        assert_eq!(left, [22.0, 21.0, 18.0, 10.0, 1.0, 0.0]);
        for name in ["mean", "variance"] {
            assert_eq!(whole.statistic(name), pieces.statistic(name), "{method} of {activation:?}");
        }
    }
}
