//! Every exact method against the reference, on every layer of random graphs.

mod networks;

use networks::images::{IMAGE, random_image_network};
use networks::random::{extreme_network, random_network};
use networks::{SIGMOID, noise};
use std::rc::Rc;
use thinned_core::exact::plan::{Purpose, plan};
use thinned_core::exact::run::Run;
use thinned_core::gates::Scaling;
use thinned_core::network::{Builder, Network};
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ROWS: usize = 2;
const NAMES: [&str; 14] = [
    "mean",
    "variance",
    "fourthMoment",
    "deterministic",
    "geometricMean",
    "complementGeometricMean",
    "nwgm",
    "secondOrder.geometricMean",
    "secondOrder.gap",
    "bounds.fromVariance",
    "bounds.fromMean",
    "bounds.cartwrightField.lower",
    "bounds.cartwrightField.upper",
    "roundingFloor",
];

fn networks() -> u32 {
    if std::env::var_os("THINNED_FULL").is_some() { 6000 } else { 600 }
}

/// The run by a method, or nothing where it does not apply; for a cross-check at every other node.
fn run(network: &Network, node: usize, unit: Option<usize>, method: &str, x: &[f32]) -> Option<Run<Best>> {
    let purpose = if node.is_multiple_of(2) { Purpose::CrossCheck } else { Purpose::Report };
    let plan = plan(&network.graph, node, unit, Some(method), purpose).ok()?;
    let run = Run::<Best>::new(network, node, unit, &plan, x, ROWS).unwrap();
    let mut run = if purpose == Purpose::CrossCheck { run.with_reach(0.0) } else { run };
    while run.remaining() > 0.0 {
        run.step(100).unwrap();
    }
    Some(run)
}

/// Compares every statistic; returns the sum of both bounds over the scale, where the method applied.
fn compare(network: &Network, node: usize, unit: Option<usize>, method: &str, x: &[f32]) -> Option<f64> {
    let fast = run(network, node, unit, method, x)?;
    let reference = run(network, node, unit, "reference", x).unwrap();
    let bound = fast.error_bound() + reference.error_bound();
    // Activities of linear and rectified layers may be of any size; the bound of a variance grows with their square.
    let largest = |name: &str| reference.statistic(name).unwrap().into_iter().fold(1.0, f64::max);
    let scale = largest("variance").max(largest("mean").powi(2)).max(largest("deterministic").powi(2));
    // Three dropouts of rate 0.9 in a row make pre-activations a thousand times as large as the activity they end in.
    assert!(bound <= 1e-7 * scale, "{method}: the bound is {bound:e} at scale {scale:e}");
    for name in NAMES {
        let (fast, reference) = (fast.statistic(name), reference.statistic(name));
        assert_eq!(fast.is_some(), reference.is_some(), "{name} by {method}");
        if name == "fourthMoment" && fast.iter().flatten().any(|value| value.is_nan()) {
            let is_open = ["closedForm", "characteristic", "conditioned"].contains(&method);
            assert!(is_open || node % 2 == 1, "{method} has every moment for a cross-check");
            continue; // Covariances do not determine it, nor integrals that of softplus units.
        }
        for (fast, reference) in fast.iter().flatten().zip(reference.iter().flatten()) {
            // Ratios and fourth powers carry the bound on by what they multiply it with.
            let slack = match name {
                "fourthMoment" => 1e4 * scale,
                "bounds.cartwrightField.upper" => 1e3 * (1.0 + reference),
                _ if name.contains('.') => 10.0,
                _ => 1.0,
            };
            let difference = (fast - reference).abs();
            assert!(difference <= bound * slack, "{name} by {method}, node {node}: {fast:e} and {reference:e}");
        }
    }
    Some(bound / scale)
}

