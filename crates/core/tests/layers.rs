//! Layers of images: forward passes and gradients against the formulas in double precision, exact methods against the
//! enumeration of every mask.

mod networks;

use networks::noise;
use networks::training::{descent, step};
use std::rc::Rc;
use thinned_core::activation::Activation;
use thinned_core::concrete::Concrete;
use thinned_core::exact::plan::{Purpose, plan};
use thinned_core::exact::run::Run;
use thinned_core::exact::subnetwork::Subnetwork;
use thinned_core::forward::Masks;
use thinned_core::gates::{Scaling, Site};
use thinned_core::network::{Builder, Network, Operation};
use thinned_core::ops::{Function, NormalizationKind, Padding, PoolKind, Window};
use thinned_core::random::Domain;
use thinned_core::train::evaluation::predict;
use thinned_core::train::loss::Loss;
use thinned_core::train::trainer::{Batch, Outcome, Trainer};
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ROWS: usize = 3;
const SEED: u64 = 5;

const ACTIVATIONS: [Activation; 9] = [
    Activation::Linear,
    Activation::Relu,
    Activation::LeakyRelu { alpha: 0.25 },
    Activation::Elu { alpha: 0.75 },
    Activation::Gelu,
    Activation::Sigmoid { c: 1.5, lambda: 0.75 },
    Activation::Tanh,
    Activation::Softplus,
    Activation::Softmax,
];

/// What stands between the first convolution and the last dense layer.
#[derive(Clone, Copy, Debug)]
enum Middle {
    Nothing,
    Pool(PoolKind, [usize; 2], [usize; 2], Padding),
    GlobalPool,
    Convolution([usize; 2], [usize; 2], [usize; 2], Padding, Activation),
    Activation(Activation),
    Multiply,
    Concat,
    BatchNormalization,
    LayerNormalization,
    Dropout,
    SpatialDropout,
    GaussianDropout,
    AlphaDropout,
    ConcreteDropout,
}

const MIDDLES: [Middle; 18] = [
    Middle::Nothing,
    Middle::Pool(PoolKind::Max, [2, 2], [2, 2], Padding::Valid),
    Middle::Pool(PoolKind::Max, [3, 2], [2, 1], Padding::Same),
    Middle::Pool(PoolKind::Average, [2, 2], [2, 2], Padding::Valid),
    Middle::Pool(PoolKind::Average, [3, 3], [1, 2], Padding::Same),
    Middle::GlobalPool,
    Middle::Convolution([2, 3], [1, 1], [1, 1], Padding::Same, Activation::Tanh),
    Middle::Convolution([2, 2], [2, 1], [1, 1], Padding::Valid, Activation::Gelu),
    Middle::Convolution([2, 2], [1, 1], [2, 3], Padding::Same, Activation::Softmax),
    Middle::Multiply,
    Middle::Concat,
    Middle::BatchNormalization,
    Middle::LayerNormalization,
    Middle::Dropout,
    Middle::SpatialDropout,
    Middle::GaussianDropout,
    Middle::AlphaDropout,
    Middle::ConcreteDropout,
];

fn window(shape: &[usize], kernel: [usize; 2], strides: [usize; 2], dilation: [usize; 2], padding: Padding) -> Window {
    Window::new("w", shape, kernel, strides, dilation, padding).unwrap()
}

