//! How far rounding can carry means and covariances of linear networks.
//!
//! Every unit gets a magnitude `M`, which no `|E y|` exceeds, and a deviation `A`, which no standard deviation does, both carried
//! forward through the absolute values of the matrices; a node gets a relative error `δ`, so that its means are off by `δM` and
//! its covariances by `2δAA′`. A sum of `n` products adds `(n + 2)·u` to `δ`: to means as ever (Higham, *Accuracy and stability*,
//! §3.1), and to covariances twice, once for each side, since `|Cov(x, z)| ≤ A_x A_z`. Gates add `q/p·(A² + M²)` times the
//! square of their mean to `A²`, as they add `q/p·E x²` to a variance, and a few roundings to `δ`.

use super::parts::Parts;
use crate::exact::rounding::propagate;
use crate::network::{Network, Operation};

/// Unit roundoff of double precision.
const U: f64 = f64::EPSILON / 2.0;
/// Roundings of a mean or a variance by its own gates.
const ROUNDINGS_OF_GATES: f64 = 6.0;

/// `M` and `A` by unit, `δ`.
struct Magnitudes {
    means: Vec<f64>,
    deviations: Vec<f64>,
    relative: f64,
}

/// A bound on the absolute error of the mean and covariance of all units of `target` for row `x`.
pub fn moments_error(network: &Network, target: usize, x: &[f32]) -> f64 {
    let graph = &network.graph;
    let (needed, random) = (graph.ancestors(&[target]), graph.random_nodes());
    let fixed = propagate(network, target, x);
    let mut known: Vec<Option<Magnitudes>> = Vec::with_capacity(target + 1);
    for node in 0..=target {
        let range = &fixed[node];
        let found = if !needed[node] {
            None
        } else if random[node] {
            Some(magnitudes(network, node, &known))
        } else {
            let errors = range.error.iter().zip(&range.magnitude);
            let relative = errors.map(|(error, magnitude)| if *error > 0.0 { error / magnitude } else { 0.0 });
            Some(Magnitudes {
                relative: relative.fold(0.0, f64::max),
                deviations: vec![0.0; range.magnitude.len()],
                means: range.magnitude.clone(),
            })
        };
        known.push(found);
    }
    let Some(Magnitudes { means, deviations, relative }) = &known[target] else { return f64::INFINITY };
    let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    relative * largest(means).max(2.0 * largest(deviations).powi(2))
}

/// Those of a node that gates change, from its sources'.
fn magnitudes(network: &Network, node: usize, known: &[Option<Magnitudes>]) -> Magnitudes {
    let mut parts = Parts::of(network, node);
    parts.make_absolute();
    let mut means = parts.offset.clone();
    let mut deviations = vec![0.0; means.len()];
    let (mut relative, mut terms) = (0.0f64, 2.0);
    for part in &parts.linear {
        let Some(source) = &known[part.source] else { continue };
        let items = part.items(source.means.len());
        part.apply(&source.means, 1, 0..items, &mut means);
        part.apply(&source.deviations, 1, 0..items, &mut deviations);
        relative = relative.max(source.relative);
        terms += source.means.len() as f64;
    }
    if let Some(source) = parts.linear.first().and_then(|part| known[part.source].as_ref()) {
        let squares =
            source.means.iter().zip(&source.deviations).map(|(mean, deviation)| mean * mean + deviation * deviation);
        let mut variances: Vec<f64> = deviations.iter().map(|deviation| deviation * deviation).collect();
        parts.add_gate_noise(network, squares, |unit, noise| variances[unit] += noise);
        deviations = variances.into_iter().map(f64::sqrt).collect();
    }
    let is_diagonal = matches!(network.graph.nodes[node].operation, Operation::Dropout { .. });
    let sums = if is_diagonal { 0.0 } else { terms };
    let gates = if parts.has_gates() { ROUNDINGS_OF_GATES } else { 0.0 };
    Magnitudes { means, deviations, relative: relative + (sums + gates) * U }
}
