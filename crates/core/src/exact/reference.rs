//! The definition of truth: every mask, one full pass each.
//!
//! For one row and one group of units with the same upstream gates: all `2^n` assignments of those gates in counting
//! order, the probability of each as the plain product of its factors, one pass in double precision, compensated sums.
//! Cost `O(2^n · weights)`. Every faster method must agree with this one.

use crate::exact::layer_sums::LayerSums;
use crate::exact::rounding::error_bound;
use crate::exact::statistics::RowStatistics;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Group;
use crate::network::Network;

/// A walk over the masks of one row and group, advanced step by step; steps never change a bit.
#[derive(Clone, Debug)]
pub struct Reference {
    mask: u64,
    subnetwork: Subnetwork,
    changing: Vec<bool>, // nodes that a gate of the group can change
    sums: LayerSums,
    error_bound: f64,
}

impl Reference {
    /// A walk from `deterministic`, the pass with every gate at its mean, over the at most 62 gates of `group`.
    pub fn new(network: &Network, group: &Group, x: &[f32], deterministic: &Subnetwork) -> Self {
        let graph = &network.graph;
        let target = deterministic.target();
        let needed = graph.ancestors(&[target]);
        let mut changing = vec![false; graph.nodes.len()];
        for (index, node) in graph.nodes.iter().enumerate().filter(|(index, _)| needed[*index]) {
            let gated = node.operation.site().is_some_and(|site| group.gates.iter().any(|(other, _)| *other == site));
            changing[index] = gated || node.operation.sources().iter().any(|&source| changing[source]);
        }
        Self {
            mask: 0,
            sums: LayerSums::new(network, target, &deterministic.values[target]),
            subnetwork: deterministic.clone(),
            changing,
            error_bound: error_bound(network, target, group.gates.len(), x),
        }
    }

    /// Masks left.
    pub fn remaining(&self, group: &Group) -> f64 {
        ((1u64 << group.gates.len()) - self.mask) as f64
    }

    /// Takes up to `masks` more; returns how many it took.
    pub fn step(&mut self, network: &Network, group: &Group, x: &[f32], masks: u64) -> u64 {
        let end = self.mask.saturating_add(masks).min(1 << group.gates.len());
        let taken = end - self.mask;
        while self.mask < end {
            self.evaluate(network, group, x);
            self.mask += 1;
        }
        taken
    }

    /// The statistics of the group's units, after the last mask.
    pub fn finish(&self, group: &Group) -> RowStatistics {
        self.sums.finish(&group.units, self.error_bound)
    }

    fn evaluate(&mut self, network: &Network, group: &Group, x: &[f32]) {
        let mut p = 1.0;
        for (bit, &(site, gate)) in group.gates.iter().enumerate() {
            let gates = &network.graph.sites[site];
            let kept = self.mask >> bit & 1 == 1;
            p *= if kept { gates.keep(gate) } else { gates.rate(gate) };
            self.subnetwork.factors[site][gate] = if kept { gates.kept_factor(gate) } else { 0.0 };
        }
        self.subnetwork.pass(network, x, &self.changing);
        // Every mask is a block of its own: each addition is compensated.
        self.sums.add(p, &self.subnetwork);
        self.sums.close();
    }
}
