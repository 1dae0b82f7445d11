//! Covariances, entropies and means given a gate against the plain sums over every mask.

mod networks;

use networks::noise;
use networks::random::random_network;
use thinned_core::activation::Activation;
use thinned_core::exact::detail::{Detail, Run, plan};
use thinned_core::exact::subnetwork::Subnetwork;
use thinned_core::exact::upstream::gates_above;
use thinned_core::gates::Scaling;
use thinned_core::network::{Builder, Network};
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ROWS: usize = 2;

/// Probability, which gates are kept, and the activities of `target`, of every subnetwork.
fn subnetworks(network: &Network, target: usize, unit: Option<usize>, x: &[f32]) -> Vec<(f64, u32, Vec<f64>)> {
    let graph = &network.graph;
    let gates = gates_above(graph, target, unit);
    let wanted = graph.ancestors(&[target]);
    let pass = |mask: u32| {
        let mut subnetwork = Subnetwork::new(graph, target);
        let mut p = 1.0;
        for (bit, &(site, gate)) in gates.iter().enumerate() {
            let (site_of, kept) = (&graph.sites[site], mask >> bit & 1 == 1);
            p *= if kept { site_of.keep(gate) } else { site_of.rate(gate) };
            subnetwork.factors[site][gate] = if kept { site_of.kept_factor(gate) } else { 0.0 };
        }
        subnetwork.pass(network, x, &wanted);
        (p, mask, subnetwork.values[target].clone())
    };
    (0..1 << gates.len()).map(pass).collect()
}

fn complete(network: &Network, node: usize, unit: Option<usize>, detail: Detail, x: &[f32]) -> Option<Run<Best>> {
    let mut run = Run::<Best>::new(network, node, unit, detail, x, ROWS).ok()?;
    let planned = plan(&network.graph, node, unit, detail).unwrap();
    assert_eq!(run.remaining(), planned.evaluations * ROWS as f64);
    while run.remaining() > 0.0 {
        assert_eq!(run.statistic("covariance"), None);
        run.step(3).unwrap();
    }
    Some(run)
}

fn close(name: &str, found: f64, expected: f64, bound: f64, scale: f64) {
    let tolerance = bound + 1e-12 * scale;
    assert!((found - expected).abs() <= tolerance, "{name}: {found:e}, wanted {expected:e} within {tolerance:e}");
}

fn check_joint(network: &Network, node: usize, x: &[f32]) -> bool {
    let target = network.graph.before_gates(node);
    let Some(run) = complete(network, node, None, Detail::Joint, x) else { return false };
    let width = network.graph.nodes[target].width;
    let covariance = run.statistic("covariance").unwrap();
    for row in 0..ROWS {
        let all = subnetworks(network, target, None, &x[row * 3..][..3]);
        let expectation = |f: &dyn Fn(&[f64]) -> f64| all.iter().map(|(p, _, values)| p * f(values)).sum::<f64>();
        let means: Vec<f64> = (0..width).map(|unit| expectation(&|values| values[unit])).collect();
        let scale = 1.0 + expectation(&|values| values.iter().map(|value| value * value).sum());
        for i in 0..width {
            for j in 0..width {
                let expected = expectation(&|values| (values[i] - means[i]) * (values[j] - means[j]));
                let found = covariance[(row * width + i) * width + j];
                close("covariance", found, expected, run.error_bound(), scale);
            }
        }
        let entropy = |p: f64| if p == 0.0 { 0.0 } else { -p * p.ln() };
        let binary = |p: f64| entropy(p) + entropy(1.0 - p);
        let (predictive, expected) = match network.graph.layer_activation(target) {
            Some(Activation::Softmax) => (
                means.iter().map(|&p| entropy(p)).sum::<f64>(),
                expectation(&|values| values.iter().map(|&p| entropy(p)).sum()),
            ),
            Some(Activation::Sigmoid { .. }) if width == 1 => {
                (binary(means[0]), expectation(&|values| binary(values[0])))
            }
            _ => {
                assert_eq!(run.statistic("mutualInformation"), None);
                continue;
            }
        };
        let found = |name: &str| run.statistic(name).unwrap()[row];
        close("predictive entropy", found("predictiveEntropy"), predictive, run.error_bound(), 1.0);
        close("expected entropy", found("expectedEntropy"), expected, run.error_bound(), 1.0);
        close("mutual information", found("mutualInformation"), predictive - expected, run.error_bound(), 1.0);
        assert!(found("mutualInformation") >= 0.0);
    }
    true
}

