//! What must hold exactly over all subnetworks, for random networks (Baldi and Sadowski 2013, §2-4).
#![cfg(not(target_arch = "wasm32"))]

use proptest::prelude::*;
use std::rc::Rc;
use thinned_core::activation::{Activation, logistic};
use thinned_core::exact::plan::{Purpose, plan};
use thinned_core::exact::run::Run;
use thinned_core::gates::Scaling;
use thinned_core::network::{Builder, Network};
use thinned_lanes::Best;

const SIGMOID: Activation = Activation::Sigmoid { c: 1.0, lambda: 1.0 };
/// Sums of up to 2^9 terms of magnitude 100 in double precision.
const ROUNDING: f64 = 1e-11;

/// Two gated layers with a skip from the gated input to the output.
fn network(weights: &[f32], rates: &[f64], scaling: Scaling, hidden: Activation, output: Activation) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(3).unwrap();
    let gated = builder.dropout("d1", input, &rates[..3], scaling).unwrap();
    let first = builder.dense("h", gated, 4, hidden, true, None, None).unwrap();
    let thinned = builder.dropout("d2", first, &rates[3..7], scaling).unwrap();
    let joined = builder.concat("joined", &[thinned, gated]).unwrap();
    let out = builder.dense("out", joined, 2, output, true, None, None).unwrap();
    let mut network = builder.build(out, 0).unwrap();
    let mut weights = weights.iter().copied().cycle();
    let parameters = network.parameters.iter().map(|tensor| weights.by_ref().take(tensor.len()).collect());
    network.parameters = Rc::new(parameters.collect());
    network
}

fn statistics(network: &Network, x: &[f32]) -> impl Fn(&str) -> Vec<f64> + use<> {
    let plan = plan(&network.graph, network.graph.output, None, None, Purpose::CrossCheck).unwrap();
    let mut run = Run::<Best>::new(network, network.graph.output, None, &plan, x, 1).unwrap();
    run.step(u64::MAX).unwrap();
    move |name| run.statistic(name).unwrap()
}

fn scaling() -> impl Strategy<Value = Scaling> {
    prop_oneof![Just(Scaling::Inverted), Just(Scaling::Standard)]
}

fn weights() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-3.0f32..3.0, 29)
}

fn rates() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![Just(0.0), Just(0.5), 0.0..0.99], 7)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Eq. 4: the weight-scaled pass of a linear network is the ensemble mean.
    #[test]
    fn linear_networks_average_to_the_deterministic_pass(
        weights in weights(), rates in rates(), scaling in scaling(), x in prop::array::uniform3(-2.0f32..2.0),
    ) {
        let statistic = statistics(&network(&weights, &rates, scaling, Activation::Linear, Activation::Linear), &x);
        for (mean, deterministic) in statistic("mean").iter().zip(statistic("deterministic")) {
            prop_assert!((mean - deterministic).abs() <= ROUNDING * (1.0 + deterministic.abs()) * 100.0);
        }
    }

    /// §2 of the theory: orders between the means, and what a variance in [0, 1] can be.
    #[test]
    fn logistic_means_keep_their_order(
        weights in weights(), rates in rates(), scaling in scaling(), x in prop::array::uniform3(-2.0f32..2.0),
    ) {
        let statistic = statistics(&network(&weights, &rates, scaling, Activation::Tanh, SIGMOID), &x);
        let (e, v, g, nwgm) = (statistic("mean"), statistic("variance"), statistic("geometricMean"), statistic("nwgm"));
        let (low, high) = (statistic("bounds.cartwrightField.lower"), statistic("bounds.cartwrightField.upper"));
        for unit in 0..2 {
            prop_assert!(g[unit] <= e[unit] + ROUNDING && g[unit] <= nwgm[unit] + ROUNDING);
            prop_assert!((0.0..=e[unit] * (1.0 - e[unit]) + ROUNDING).contains(&v[unit]));
            prop_assert!(low[unit] <= e[unit] - g[unit] + ROUNDING && e[unit] - g[unit] <= high[unit] + ROUNDING);
        }
    }

    /// Eq. 5-7: the normalised geometric mean of a logistic unit is the logistic of its mean pre-activation.
    #[test]
    fn the_geometric_mean_of_logistic_units_is_the_logistic_of_the_mean(
        weights in weights(), rates in rates(), scaling in scaling(), x in prop::array::uniform3(-2.0f32..2.0),
    ) {
        let linear = statistics(&network(&weights, &rates, scaling, Activation::Relu, Activation::Linear), &x);
        let units = statistics(&network(&weights, &rates, scaling, Activation::Relu, SIGMOID), &x);
        for (nwgm, mean) in units("nwgm").iter().zip(linear("mean")) {
            prop_assert!((nwgm - logistic(mean)).abs() <= ROUNDING);
        }
        let softmax = statistics(&network(&weights, &rates, scaling, Activation::Relu, Activation::Softmax), &x);
        let mean = linear("mean");
        prop_assert!((softmax("nwgm")[0] - logistic(mean[0] - mean[1])).abs() <= ROUNDING);
    }
}
