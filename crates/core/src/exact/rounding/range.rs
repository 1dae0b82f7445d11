//! Magnitudes and errors of the activities, node by node.

use super::DOUBLE;
use crate::activation::Activation;
use crate::network::{Dense, Network, Operation};
use crate::ops::{Fixed, Function};

/// Magnitude and error of every unit of a node.
#[derive(Clone, Debug, Default)]
pub struct Range {
    /// `M`.
    pub magnitude: Vec<f64>,
    /// `e`.
    pub error: Vec<f64>,
    /// The largest error of an argument of the activation.
    pub logit_error: f64,
    /// The largest magnitude of one.
    pub logit: f64,
}

/// Carries magnitudes and errors forward to `target` for row `x`, by node.
pub fn propagate(network: &Network, target: usize, x: &[f32]) -> Vec<Range> {
    let graph = &network.graph;
    let mut ranges: Vec<Range> = Vec::with_capacity(target + 1);
    for node in &graph.nodes[..=target] {
        let range = match &node.operation {
            Operation::Input => Range {
                magnitude: x.iter().map(|&x| f64::from(x).abs()).collect(),
                error: vec![0.0; x.len()],
                ..Range::default()
            },
            Operation::Dropout { source, site } => {
                let site = &graph.sites[*site];
                let mut range = ranges[*source].clone();
                for unit in 0..node.width {
                    let gate = unit % site.len();
                    let factor = site.kept_factor(gate).max(site.mean_factor(gate));
                    range.magnitude[unit] *= factor;
                    // The keep probability, its inverse and the product each round once.
                    range.error[unit] = range.error[unit] * factor + 3.0 * DOUBLE * range.magnitude[unit];
                }
                range
            }
            Operation::Dense(dense) => {
                let source = &ranges[dense.source];
                dense_range(network, dense, source, (source.magnitude.len() as f64 + 2.0) * DOUBLE)
            }
            Operation::Concat { sources } => {
                let mut range = Range::default();
                for &source in sources {
                    range.magnitude.extend_from_slice(&ranges[source].magnitude);
                    range.error.extend_from_slice(&ranges[source].error);
                }
                range
            }
            Operation::Fixed(fixed) => fixed_range(network, fixed, node.width, &ranges),
            Operation::Add { sources } => {
                let mut range =
                    Range { magnitude: vec![0.0; node.width], error: vec![0.0; node.width], ..Range::default() };
                for &source in sources {
                    for unit in 0..node.width {
                        range.magnitude[unit] += ranges[source].magnitude[unit];
                        range.error[unit] += ranges[source].error[unit];
                    }
                }
                let growth = sources.len() as f64 * DOUBLE;
                range
                    .error
                    .iter_mut()
                    .zip(&range.magnitude)
                    .for_each(|(error, magnitude)| *error += growth * magnitude);
                range
            }
        };
        ranges.push(range);
    }
    ranges
}

/// The range of a dense layer of which a sum is off by `growth` times that of its magnitudes.
pub fn dense_range(network: &Network, dense: &Dense, source: &Range, growth: f64) -> Range {
    let units = network.graph.parameters[dense.kernel].shape[1];
    let site = dense.site.map(|site| &network.graph.sites[site]);
    let factor = site.map_or(1.0, |site| site.kept_factor(0).max(site.mean_factor(0)));
    let (mut magnitude, mut error) = (vec![0.0; units], vec![0.0; units]);
    let inputs = source.magnitude.iter().zip(&source.error);
    for (weights, (input, input_error)) in network.parameters[dense.kernel].chunks_exact(units).zip(inputs) {
        for unit in 0..units {
            let weight = f64::from(weights[unit]).abs() * factor;
            magnitude[unit] += weight * input;
            error[unit] += weight * input_error;
        }
    }
    if let Some(bias) = dense.bias {
        magnitude.iter_mut().zip(&network.parameters[bias]).for_each(|(sum, &bias)| *sum += f64::from(bias).abs());
    }
    error.iter_mut().zip(&magnitude).for_each(|(error, magnitude)| *error += growth * magnitude);
    let mut range = through(dense.activation, magnitude, error);
    if matches!(dense.activation, Activation::Sigmoid { .. }) {
        // Its exponential may be a product of one for each input: 3u each, that much of its argument.
        range.error.iter_mut().for_each(|error| *error += 0.75 * growth);
    }
    range
}