#[test]
fn every_method_agrees_with_the_reference_within_the_bounds_of_both() {
    const METHODS: [&str; 6] = ["nested", "closedForm", "split", "halves", "characteristic", "conditioned"];
    let mut bounds: [Vec<f64>; METHODS.len()] = Default::default();
    for seed in 0..networks() {
        let network = random_network(seed);
        let x = noise(ROWS * 3, seed);
        for node in 1..network.graph.nodes.len() {
            for (method, bounds) in METHODS.into_iter().zip(&mut bounds) {
                bounds.extend([None, Some(0)].into_iter().filter_map(|unit| compare(&network, node, unit, method, &x)));
            }
        }
    }
    for (method, bounds) in METHODS.into_iter().zip(bounds) {
        assert!(bounds.len() > 100, "too few cases of {method} to mean anything: {}", bounds.len());
        let tight = bounds.iter().filter(|bound| **bound <= 1e-12).count();
        assert!(tight as f64 >= 0.9 * bounds.len() as f64, "{method}: {tight} of {} bounds are tight", bounds.len());
    }
}

/// What a method promises holds at the ends of what can be asked: the only way out is to refuse.
#[test]
fn every_method_keeps_its_bound_at_extreme_weights_and_rates() {
    const METHODS: [&str; 6] = ["nested", "closedForm", "split", "halves", "characteristic", "conditioned"];
    let mut applied = [0; METHODS.len()];
    let complete = |network: &Network, node: usize, method: &str, x: &[f32]| {
        let plan = plan(&network.graph, node, None, Some(method), Purpose::Report).ok()?;
        let mut run = Run::<Best>::new(network, node, None, &plan, x, ROWS).unwrap();
        while run.remaining() > 0.0 {
            run.step(100).ok()?;
        }
        Some(run)
    };
    for seed in 0..networks() / 3 {
        let network = extreme_network(seed);
        let x = noise(ROWS * 3, seed);
        for node in 1..network.graph.nodes.len() {
            let Some(reference) = complete(&network, node, "reference", &x) else { continue };
            for (method, applied) in METHODS.into_iter().zip(&mut applied) {
                let Some(fast) = complete(&network, node, method, &x) else { continue };
                let bound = fast.error_bound() + reference.error_bound();
                let variances = reference.statistic("variance").unwrap();
                *applied += usize::from(bound <= 1e-9 * variances.into_iter().fold(1.0, f64::max));
                for name in ["mean", "variance", "deterministic", "geometricMean", "complementGeometricMean", "nwgm"] {
                    let (fast, reference) = (fast.statistic(name), reference.statistic(name));
                    for (fast, reference) in fast.iter().flatten().zip(reference.iter().flatten()) {
                        let difference = (fast - reference).abs();
                        assert!(difference <= bound, "{name} by {method}, {seed} {node}: {fast:e} and {reference:e}");
                    }
                }
            }
        }
    }
    assert!(applied.iter().all(|count| *count > 10), "too few bounds that mean anything: {applied:?}");
}

/// Equal rates let masks share divisions, two or four as overflow allows, and exponentials be products.
#[test]
fn shared_divisions_agree_with_the_reference_at_any_scale() {
    for (rate, scale) in [0.5, 0.3].into_iter().flat_map(|rate| [0.5, 8.0, 25.0, 40.0, 60.0, 300.0].map(|s| (rate, s)))
    {
        let mut builder = Builder::default();
        let mut source = builder.input(3).unwrap();
        for (layer, width) in [4, 5, 2].into_iter().enumerate() {
            let gated = builder.dropout(&format!("d{layer}"), source, &[rate], Scaling::Standard).unwrap();
            source = builder.dense(&format!("h{layer}"), gated, width, SIGMOID, true, None, None).unwrap();
        }
        let mut network = builder.build(source, 3).unwrap();
        let parameters = network
            .parameters
            .iter()
            .zip(0..)
            .map(|(values, stream)| noise(values.len(), stream).into_iter().map(|value| scale * value).collect());
        network.parameters = Rc::new(parameters.collect());
        for node in [2, 4, 5, 6] {
            assert!(compare(&network, node, None, "nested", &noise(ROWS * 3, 9)).is_some());
        }
    }
}

#[test]
fn layers_without_gates_agree_with_the_reference() {
    let mut applied = 0;
    for seed in 0..networks() {
        let network = random_image_network(seed);
        let x = noise(ROWS * IMAGE.iter().product::<usize>(), seed);
        for node in 1..network.graph.nodes.len() {
            for method in ["nested", "closedForm", "split", "halves", "characteristic", "conditioned"] {
                applied += u32::from(compare(&network, node, None, method, &x).is_some());
            }
        }
    }
    assert!(applied > networks(), "too few cases to mean anything: {applied}");
}