/// Images `[5, 4, 2]` through a convolution with three filters, `middle`, and a dense layer of two units.
fn network(middle: Middle, gates: bool) -> Network {
    let image = [5, 4, 2];
    let mut builder = Builder::default();
    let mut node = builder.input_of_shape(&image).unwrap();
    let first = window(&image, [2, 3], [1, 1], [1, 1], Padding::Same);
    node = builder.conv2d("first", node, 3, first, Activation::Tanh, true, None).unwrap();
    let shape = [5, 4, 3];
    node = match middle {
        Middle::Nothing => node,
        Middle::Pool(kind, kernel, strides, padding) => {
            builder.pool2d("pool", node, kind, window(&shape, kernel, strides, [1, 1], padding)).unwrap()
        }
        Middle::GlobalPool => builder.global_average_pool2d("global", node).unwrap(),
        Middle::Convolution(kernel, strides, dilation, padding, activation) => {
            let over = window(&shape, kernel, strides, dilation, padding);
            builder.conv2d("second", node, 5, over, activation, false, None).unwrap()
        }
        Middle::Activation(activation) => builder.activation("activation", node, activation).unwrap(),
        Middle::Multiply => {
            let gelu = builder.activation("gelu", node, Activation::Gelu).unwrap();
            builder.multiply("product", &[node, gelu, node]).unwrap()
        }
        Middle::Concat => {
            let softplus = builder.activation("softplus", node, Activation::Softplus).unwrap();
            builder.concat("beside", &[softplus, node, softplus]).unwrap()
        }
        Middle::BatchNormalization => builder.normalization("batch", node, Some(0.9), 1e-2, true, true, None).unwrap(),
        Middle::LayerNormalization => builder.normalization("layer", node, None, 1e-2, true, true, None).unwrap(),
        Middle::Dropout => builder.dropout("gates", node, &[0.3], Scaling::Inverted).unwrap(),
        Middle::SpatialDropout => {
            builder.spatial_dropout2d("channels", node, &[0.3, 0.5, 0.6], Scaling::Standard).unwrap()
        }
        Middle::GaussianDropout => builder.gaussian_dropout("noise", node, 0.3).unwrap(),
        Middle::AlphaDropout => builder.alpha_dropout("alpha", node, 0.3).unwrap(),
        Middle::ConcreteDropout => builder.concrete_dropout("concrete", node, 0.3, CONCRETE, None).unwrap(),
    };
    if matches!(middle, Middle::ConcreteDropout) {
        let over = window(&shape, [1, 2], [1, 1], [1, 1], Padding::Valid);
        node = builder.conv2d("reader", node, 2, over, Activation::Tanh, true, None).unwrap();
    }
    node = builder.reshape("flat", node, &[]).unwrap();
    if gates {
        node = builder.dropout("last gates", node, &[0.5], Scaling::Standard).unwrap();
    }
    let output = builder.dense("out", node, 2, Activation::Linear, true, None, None).unwrap();
    let mut network = builder.build(output, 11).unwrap();
    // Scales, shifts and moving statistics that are not those at the start.
    let graph = Rc::clone(&network.graph);
    for (index, values) in Rc::make_mut(&mut network.parameters).iter_mut().enumerate() {
        if graph.parameters[index].shape.len() == 1 {
            let shift = noise(values.len(), 40 + index as u32);
            values.iter_mut().zip(shift).for_each(|(value, by)| *value += 0.5 * by);
        }
    }
    network
}

const CONCRETE: Concrete =
    Concrete { logit: 0, temperature: 0.5, weight_regularizer: 0.02, dropout_regularizer: 0.005 };

/// Factors of row `row` at training step 0, in double precision.
fn factors(network: &Network, site: &Site, row: usize) -> Vec<f64> {
    let stream = site.stream(SEED, Domain::Training, row as u32, 0);
    if let Some(concrete) = site.as_concrete() {
        let logit = f64::from(network.parameters[concrete.logit][0]);
        let p = 1.0 / (1.0 + (-logit).exp());
        let words = (0..site.len().div_ceil(4)).flat_map(|block| stream.block(block as u32));
        let gate = |word: u32| {
            let u = (f64::from(word) + 0.5) / 2f64.powi(32);
            let z = 1.0 / (1.0 + (-(logit + u.ln() - (1.0 - u).ln()) / concrete.temperature).exp());
            (1.0 - z) / (1.0 - p)
        };
        return words.take(site.len()).map(gate).collect();
    }
    let mut drawn = vec![0.0; site.len()];
    site.draw::<Best>(&stream, &mut drawn);
    let exact = |(gate, drawn): (usize, f32)| match drawn {
        _ if site.random_gates() == 0 => drawn.into(),
        0.0 => 0.0,
        _ => site.kept_factor(gate),
    };
    drawn.into_iter().enumerate().map(exact).collect()
}

