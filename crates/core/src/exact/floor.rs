//! The rounding to expect of one pass in single precision: below it, sampled and exact statistics cannot be told apart.
//!
//! A sum that runs over its inputs in order is off by at most `u·Σ_k |s_k|`, `s_k` its partial sums (Higham, *Accuracy and
//! stability*, §3.3): small for terms of mixed sign, and honest for the same term many times, whose roundings all point
//! one way. The partial sums are those of the deterministic pass, doubled, since gates scale what they keep. Errors of
//! different units are independent and add in squares: `f² = Σ w² f_in² + (2u·Σ|s_k|)²`, then through the activation by
//! its Lipschitz constant. This is an estimate, not a bound, which over a few layers would exceed the activities.

use crate::activation::Activation;
use crate::exact::subnetwork::Subnetwork;
use crate::network::{Dense, Network, Operation};
use crate::ops::{Fixed, Function};

/// Unit roundoff of single precision.
const SINGLE: f64 = f32::EPSILON as f64 / 2.0;

/// The rounding of each unit of the target of a deterministic pass, `[width]`.
pub fn single_precision_floor(network: &Network, deterministic: &Subnetwork) -> Vec<f64> {
    let graph = &network.graph;
    let target = deterministic.target();
    let needed = graph.ancestors(&[target]);
    let mut squares: Vec<Vec<f64>> = Vec::with_capacity(target + 1); // f², by node
    for (index, node) in graph.nodes[..=target].iter().enumerate() {
        let values = &deterministic.values[index];
        let own = |value: &f64, roundings: f64| (roundings * SINGLE * value).powi(2);
        squares.push(match &node.operation {
            _ if !needed[index] => Vec::new(),
            Operation::Input => vec![0.0; node.width],
            Operation::Dropout { source, site } => {
                let site = &graph.sites[*site];
                let factor = |unit: usize| site.kept_factor(unit % site.len());
                let units = squares[*source].iter().zip(values).enumerate();
                units.map(|(unit, (square, value))| square * factor(unit).powi(2) + own(value, 2.0)).collect()
            }
            Operation::Dense(dense) => dense_squares(network, dense, deterministic, values, &squares[dense.source]),
            Operation::Concat { sources } => sources.iter().flat_map(|&source| squares[source].clone()).collect(),
            Operation::Fixed(fixed) => fixed_squares(network, fixed, deterministic, values, &squares),
            Operation::Add { sources } => {
                let sum = |unit: usize| sources.iter().map(|&source| squares[source][unit]).sum::<f64>();
                values.iter().enumerate().map(|(unit, value)| sum(unit) + own(value, sources.len() as f64)).collect()
            }
        });
    }
    squares.swap_remove(target).into_iter().map(f64::sqrt).collect()
}

fn dense_squares(
    network: &Network,
    dense: &Dense,
    deterministic: &Subnetwork,
    values: &[f64],
    source: &[f64],
) -> Vec<f64> {
    let units = values.len();
    let factor = dense.site.map_or(1.0, |site| network.graph.sites[site].kept_factor(0));
    let (mut sums, mut partial, mut squares) = (vec![0.0f64; units], vec![0.0; units], vec![0.0; units]);
    let inputs = deterministic.values[dense.source].iter().zip(source);
    for (weights, (value, square)) in network.parameters[dense.kernel].chunks_exact(units).zip(inputs) {
        for unit in 0..units {
            let weight = f64::from(weights[unit]) * factor;
            sums[unit] += weight * value;
            partial[unit] += sums[unit].abs();
            squares[unit] += weight * weight * square;
        }
    }
    if let Some(bias) = dense.bias {
        for unit in 0..units {
            partial[unit] += (sums[unit] + f64::from(network.parameters[bias][unit])).abs();
        }
    }
    squares.iter_mut().zip(&partial).for_each(|(square, partial)| *square += (2.0 * SINGLE * partial).powi(2));
    through(dense.activation, &squares, values)
}

/// The same for layers without gates.
fn fixed_squares(
    network: &Network,
    fixed: &Fixed,
    deterministic: &Subnetwork,
    values: &[f64],
    all: &[Vec<f64>],
) -> Vec<f64> {
    let value = |source: usize, place: usize| deterministic.values[source][place];
    let unit_square = |unit: usize| match &fixed.function {
        Function::Multiply => {
            // d(Π x) = Σ_i dx_i Π_(j ≠ i) x_j.
            let mut square = (2.0 * SINGLE * values[unit]).powi(2);
            for (which, &source) in fixed.sources.iter().enumerate() {
                let others = fixed.sources.iter().enumerate().filter(|(other, _)| *other != which);
                square += all[source][unit] * others.map(|(_, &other)| value(other, unit).powi(2)).product::<f64>();
            }
            square
        }
        Function::Normalization(normalization) if !fixed.is_sum() => {
            let n = normalization.channels as f64;
            let (mut sum, mut square, mut largest) = (0.0, 0.0, 0.0f64);
            fixed.reads(unit, &mut |source, place| {
                sum += value(source, place);
                square += value(source, place).powi(2);
                largest = largest.max(all[source][place]);
            });
            let variance = (square / n - (sum / n).powi(2)).max(0.0) + normalization.epsilon;
            let (gamma, _) = normalization.affine(&network.parameters, unit % normalization.channels);
            4.0 * largest * gamma * gamma / variance + (8.0 * SINGLE * values[unit]).powi(2)
        }
        Function::Reshape | Function::ConcatChannels { .. } | Function::Activation(_) => {
            let mut square = 0.0;
            fixed.reads(unit, &mut |source, place| square = all[source][place]);
            square
        }
        _ if fixed.is_sum() => {
            let (mut sum, mut partial, mut square) = (0.0f64, 0.0, 0.0);
            fixed.terms(network, unit, &mut |source, place, weight| {
                sum += weight * value(source, place);
                partial += sum.abs();
                square += weight * weight * all[source][place];
            });
            partial += (sum + fixed.constant(network, unit)).abs();
            square + (2.0 * SINGLE * partial).powi(2)
        }
        _ => {
            let mut largest = 0.0f64;
            fixed.reads(unit, &mut |source, place| largest = largest.max(all[source][place]));
            largest
        }
    };
    let squares: Vec<f64> = (0..values.len()).map(unit_square).collect();
    match fixed.activation() {
        Some(activation) => through(activation, &squares, values),
        None => squares,
    }
}

/// Carries squares through the activation of their layer.
fn through(activation: Activation, squares: &[f64], values: &[f64]) -> Vec<f64> {
    let largest = squares.iter().copied().fold(0.0, f64::max);
    let through = |square: f64, value: f64| match activation {
        Activation::Linear | Activation::Relu => square,
        Activation::LeakyRelu { .. } | Activation::Elu { .. } | Activation::Gelu | Activation::Softplus => {
            square * activation.lipschitz().powi(2) + (8.0 * SINGLE * value).powi(2)
        }
        // What lies in an interval is never off by more than its length, however large the pre-activations.
        Activation::Sigmoid { lambda, .. } => {
            (square * (0.25 * lambda).powi(2) + (4.0 * SINGLE * value).powi(2)).min(1.0)
        }
        Activation::Tanh => (square + (4.0 * SINGLE * value).powi(2)).min(4.0),
        // |∂O_k| ≤ 2·O_k(1 − O_k)·max|∂S|.
        Activation::Softmax => {
            (largest * (2.0 * value * (1.0 - value)).powi(2) + (8.0 * SINGLE * value).powi(2)).min(1.0)
        }
    };
    squares.iter().zip(values).map(|(&square, &value)| through(square, value)).collect()
}
