//! Does a cross-check let every right sampler pass, and no wrong one?
//!
//! A wrong sampler is a right one of another network, whose moments are held against the exact ones of the true network.

mod networks;
#[path = "cross_check/rounding.rs"]
mod rounding;

use networks::noise;
use networks::random::random_network;
use std::rc::Rc;
use thinned_core::activation::Activation;
use thinned_core::cross_check::{Exact, Level, Scores, compare};
use thinned_core::exact::plan::{Purpose, plan};
use thinned_core::exact::run::Run;
use thinned_core::forward::Masks;
use thinned_core::gates::Scaling;
use thinned_core::monte_carlo::{Request, Run as Sampler};
use thinned_core::network::{Builder, Network};
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SIGMOID: Activation = Activation::Sigmoid { c: 1.0, lambda: 1.0 };

/// `[inputs, units]`, between `−scale` and `scale`.
fn weights(inputs: usize, units: usize, scale: f32) -> Vec<f32> {
    noise(inputs * units, 17).into_iter().map(|weight| scale * weight).collect()
}

/// One gated layer of inputs into one dense layer.
#[derive(Clone)]
struct OneLayer {
    rates: Vec<f64>,
    scaling: Scaling,
    activation: Activation,
    weights: Vec<f32>,
    bias: f32,
    units: usize,
}

impl OneLayer {
    fn new(rates: Vec<f64>, units: usize, activation: Activation, scale: f32) -> Self {
        let weights = weights(rates.len(), units, scale);
        Self { rates, scaling: Scaling::Inverted, activation, weights, bias: 0.0, units }
    }

    fn network(&self) -> Network {
        let mut builder = Builder::default();
        let input = builder.input(self.rates.len()).unwrap();
        let gated = builder.dropout("d", input, &self.rates, self.scaling).unwrap();
        let output = builder.dense("o", gated, self.units, self.activation, true, None, None).unwrap();
        let mut network = builder.build(output, 0).unwrap();
        network.parameters = Rc::new(vec![self.weights.clone(), vec![self.bias; self.units]]);
        network
    }
}

/// Gates in two layers.
fn two_layers(rate: f64) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(4).unwrap();
    let gated = builder.dropout("d1", input, &[rate], Scaling::Inverted).unwrap();
    let hidden = builder.dense("h", gated, 4, Activation::Relu, true, None, None).unwrap();
    let gated = builder.dropout("d2", hidden, &[rate], Scaling::Inverted).unwrap();
    let output = builder.dense("o", gated, 3, Activation::Softmax, true, None, None).unwrap();
    let mut network = builder.build(output, 0).unwrap();
    network.parameters = Rc::new(vec![weights(4, 4, 1.5), vec![0.1; 4], weights(4, 3, 1.5), vec![0.0; 3]]);
    network
}

/// Six gates below, forty above: too many to enumerate all of them.
fn wide_behind_narrow() -> Network {
    let mut builder = Builder::default();
    let input = builder.input(6).unwrap();
    let gated = builder.dropout("d1", input, &[0.3], Scaling::Inverted).unwrap();
    let hidden = builder.dense("h", gated, 40, Activation::Relu, true, None, None).unwrap();
    let gated = builder.dropout("d2", hidden, &[0.2], Scaling::Inverted).unwrap();
    let output = builder.dense("o", gated, 3, Activation::Linear, true, None, None).unwrap();
    let mut network = builder.build(output, 0).unwrap();
    network.parameters = Rc::new(vec![weights(6, 40, 1.0), vec![0.1; 40], weights(40, 3, 0.5), vec![0.0; 3]]);
    network
}

fn row(network: &Network) -> Vec<f32> {
    (0..network.graph.input_width()).map(|i| 1.0 + 0.1 * i as f32).collect()
}

/// The exact statistics of the output, computed once for many samplers.
struct Truth {
    columns: Vec<Vec<f64>>,
    level: Level,
}

impl Truth {
    fn of(network: &Network, alpha: f64, samples: u32) -> Self {
        Self::at(network, network.graph.output, alpha, samples)
    }

    /// The same of any node.
    fn at(network: &Network, node: usize, alpha: f64, samples: u32) -> Self {
        Self::of_rows(network, node, &row(network), alpha, samples)
    }

    /// The same for `x [rows, inputs]`.
    fn of_rows(network: &Network, node: usize, x: &[f32], alpha: f64, samples: u32) -> Self {
        let graph = &network.graph;
        let rows = x.len() / graph.input_width();
        let plan = plan(graph, node, None, None, Purpose::CrossCheck).unwrap();
        let comparisons = 2.0 * (rows * graph.nodes[node].width) as f64;
        let level = Level::new(alpha, comparisons, f64::from(samples));
        let run = Run::<Best>::new(network, node, None, &plan, x, rows).unwrap();
        let mut run = run.with_reach(level.outside);
        run.step(u64::MAX).unwrap();
        let names = ["mean", "variance", "fourthMoment", "least", "largest", "roundingFloor", "errorBound"];
        Self { columns: names.iter().map(|name| run.statistic(name).unwrap()).collect(), level }
    }