fn fixed_range(network: &Network, fixed: &Fixed, width: usize, ranges: &[Range]) -> Range {
    let (mut magnitude, mut error) = (vec![0.0; width], vec![0.0; width]);
    for unit in 0..width {
        let (m, e) = (&mut magnitude[unit], &mut error[unit]);
        match &fixed.function {
            Function::Multiply => {
                let (mut exact, mut count) = (1.0, 0.0);
                *m = 1.0;
                fixed.reads(unit, &mut |source, place| {
                    exact *= ranges[source].magnitude[place];
                    *m *= ranges[source].magnitude[place] + ranges[source].error[place];
                    count += 1.0;
                });
                *e = *m - exact + count * DOUBLE * *m;
            }
            Function::Normalization(normalization) if !fixed.is_sum() => {
                // |x̂| <= √(n − 1); ∂x̂ has rows of sum at most (2 + √n)/√ε; the mean and variance are sums of n terms.
                let n = normalization.channels as f64;
                let (mut largest, mut input_error) = (0.0f64, 0.0f64);
                fixed.reads(unit, &mut |source, place| {
                    largest = largest.max(ranges[source].magnitude[place]);
                    input_error = input_error.max(ranges[source].error[place]);
                });
                let (gamma, beta) = normalization.affine(&network.parameters, unit % normalization.channels);
                *m = gamma.abs() * n.sqrt() + beta.abs();
                let moved = input_error + (n + 4.0) * DOUBLE * largest;
                *e = gamma.abs() * moved * (2.0 + n.sqrt()) / normalization.epsilon.sqrt() + 8.0 * DOUBLE * *m;
            }
            _ if fixed.is_sum() => {
                let mut count = 4.0; // the constant and what a weight is computed from
                *m = fixed.constant_magnitude(network, unit);
                fixed.terms(network, unit, &mut |source, place, weight| {
                    *m += weight.abs() * ranges[source].magnitude[place];
                    *e += weight.abs() * ranges[source].error[place];
                    count += 1.0;
                });
                if !matches!(
                    fixed.function,
                    Function::Reshape | Function::ConcatChannels { .. } | Function::Activation(_)
                ) {
                    *e += count * DOUBLE * *m;
                }
            }
            // The largest of some numbers is off by no more than they are.
            _ => fixed.reads(unit, &mut |source, place| {
                *m = m.max(ranges[source].magnitude[place]);
                *e = e.max(ranges[source].error[place]);
            }),
        }
    }
    match fixed.activation() {
        Some(activation) => through(activation, magnitude, error),
        None => Range { magnitude, error, ..Range::default() },
    }
}

/// Carries a range of pre-activations through the activation; its own evaluation is off by at most 4 units of roundoff.
fn through(activation: Activation, magnitude: Vec<f64>, error: Vec<f64>) -> Range {
    let u = DOUBLE;
    let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let (logit, logit_error) = (largest(&magnitude), largest(&error));
    let width = magnitude.len();
    let ones = vec![1.0; width];
    match activation {
        Activation::Linear | Activation::Relu => Range { magnitude, error, logit_error, logit },
        Activation::LeakyRelu { .. } | Activation::Elu { .. } | Activation::Gelu | Activation::Softplus => {
            // None exceeds its argument by more than log 2, nor changes faster than its largest slope.
            let slope = activation.lipschitz();
            let magnitude: Vec<f64> = magnitude.iter().map(|magnitude| slope * magnitude + 1.0).collect();
            let error = error.iter().zip(&magnitude).map(|(error, magnitude)| slope * error + 8.0 * u * magnitude);
            Range { error: error.collect(), magnitude, logit_error, logit }
        }
        Activation::Sigmoid { c, lambda } => {
            let logit = logit * lambda.abs() + c.ln().abs();
            let arguments = error
                .iter()
                .zip(&magnitude)
                .map(|(error, magnitude)| lambda.abs() * (error + 2.0 * u * magnitude) + 2.0 * u * c.ln().abs());
            let error: Vec<f64> = arguments.collect();
            let logit_error = largest(&error);
            Range {
                magnitude: ones,
                error: error.iter().map(|error| 0.25 * error + 4.0 * u).collect(),
                logit_error,
                logit,
            }
        }
        Activation::Tanh => {
            let error = error.iter().map(|error| error + 4.0 * u).collect();
            Range { magnitude: ones, error, logit_error, logit }
        }
        Activation::Softmax => {
            // |∂O_k| ≤ 2·O_k(1 − O_k)·max|∂S| ≤ ½ max|∂S|; the exponential of a difference of logits scales its rounding.
            let error = 0.5 * (logit_error + 2.0 * u * logit) + (4.0 + width as f64) * u;
            Range {
                magnitude: ones,
                error: vec![error; width],
                logit_error: 2.0 * (logit_error + 2.0 * u * logit),
                logit: 2.0 * logit,
            }
        }
    }
}
