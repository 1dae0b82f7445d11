//! The definition of truth: every mask, one full pass each.
//!
//! For one row and one group of units with the same upstream gates: all `2^n` assignments of those gates in counting
//! order, the probability of each as the plain product of its factors, one pass in double precision, compensated sums.
//! Cost `O(2^n · weights)`. Every faster method must agree with this one.
//!
//! Layers below, whose gates are the first of these, are summed over the masks in which all others are dropped.

use crate::exact::layer_sums::LayerSums;
use crate::exact::rounding::{Bounds, bounds};
use crate::exact::shares::Shares;
use crate::exact::statistics::RowStatistics;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Group;
use crate::network::Network;

/// Masks of a share, at least: a fraction of a second.
const LEAST_SHARE: u64 = 1 << 16;

/// A walk over the masks of one row and group, advanced step by step; steps never change a bit.
#[derive(Clone, Debug)]
pub struct Reference {
    shares: Shares,
    subnetwork: Subnetwork,
    changing: Vec<bool>, // nodes that a gate of the group can change
    layers: Vec<Layer>,
    probabilities: Vec<f64>, // of the mask at hand, by how many of the first gates
}

/// A layer of which statistics are wanted.
#[derive(Clone, Debug)]
struct Layer {
    units: Vec<usize>,
    gates: usize, // the first of the group's
    sums: LayerSums,
    bounds: Bounds,
}

impl Reference {
    /// A walk from `deterministic`, the pass with every gate at its mean, over the at most 62 gates of the first of `layers`,
    /// nodes with their groups; the gates of the others must be the first ones of these.
    pub fn new(network: &Network, layers: &[(usize, &Group)], x: &[f32], deterministic: &Subnetwork) -> Self {
        let graph = &network.graph;
        let targets: Vec<usize> = layers.iter().map(|(target, _)| *target).collect();
        let gates = layers.first().map_or(&[][..], |(_, group)| &group.gates);
        let needed = graph.ancestors(&targets);
        let mut changing = vec![false; graph.nodes.len()];
        for (index, node) in graph.nodes.iter().enumerate().filter(|(index, _)| needed[*index]) {
            let gated = node.operation.site().is_some_and(|site| gates.iter().any(|(other, _)| *other == site));
            changing[index] = gated || node.operation.sources().iter().any(|&source| changing[source]);
        }
        let layer = |&(target, group): &(usize, &Group)| Layer {
            units: group.units.clone(),
            gates: group.gates.len(),
            sums: LayerSums::new(network, target, &deterministic.values[target]),
            bounds: bounds(network, target, group.gates.len(), x),
        };
        let layers: Vec<Layer> = layers.iter().map(layer).collect();
        let numbers = layers.iter().map(|layer| layer.sums.numbers().len()).sum();
        Self {
            shares: Shares::new(1 << gates.len(), LEAST_SHARE, numbers),
            layers,
            subnetwork: deterministic.clone(),
            changing,
            probabilities: Vec::new(),
        }
    }

    /// What others can compute.
    pub fn shares(&mut self) -> &mut Shares {
        &mut self.shares
    }

    /// Leaves only these shares to be computed.
    pub fn restrict(&mut self, shares: core::ops::Range<usize>) {
        self.shares.restrict(shares);
        self.layers.iter_mut().for_each(|layer| layer.sums.clear());
    }

    /// Masks left.
    pub fn remaining(&self) -> f64 {
        self.shares.left() as f64
    }

    /// Takes up to `masks` more; returns how many it took.
    pub fn step(&mut self, network: &Network, group: &Group, x: &[f32], masks: u64) -> u64 {
        let most = masks.min(self.shares.left());
        for _ in 0..most {
            self.evaluate(network, group, x);
            if self.shares.take(1) {
                self.shares.put(self.layers.iter().flat_map(|layer| layer.sums.numbers()).collect());
                self.layers.iter_mut().for_each(|layer| layer.sums.clear());
            }
        }
        most
    }

    /// The statistics of each layer, after the last mask.
    pub fn finish(&self) -> Vec<RowStatistics> {
        let mut layers = self.layers.clone();
        let all = self.shares.sums(0..self.shares.count());
        let mut numbers = all.as_slice();
        while !numbers.is_empty() {
            for layer in &mut layers {
                numbers = layer.sums.add_numbers(numbers);
            }
        }
        layers.iter().map(|layer| layer.sums.finish(&layer.units, &layer.bounds)).collect()
    }

    fn evaluate(&mut self, network: &Network, group: &Group, x: &[f32]) {
        let mask = self.shares.next();
        let mut p = 1.0;
        self.probabilities.clear();
        self.probabilities.push(p);
        for (bit, &(site, gate)) in group.gates.iter().enumerate() {
            let gates = &network.graph.sites[site];
            let kept = mask >> bit & 1 == 1;
            p *= if kept { gates.keep(gate) } else { gates.rate(gate) };
            self.subnetwork.factors[site][gate] = if kept { gates.kept_factor(gate) } else { 0.0 };
            self.probabilities.push(p);
        }
        self.subnetwork.pass(network, x, &self.changing);
        // Every mask is a block of its own: each addition is compensated.
        for layer in self.layers.iter_mut().filter(|layer| mask >> layer.gates == 0) {
            layer.sums.add(self.probabilities[layer.gates], &self.subnetwork);
            layer.sums.close();
        }
    }
}