    /// The scores of sampled moments, said to be of as many samples as the level is for.
    fn scores(&self, (sampled_mean, sampled_variance): &(Vec<f64>, Vec<f64>)) -> Scores {
        let [mean, variance, fourth, least, largest, floor, error_bound] = self.columns.as_slice() else {
            unreachable!("as many columns as names")
        };
        let exact = Exact { mean, variance, fourth, least, largest, floor, error_bound };
        compare(&exact, sampled_mean, sampled_variance, &self.level)
    }
}

/// Mean and variance of the output over `samples` subnetworks.
fn drawn(network: &Network, samples: u32, seed: u64) -> (Vec<f64>, Vec<f64>) {
    drawn_at(network, network.graph.output, samples, seed)
}

fn drawn_at(network: &Network, node: usize, samples: u32, seed: u64) -> (Vec<f64>, Vec<f64>) {
    drawn_of_rows(network, node, &row(network), samples, seed)
}

fn drawn_of_rows(network: &Network, node: usize, x: &[f32], samples: u32, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let nodes = vec![node];
    let request = Request {
        nodes,
        samples,
        first_sample: 0,
        seed,
        first_row: 0,
        masks: Masks::Shared,
        keep_samples: false,
        integrate_last: false,
        geometric_means: false,
    };
    let rows = x.len() / network.graph.input_width();
    let mut run = Sampler::<Best>::new(network, x, rows, &request).unwrap();
    run.step(samples);
    (run.sampled().mean(0), run.sampled().variance(0))
}

fn all_within(scores: &[f64], limits: &[f64]) -> bool {
    scores.iter().zip(limits).all(|(score, limit)| score.abs() <= *limit)
}

fn agrees(scores: &Scores) -> bool {
    all_within(&scores.mean, &scores.mean_limit) && all_within(&scores.variance, &scores.variance_limit)
}

/// How many of `trials` may come true at probability `p`, but for one case in 10⁵: Bernstein's bound.
fn most(trials: f64, p: f64) -> f64 {
    let l = 1e5f64.ln();
    trials * p + l / 3.0 + (l * l / 9.0 + 2.0 * trials * p * l).sqrt()
}

fn is_full() -> bool {
    std::env::var_os("THINNED_FULL").is_some()
}

fn right_samplers() -> Vec<(&'static str, Network, u32)> {
    let half = || vec![0.5; 8];
    let one = |rates, units, activation, scale| OneLayer::new(rates, units, activation, scale);
    let biased = |bias| OneLayer { bias, ..one(half(), 4, SIGMOID, 1.0) }.network();
    vec![
        ("rate ½, tanh", one(half(), 4, Activation::Tanh, 0.5).network(), 500),
        ("rate 0.1, linear, many units", one(vec![0.1; 12], 64, Activation::Linear, 1.0).network(), 300),
        ("rate 5e-6, linear", one(vec![5e-6; 20], 2, Activation::Linear, 1.0).network(), 500),
        ("rate 1e-3, logistic", one(vec![1e-3; 20], 2, SIGMOID, 1.0).network(), 100),
        ("rate 0.995, ReLU", one(vec![0.995; 6], 3, Activation::Relu, 1.0).network(), 300),
        ("saturated", biased(14.0), 300),
        ("saturated to the last bit", biased(60.0), 100),
        ("saturated at 0", biased(-14.0), 300),
        ("V near 0", one(half(), 4, Activation::Linear, 1e-7).network(), 300),
        ("gates of other rates", one(vec![0.0, 1e-6, 0.3, 0.999, 0.5, 0.9], 3, Activation::Tanh, 2.0).network(), 300),
        ("two layers", two_layers(0.3), 200),
        ("gates integrated over enumerated ones", wide_behind_narrow(), 200),
        ("two layers, small rates", two_layers(1e-4), 300),
    ]
}

#[test]
fn right_samplers_raise_false_alarms_no_more_often_than_promised() {
    let (seeds, more) = if is_full() { (1000, 10) } else { (250, 1) };
    for (name, network, samples) in right_samplers() {
        let samples = samples * more;
        let moments: Vec<_> = (0..seeds).map(|seed| drawn(&network, samples, seed)).collect();
        for alpha in [0.001, 0.1] {
            let truth = Truth::of(&network, alpha, samples);
            let alarms = moments.iter().filter(|moments| !agrees(&truth.scores(moments))).count();
            assert!(alarms as f64 <= most(seeds as f64, alpha), "{name}: {alarms} of {seeds} at alpha {alpha}");
        }
    }
}

