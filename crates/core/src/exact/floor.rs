//! The rounding to expect of one pass in single precision: below it, sampled and exact statistics cannot be told apart.
//!
//! A sum that runs over its inputs in order is off by at most `u·Σ_k |s_k|`, `s_k` its partial sums (Higham, *Accuracy and
//! stability*, §3.3): small for terms of mixed sign, and honest for the same term many times, whose roundings all point
//! one way. The partial sums are those of the deterministic pass, doubled, since gates scale what they keep. Errors of
//! different units are independent and add in squares: `f² = Σ w² f_in² + (2u·Σ|s_k| + n·λ)²`, then through the activation
//! by its Lipschitz constant. Each of the `n` products may also fall below the normal numbers, where it is off by up to
//! `λ = 2^-149`, the least number above 0, however small it is itself: so no floor of anything computed is below `λ`.
//! This is an estimate, not a bound, which over a few layers would exceed the activities.

mod activation;
mod normalization;

use crate::exact::subnetwork::Subnetwork;
use crate::network::{Dense, Network, Operation};
use crate::ops::{Fixed, Function};
use activation::through;
use normalization::normalization_squares;

/// Unit roundoff of single precision.
const SINGLE: f64 = f32::EPSILON as f64 / 2.0;

/// `λ`, the least number above 0 in single precision: gradual underflow loses no more. WebAssembly does not flush.
const LEAST: f64 = f32::MIN_POSITIVE as f64 * f32::EPSILON as f64;

/// The square of the rounding of `products`, added up: `partial` is the sum of the magnitudes of all intermediate results.
fn own(partial: f64, products: usize) -> f64 {
    (2.0 * SINGLE * partial + products as f64 * LEAST).powi(2)
}

/// The rounding of each unit of the target of a deterministic pass, `[width]`.
pub fn single_precision_floor(network: &Network, deterministic: &Subnetwork) -> Vec<f64> {
    let graph = &network.graph;
    let target = deterministic.target();
    let needed = graph.ancestors(&[target]);
    let mut squares: Vec<Vec<f64>> = Vec::with_capacity(target + 1); // f², by node
    for (index, node) in graph.nodes[..=target].iter().enumerate() {
        let values = &deterministic.values[index];
        squares.push(match &node.operation {
            _ if !needed[index] => Vec::new(),
            Operation::Input => vec![0.0; node.width],
            Operation::Dropout { source, site } => {
                let site = &graph.sites[*site];
                let factor = |unit: usize| site.kept_factor(unit % site.len());
                let units = squares[*source].iter().zip(values).enumerate();
                units.map(|(unit, (square, value))| square * factor(unit).powi(2) + own(value.abs(), 1)).collect()
            }
            Operation::Dense(dense) => dense_squares(network, dense, deterministic, values, &squares[dense.source]),
            Operation::Concat { sources } => sources.iter().flat_map(|&source| squares[source].clone()).collect(),
            Operation::Fixed(fixed) => fixed_squares(network, fixed, deterministic, index, &squares),
            Operation::Add { sources } => {
                let sum = |unit: usize| {
                    let (mut sum, mut partial, mut square) = (0.0f64, 0.0, 0.0);
                    for (index, &source) in sources.iter().enumerate() {
                        sum += deterministic.values[source][unit];
                        partial += if index > 0 { sum.abs() } else { 0.0 };
                        square += squares[source][unit];
                    }
                    square + own(partial, 0)
                };
                (0..node.width).map(sum).collect()
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
    let products = deterministic.values[dense.source].len();
    squares.iter_mut().zip(&partial).for_each(|(square, partial)| *square += own(*partial, products));
    through(dense.activation, &squares, values, units)
}

/// The same for layers without gates.
fn fixed_squares(
    network: &Network,
    fixed: &Fixed,
    deterministic: &Subnetwork,
    index: usize,
    all: &[Vec<f64>],
) -> Vec<f64> {
    let values = &deterministic.values[index];
    if let Function::Normalization(normalization) = &fixed.function {
        let source = fixed.sources[0];
        return normalization_squares(network, normalization, &deterministic.values[source], values, &all[source]);
    }
    let value = |source: usize, place: usize| deterministic.values[source][place];
    let unit_square = |unit: usize| match &fixed.function {
        Function::Multiply => {
            // d(Π x) = Σ_i dx_i Π_(j ≠ i) x_j. What a product loses below the normal numbers, the next ones scale.
            let rest = fixed.sources.iter().skip(1);
            let lost = rest.clone().fold(0.0, |lost, &source| lost * value(source, unit).abs() + LEAST);
            let mut square = (2.0 * SINGLE * rest.len() as f64 * values[unit].abs() + lost).powi(2);
            for (which, &source) in fixed.sources.iter().enumerate() {
                let others = fixed.sources.iter().enumerate().filter(|(other, _)| *other != which);
                square += all[source][unit] * others.map(|(_, &other)| value(other, unit).powi(2)).product::<f64>();
            }
            square
        }
        Function::Reshape | Function::ConcatChannels { .. } | Function::Activation(_) => {
            let mut square = 0.0;
            fixed.reads(unit, &mut |source, place| square = all[source][place]);
            square
        }
        _ if fixed.is_sum() => {
            let (mut sum, mut partial, mut square, mut products) = (0.0f64, 0.0, 0.0, 0);
            fixed.terms(network, unit, &mut |source, place, weight| {
                products += 1;
                sum += weight * value(source, place);
                partial += sum.abs();
                square += weight * weight * all[source][place];
            });
            partial += (sum + fixed.constant(network, unit)).abs();
            square + own(partial, products)
        }
        _ => {
            let mut largest = 0.0f64;
            fixed.reads(unit, &mut |source, place| largest = largest.max(all[source][place]));
            largest
        }
    };
    let squares: Vec<f64> = (0..values.len()).map(unit_square).collect();
    match fixed.activation() {
        Some(activation) => through(activation, &squares, values, network.graph.channels(index)),
        None => squares,
    }
}