fn check_given(network: &Network, node: usize, unit: Option<usize>, x: &[f32]) -> bool {
    let target = network.graph.before_gates(node);
    let Some(run) = complete(network, node, unit, Detail::Given, x) else { return false };
    let units: Vec<usize> = unit.map_or_else(|| (0..network.graph.nodes[target].width).collect(), |unit| vec![unit]);
    let found = run.statistic("conditionalMean").unwrap_or_default();
    let gates = found.len() / units.len() / ROWS;
    for row in 0..ROWS {
        for (column, &unit) in units.iter().enumerate() {
            let own = gates_above(&network.graph, target, Some(unit)).len();
            assert_eq!(gates, own);
            let all = subnetworks(network, target, Some(unit), &x[row * 3..][..3]);
            for gate in 0..gates {
                let kept = || all.iter().filter(|(_, mask, _)| mask >> gate & 1 == 1);
                let total: f64 = kept().map(|(p, ..)| p).sum();
                let mean = kept().map(|(p, _, values)| p * values[unit]).sum::<f64>() / total;
                let scale = 1.0 + kept().map(|(_, _, values)| values[unit].abs()).fold(0.0, f64::max);
                close(
                    "E[O | gate]",
                    found[(row * units.len() + column) * gates + gate],
                    mean,
                    run.error_bound(),
                    scale,
                );
            }
        }
    }
    gates > 0
}

#[test]
fn details_are_those_of_every_mask_of_random_networks() {
    let (mut joint, mut given) = (0, 0);
    for seed in 0..200 {
        let network = random_network(seed);
        let x = noise(ROWS * 3, seed);
        for node in 1..network.graph.nodes.len() {
            joint += u32::from(check_joint(&network, node, &x));
            given += u32::from(check_given(&network, node, None, &x));
            given += u32::from(check_given(&network, node, Some(0), &x));
        }
    }
    assert!(joint > 500 && given > 200, "too few cases to mean anything: {joint} and {given}");
}

#[test]
fn what_does_not_apply_is_refused_with_the_reason() {
    let network = random_network(1);
    let refusals: Vec<String> = (1..network.graph.nodes.len())
        .filter_map(|node| plan(&network.graph, node, None, Detail::Given).err())
        .map(|error| error.message)
        .collect();
    assert!(!refusals.is_empty());
    assert!(refusals.iter().all(|message| message.starts_with("Cannot compute means given a gate of layer")));
}

/// The activities and entropies of classes are most of the work where there are few: milliseconds would be an estimate of sums alone.
#[test]
fn a_plan_counts_activities_and_entropies() {
    let seconds = |units: usize, activation: Activation| {
        let mut builder = Builder::default();
        let input = builder.input(15).unwrap();
        let gated = builder.dropout("d0", input, &[0.4], Scaling::Inverted).unwrap();
        let hidden = builder.dense("h", gated, 3, Activation::Relu, true, None, None).unwrap();
        let gated = builder.dropout("d1", hidden, &[0.5], Scaling::Inverted).unwrap();
        let output = builder.dense("o", gated, units, activation, true, None, None).unwrap();
        let network = builder.build(output, 0).unwrap();
        let plan = plan(&network.graph, output, None, Detail::Joint).unwrap();
        assert_eq!((plan.gates, plan.evaluations), (18, 18f64.exp2()));
        plan.seconds_per_row
    };
    for units in [2, 10] {
        let [rectified, curved, classes] =
            [Activation::Relu, Activation::Tanh, Activation::Softmax].map(|activation| seconds(units, activation));
        assert!(rectified < curved && curved < classes);
        assert!((0.05..1.0).contains(&classes), "{units} classes: {classes}");
    }
}