/// Every layer of graphs with gated connections, skips, sums, all activations, rates of 1e-6 and 0.9 in a row.
#[test]
fn right_samplers_of_random_graphs_raise_none_but_those_promised() {
    let (mut trials, mut alarms) = (0, 0);
    for seed in 0..if is_full() { 2000 } else { 150 } {
        let network = random_network(seed);
        for node in 1..network.graph.nodes.len() {
            let truth = Truth::at(&network, node, 0.001, 100);
            trials += 1;
            if !agrees(&truth.scores(&drawn_at(&network, node, 100, seed.into()))) {
                alarms += 1;
            }
        }
    }
    assert!(alarms as f64 <= most(trials as f64, 0.001), "{alarms} of {trials}");
}

/// The control of the first test: with the threshold for all, as for a normal distribution, small rates fail it.
#[test]
fn one_threshold_for_all_would_raise_more() {
    let (name, network, samples) = right_samplers().swap_remove(2);
    let truth = Truth::of(&network, 0.001, samples);
    let is_beyond = |seed: &u64| {
        let scores = truth.scores(&drawn(&network, samples, *seed));
        scores.mean.iter().chain(&scores.variance).any(|score| score.abs() > truth.level.threshold)
    };
    let alarms = (0..500u64).filter(is_beyond).count();
    assert!(alarms as f64 > most(500.0, 0.001), "{name}: {alarms} of 500");
}

/// Limits are of use: at an alpha of nearly 1, some right sampler exceeds one.
#[test]
fn false_alarms_can_happen() {
    let (_, network, samples) = right_samplers().swap_remove(0);
    let truth = Truth::of(&network, 0.999, samples);
    assert!((0..2000).any(|seed| !agrees(&truth.scores(&drawn(&network, samples, seed)))));
}

/// Rates ¼ (scaling by the rate is then no scaling by keep), and ½.
fn originals() -> [OneLayer; 3] {
    [
        OneLayer::new(vec![0.25; 10], 16, Activation::Linear, 1.0),
        OneLayer::new(vec![0.25; 10], 16, SIGMOID, 1.0),
        OneLayer { scaling: Scaling::Standard, ..OneLayer::new(vec![0.25; 10], 16, Activation::Tanh, 0.3) },
    ]
}

/// Whether `drawn_from` samples of another network, said to be `samples`, are caught for each of some seeds, and those of the
/// right one for none.
fn catches(original: &OneLayer, mutated: &OneLayer, samples: u32, drawn_from: u32) -> bool {
    let truth = Truth::of(&original.network(), 0.001, samples);
    let agrees = |layer: &OneLayer, samples, seed| agrees(&truth.scores(&drawn(&layer.network(), samples, seed)));
    assert!((0..3).all(|seed| agrees(original, samples, seed)));
    (0..3).all(|seed| !agrees(mutated, drawn_from, seed))
}

/// Kept activities times `factor`.
fn scaled(layer: &OneLayer, factor: f32) -> OneLayer {
    OneLayer { weights: layer.weights.iter().map(|weight| weight * factor).collect(), ..layer.clone() }
}

#[test]
fn a_rate_that_is_one_percent_off_is_caught() {
    for mut original in originals() {
        // Of one sign, as in a layer of counts or intensities: a rate shows in the mean.
        original.weights.iter_mut().for_each(|weight| *weight = 0.2 * weight.abs());
        let rate = original.rates[0] * 1.01;
        let moved = OneLayer { rates: vec![rate; original.rates.len()], ..original.clone() };
        // The sampler still divides by the keep probability that it believes in.
        let factor = if original.scaling == Scaling::Inverted { (1.0 - rate) / 0.75 } else { 1.0 };
        let moved = scaled(&moved, factor as f32);
        assert!(catches(&original, &moved, 150_000, 150_000), "{:?}", original.activation);
    }
}

#[test]
fn scaling_by_the_rate_is_caught() {
    for original in originals().into_iter().filter(|original| original.scaling == Scaling::Inverted) {
        assert!(catches(&original, &scaled(&original, 0.75 / 0.25), 200, 200), "{:?}", original.activation);
    }
}

/// No number of samples shows it in one statistic, which is √10 times as far off as it should be; many units do.
#[test]
fn each_mask_used_for_ten_samples_is_caught() {
    let original = OneLayer::new(vec![0.25; 200], 400, Activation::Linear, 1.0);
    assert!(catches(&original, &original, 20_000, 2_000));
}

#[test]
fn a_stuck_gate_is_caught() {
    for original in originals() {
        let mut open = original.clone();
        open.rates[3] = 0.0;
        if original.scaling == Scaling::Inverted {
            open.weights[3 * original.units..4 * original.units].iter_mut().for_each(|weight| *weight /= 0.75);
        }
        assert!(catches(&original, &open, 2_000, 2_000), "open: {:?}", original.activation);
        let mut shut = original.clone();
        shut.weights[3 * original.units..4 * original.units].fill(0.0);
        assert!(catches(&original, &shut, 2_000, 2_000), "shut: {:?}", original.activation);
    }
}