/// The regularisers of a concrete dropout before the only dense layer.
fn penalty(network: &Network) -> f64 {
    let Some(site) = network.graph.sites.iter().find(|site| site.as_concrete().is_some()) else { return 0.0 };
    let concrete = site.as_concrete().unwrap();
    let p = 1.0 / (1.0 + (-f64::from(network.parameters[concrete.logit][0])).exp());
    let entropy = p * p.ln() + (1.0 - p) * (1.0 - p).ln();
    // Its reader is a convolution: see `network`.
    let kernel = network.graph.parameters.iter().position(|parameter| parameter.shape == [1, 2, 3, 2]).unwrap();
    let squares: f64 = network.parameters[kernel].iter().map(|&weight| f64::from(weight).powi(2)).sum();
    concrete.weight_regularizer * squares / (1.0 - p) + concrete.dropout_regularizer * site.len() as f64 * entropy
}

/// The mean square of the output under the gates of training step 0, node by node over all rows.
fn naive_loss(network: &Network, x: &[f32], y: &[f32]) -> f64 {
    let graph = &network.graph;
    let width = graph.input_width();
    let mut rows: Vec<Subnetwork> = (0..ROWS).map(|_| Subnetwork::new(graph, graph.output)).collect();
    for (row, subnetwork) in rows.iter_mut().enumerate() {
        for (site, factors) in graph.sites.iter().zip(&mut subnetwork.factors) {
            *factors = self::factors(network, site, row);
        }
        subnetwork.values[0] = x[row * width..(row + 1) * width].iter().map(|&x| x.into()).collect();
    }
    for node in 1..graph.nodes.len() {
        let batch = match &graph.nodes[node].operation {
            Operation::Fixed(fixed) => match &fixed.function {
                Function::Normalization(layer) if layer.kind != NormalizationKind::Layer => {
                    Some((layer.clone(), fixed.sources[0]))
                }
                _ => None,
            },
            _ => None,
        };
        let Some((layer, source)) = batch else {
            rows.iter_mut().for_each(|row| row.compute(network, node));
            if let Operation::Dropout { source, site } = graph.nodes[node].operation
                && graph.sites[site].shift().is_some()
            {
                // Klambauer et al. 2017: a·(x·d + α'(1 − d)) + b.
                let (q, floor) = (graph.sites[site].keep(0), -1.758_099_340_847_376_6f64);
                let a = (q + floor * floor * q * (1.0 - q)).powf(-0.5);
                let b = -a * (1.0 - q) * floor;
                for row in &mut rows {
                    for unit in 0..graph.nodes[node].width {
                        let kept = row.factors[site][unit] != 0.0;
                        row.values[node][unit] = a * if kept { row.values[source][unit] } else { floor } + b;
                    }
                }
            }
            continue;
        };
        for channel in 0..layer.channels {
            let all: Vec<f64> = rows
                .iter()
                .flat_map(|row| row.values[source].iter().copied().skip(channel).step_by(layer.channels))
                .collect();
            let mean = all.iter().sum::<f64>() / all.len() as f64;
            let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / all.len() as f64;
            let (gamma, beta) = layer.affine(&network.parameters, channel);
            for row in &mut rows {
                for unit in (channel..graph.nodes[node].width).step_by(layer.channels) {
                    let normal = (row.values[source][unit] - mean) / (variance + layer.epsilon).sqrt();
                    row.values[node][unit] = gamma * normal + beta;
                }
            }
        }
    }
    let outputs = rows.iter().flat_map(|row| &row.values[graph.output]);
    let squares = outputs.zip(y).map(|(output, &y)| (output - f64::from(y)).powi(2));
    squares.sum::<f64>() / y.len() as f64 + penalty(network)
}

