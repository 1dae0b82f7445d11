//! How far rounding can carry means and covariances of linear networks.
//!
//! Beside the network stands that of its absolute values: the same gates over `|w|`, `|b|` and `|x|`. Its means `M` and its
//! covariances `K` bound those of the network, element by element, and a node whose sums have `n` terms adds roundings of
//! `(n + 2)·u` times `M` to means (Higham, *Accuracy and stability*, §3.1) and of twice that times `K` to covariances, once for each
//! side: with `δ` the sum of all these on the way, means are off by `δM`, covariances by `2δK`. `K` is a covariance, so none of its
//! elements exceeds the product of two deviations, and these are carried forward unit by unit. With `N` the variance that
//! a unit has from gates of its own, which no other unit of the layer shares, and `R` the deviation of the rest,
//!
//! * a sum has `R′² = (Σ|w|R)² + Σ w²N`, the deviations of several sources added up, and `N′ = 0`;
//! * gates over `x` have `R′ = fpR` and `N′ = (fp)²·(N + q/p·(M² + R² + N))`, connection gates `N′ = Σ (fpw)²·q/p·(M² + R² + N)`.

use super::parts::{Part, Parts};
use crate::exact::rounding::propagate;
use crate::network::{Network, Operation};

/// Unit roundoff of double precision.
const U: f64 = f64::EPSILON / 2.0;
/// Roundings of a mean or a variance by the gates of a node.
const ROUNDINGS_OF_GATES: f64 = 6.0;

/// Roundings of a weight of a normalisation or a pool, and of its constant.
const ROUNDINGS_OF_A_WEIGHT: f64 = 8.0;

/// Of a node of the network of absolute values.
struct Magnitudes {
    means: Vec<f64>,      // M
    deviations: Vec<f64>, // R
    noise: Vec<f64>,      // N
    relative: f64,        // δ
}

/// A bound on the absolute error of the mean and covariance of all units of `target` for row `x`.
pub fn moments_error(network: &Network, target: usize, x: &[f32]) -> f64 {
    let graph = &network.graph;
    let (needed, random) = (graph.ancestors(&[target]), graph.random_nodes());
    let fixed = propagate(network, target, x);
    let mut known: Vec<Option<Magnitudes>> = Vec::with_capacity(target + 1);
    for (node, range) in fixed.iter().enumerate() {
        let magnitudes = || match random[node] {
            true => Magnitudes::of_random(network, node, &known),
            false => Magnitudes::of_fixed(&range.magnitude, &range.error),
        };
        let magnitudes = needed[node].then(magnitudes);
        known.push(magnitudes);
    }
    let Some(Magnitudes { means, deviations, noise, relative }) = &known[target] else { return f64::INFINITY };
    let variances = deviations.iter().zip(noise).map(|(deviation, noise)| deviation * deviation + noise);
    let largest = variances.map(|variance| 2.0 * variance).chain(means.iter().copied()).fold(0.0, f64::max);
    relative * largest
}

impl Magnitudes {
    /// Of a node that no gate changes.
    fn of_fixed(magnitude: &[f64], error: &[f64]) -> Self {
        let relative =
            error.iter().zip(magnitude).map(|(error, magnitude)| if *error > 0.0 { error / magnitude } else { 0.0 });
        let nothing = vec![0.0; magnitude.len()];
        let relative = relative.fold(0.0, f64::max);
        Self { means: magnitude.to_vec(), deviations: nothing.clone(), noise: nothing, relative }
    }

    /// Of one that gates change, from its sources'.
    fn of_random(network: &Network, node: usize, known: &[Option<Self>]) -> Self {
        let mut parts = Parts::of(network, node);
        parts.offset.iter_mut().for_each(|offset| *offset = offset.abs());
        // A bias, and what a weight is computed from.
        let mut terms = 2.0;
        if let Operation::Fixed(fixed) = &network.graph.nodes[node].operation {
            let offsets = parts.offset.iter_mut().enumerate();
            offsets.for_each(|(unit, offset)| *offset = fixed.constant_magnitude(network, unit));
            terms = ROUNDINGS_OF_A_WEIGHT;
        }
        let (width, mut means) = (parts.offset.len(), parts.offset.clone());
        let (mut deviations, mut noise) = (vec![0.0; width], vec![0.0; width]);
        let mut relative = 0.0f64;
        for part in &parts.linear {
            let Some(source) = &known[part.source] else { continue };
            let absolute = part.map(f64::abs);
            absolute.add_all(&source.means, &mut means);
            let (mut correlated, mut own) = (vec![0.0; width], vec![0.0; width]);
            absolute.add_all(&source.deviations, &mut correlated);
            part.map(|weight| weight * weight).add_all(&source.noise, &mut own);
            let of_part = correlated.iter().zip(&own).map(|(r, n)| (r * r + n).sqrt());
            deviations.iter_mut().zip(of_part).for_each(|(sum, deviation)| *sum += deviation);
            relative = relative.max(source.relative);
            terms += source.means.len() as f64;
            if matches!(network.graph.nodes[node].operation, Operation::Dropout { .. }) {
                // Unit by unit: what no other unit shared is still its own, and nothing is summed.
                (deviations, noise, terms) = (correlated, own, 0.0);
            }
        }
        if let Some(source) = parts.gated_source().and_then(|source| known[source].as_ref()) {
            let (means, deviations) = (source.means.iter(), source.deviations.iter());
            let squares = means.zip(deviations).zip(&source.noise).map(|((m, r), n)| m * m + r * r + n);
            parts.add_gate_noise(network, squares, |unit, more| noise[unit] += more);
            terms += ROUNDINGS_OF_GATES;
        }
        Self { means, deviations, noise, relative: relative + terms * U }
    }
}

impl Part {
    /// Adds all of `M · x`.
    fn add_all(&self, x: &[f64], output: &mut [f64]) {
        self.apply(x, 1, 0..self.items(x.len()), output);
    }
}