fn check_gradient(middle: Middle) {
    let start = network(middle, true);
    let (x, y) = (noise(ROWS * start.graph.input_width(), 8), noise(ROWS * 2, 9));
    // Slices of two rows, unless the layer wants all of them at once.
    let settings = descent(Loss::MeanSquaredError, Masks::Independent, SEED, 2);
    let mut trainer = Trainer::<Best>::new(&start, settings).unwrap();
    let mut moved = start.clone();
    let batch = Batch { x: x.clone(), y: y.clone(), weights: Vec::new(), rows: ROWS };
    let Outcome { score, broken: None, .. } = step(&mut trainer, &mut moved, batch) else { panic!("a broken step") };
    assert!((score.loss / ROWS as f64 - naive_loss(&start, &x, &y)).abs() < 1e-5, "{middle:?}");
    for (tensor, values) in start.parameters.iter().enumerate() {
        if !start.graph.parameters[tensor].trainable {
            assert_ne!(*values, moved.parameters[tensor], "moving statistics follow the batch");
            continue;
        }
        for index in (0..values.len()).step_by(1 + values.len() / 40) {
            let shifted = |step: f32| {
                let mut network = start.clone();
                Rc::make_mut(&mut network.parameters)[tensor][index] += step;
                (naive_loss(&network, &x, &y), f64::from(network.parameters[tensor][index]))
            };
            // Small steps: the largest of a window has kinks.
            let ((above, w_above), (below, w_below)) = (shifted(1.0 / 4096.0), shifted(-1.0 / 4096.0));
            let expected = (above - below) / (w_above - w_below);
            let gradient = f64::from(values[index] - moved.parameters[tensor][index]);
            assert!(
                (gradient - expected).abs() < 5e-5,
                "{middle:?}: tensor {tensor} index {index}: {gradient} and {expected}"
            );
        }
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    MIDDLES.into_iter().for_each(check_gradient);
    ACTIVATIONS.into_iter().for_each(|activation| check_gradient(Middle::Activation(activation)));
}

#[test]
fn predictions_are_those_of_the_formulas() {
    let activations = ACTIVATIONS.into_iter().map(Middle::Activation);
    for middle in MIDDLES.into_iter().chain(activations) {
        let network = network(middle, true);
        let graph = &network.graph;
        let x = noise(ROWS * graph.input_width(), 21);
        let predicted = predict::<Best>(&network, x.clone(), ROWS).unwrap();
        for (x, predicted) in x.chunks_exact(graph.input_width()).zip(predicted.chunks_exact(2)) {
            let mut subnetwork = Subnetwork::new(graph, graph.output);
            subnetwork.pass(&network, x, &vec![true; graph.nodes.len()]);
            for (value, exact) in predicted.iter().zip(&subnetwork.values[graph.output]) {
                assert!((f64::from(*value) - exact).abs() < 5e-6, "{middle:?}: {value} and {exact}");
            }
        }
    }
}

/// Images `[2, 2, 2]` with gates below and above a convolution and `middle`.
fn gated(middle: Middle, output: Activation, spread: bool) -> Network {
    let mut builder = Builder::default();
    let mut node = builder.input_of_shape(&[2, 2, 2]).unwrap();
    node = builder.dropout("gates", node, &[0.5, 0.0, 0.2, 0.0, 0.0, 0.4, 0.0, 0.1], Scaling::Inverted).unwrap();
    let over = window(&[2, 2, 2], [2, 1], [1, 1], [1, 1], Padding::Same);
    node = builder.conv2d("convolution", node, 2, over, Activation::Linear, true, None).unwrap();
    let shape = [2, 2, 2];
    node = match middle {
        Middle::Pool(kind, kernel, strides, padding) => {
            builder.pool2d("pool", node, kind, window(&shape, kernel, strides, [1, 1], padding)).unwrap()
        }
        Middle::Multiply => builder.multiply("product", &[node, node]).unwrap(),
        Middle::Concat => builder.concat("beside", &[node, node]).unwrap(),
        Middle::BatchNormalization => builder.normalization("batch", node, Some(0.9), 1e-2, true, true, None).unwrap(),
        Middle::LayerNormalization => builder.normalization("layer", node, None, 1e-2, true, true, None).unwrap(),
        Middle::Activation(activation) => builder.activation("activation", node, activation).unwrap(),
        _ => node,
    };
    node = builder.reshape("flat", node, &[]).unwrap();
    if spread {
        node = builder.dropout("more gates", node, &[0.25], Scaling::Standard).unwrap();
    }
    let output = builder.dense("out", node, 2, output, true, None, None).unwrap();
    builder.build(output, 4).unwrap()
}

const NAMES: [&str; 4] = ["mean", "variance", "fourthMoment", "deterministic"];

fn statistics(network: &Network, node: usize, method: &str, x: &[f32]) -> Option<(Vec<Vec<f64>>, f64)> {
    // With the fourth moment, where the method has one.
    let plan = |purpose| plan(&network.graph, node, None, Some(method), purpose);
    let plan = plan(Purpose::CrossCheck).or_else(|_| plan(Purpose::Report)).ok()?;
    let mut run = Run::<Best>::new(network, node, None, &plan, x, 1).unwrap();
    run.step(u64::MAX).unwrap();
    Some((NAMES.iter().map(|name| run.statistic(name).unwrap()).collect(), run.error_bound()))
}

#[test]
fn every_method_that_applies_agrees_with_every_mask() {
    let x = noise(8, 31);
    let mut applied = std::collections::BTreeSet::new();
    for middle in [
        Middle::Nothing,
        Middle::Pool(PoolKind::Average, [2, 1], [1, 1], Padding::Same),
        Middle::Pool(PoolKind::Max, [2, 2], [1, 1], Padding::Same),
        Middle::Multiply,
        Middle::Concat,
        Middle::BatchNormalization,
        Middle::LayerNormalization,
        Middle::Activation(Activation::Gelu),
        Middle::Activation(Activation::Softmax),
    ] {
        for output in [Activation::Linear, Activation::Sigmoid { c: 1.0, lambda: 1.0 }, Activation::Relu] {
            for spread in [false, true] {
                let network = gated(middle, output, spread && !matches!(middle, Middle::Concat));
                for node in 0..network.graph.nodes.len() {
                    let (reference, bound) = statistics(&network, node, "reference", &x).unwrap();
                    for method in ["nested", "split", "halves", "characteristic", "closedForm"] {
                        let Some((found, own)) = statistics(&network, node, method, &x) else { continue };
                        applied.insert(method);
                        for ((name, found), reference) in NAMES.iter().zip(found).zip(&reference) {
                            for (found, reference) in found.iter().zip(reference) {
                                // A linear network leaves the fourth moment open.
                                let is_off = (found - reference).abs() > 4.0 * (own + bound);
                                assert!(
                                    !is_off,
                                    "{middle:?} {output:?} node {node} {method} {name}: {found} {reference}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(applied.len(), 5, "{applied:?}");
}

#[test]
fn gates_of_channels_agree_with_every_mask() {
    for (output, standard) in [(Activation::Linear, true), (Activation::Sigmoid { c: 1.0, lambda: 2.0 }, false)] {
        let scaling = if standard { Scaling::Standard } else { Scaling::Inverted };
        let mut builder = Builder::default();
        let image = builder.input_of_shape(&[2, 2, 3]).unwrap();
        let channels = builder.spatial_dropout2d("channels", image, &[0.5, 0.0, 0.3], scaling).unwrap();
        let over = window(&[2, 2, 3], [2, 2], [1, 1], [1, 1], Padding::Same);
        let node = builder.conv2d("convolution", channels, 2, over, Activation::Linear, true, None).unwrap();
        let node = builder.spatial_dropout2d("again", node, &[0.25], scaling).unwrap();
        let node = builder.reshape("flat", node, &[]).unwrap();
        let node = builder.dense("out", node, 2, output, true, None, None).unwrap();
        let network = builder.build(node, 6).unwrap();
        let x = noise(12, 33);
        for node in 0..network.graph.nodes.len() {
            let (reference, bound) = statistics(&network, node, "reference", &x).unwrap();
            let (nested, own) = statistics(&network, node, "nested", &x).unwrap();
            for (found, reference) in nested.iter().flatten().zip(reference.iter().flatten()) {
                assert!((found - reference).abs() <= 2.0 * (own + bound), "node {node}: {found} {reference}");
            }
        }
        // Two gates of the first layer, two of the second.
        assert_eq!(plan(&network.graph, node, None, None, Purpose::Report).unwrap().gates, 4);
        // The mean of the whole by hand: 2^4 products of gates.
        let mut mean = [0.0; 2];
        for mask in 0..16 {
            let kept = |bit: usize| f64::from(mask >> bit & 1);
            let mut subnetwork = Subnetwork::new(&network.graph, node);
            let rates = [[0.5, 0.0, 0.3].as_slice(), [0.25, 0.25].as_slice()];
            let mut p = 1.0;
            for (site, gates) in [[(0, 0), (2, 1)], [(0, 2), (1, 3)]].iter().enumerate() {
                for &(gate, bit) in gates {
                    let keep = 1.0 - rates[site][gate];
                    p *= if kept(bit) == 1.0 { keep } else { 1.0 - keep };
                    subnetwork.factors[site][gate] = if standard { kept(bit) } else { kept(bit) / keep };
                }
            }
            subnetwork.pass(&network, &x, &[true; 6]);
            mean.iter_mut().zip(&subnetwork.values[node]).for_each(|(mean, value)| *mean += p * value);
        }
        let (found, bound) = statistics(&network, node, "nested", &x).unwrap();
        assert!(found[0].iter().zip(mean).all(|(a, b)| (a - b).abs() < bound + 1e-14));
    }
}

#[test]
fn exact_statistics_of_noise_are_refused_by_name() {
    for middle in [Middle::GaussianDropout, Middle::AlphaDropout, Middle::ConcreteDropout] {
        let network = network(middle, false);
        let error = plan(&network.graph, network.graph.output, None, None, Purpose::Report).unwrap_err();
        let name = match middle {
            Middle::GaussianDropout => "noise",
            Middle::AlphaDropout => "alpha",
            _ => "concrete",
        };
        assert!(error.message.contains(&format!("[\"{name}\"]")), "{}", error.message);
        // The layers before the noise are as they were.
        assert!(plan(&network.graph, 1, None, None, Purpose::Report).is_ok());
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let mut builder = Builder::default();
    let image = builder.input_of_shape(&[4, 4, 1]).unwrap();
    let too_large = Window::new("c", &[4, 4, 1], [5, 1], [1, 1], [1, 1], Padding::Valid).unwrap_err();
    assert!(too_large.message.contains("\"c\""), "{}", too_large.message);
    let flat = builder.dense("d", image, 2, Activation::Linear, true, None, None).unwrap_err();
    assert!(flat.message.contains("flatten"), "{}", flat.message);
    assert!(builder.reshape("r", image, &[3, 5]).is_err());
    let vector = builder.reshape("v", image, &[]).unwrap();
    assert!(builder.global_average_pool2d("g", vector).is_err());
    assert!(builder.add("a", &[image, vector]).is_err());
    assert!(builder.multiply("m", &[image, vector]).is_err());
    assert!(builder.concat("b", &[image, vector]).is_err());
    assert!(builder.input_of_shape(&[2]).is_err());
}
