//! One node on its way into what is known, a few products at a time.

use super::joint::{Joint, transposed};
use super::parts::Parts;
use crate::exact::subnetwork::Subnetwork;
use crate::network::Network;

/// A node whose covariances with those in use, and with itself at last, are under way.
pub struct OpenNode {
    node: usize,
    parts: Parts,
    mean: Vec<f64>,
    others: Vec<usize>, // to come, the one at hand first
    block: Vec<f64>,    // Cov(node, other)
    is_known: bool,     // whether a source of the node varies with the other
    part: usize,
    source: Option<Vec<f64>>, // Cov(source of the part, other)
    item: usize,              // of the part, the next
}

impl OpenNode {
    /// A node whose sources are in `joint`.
    pub fn new(network: &Network, node: usize, joint: &Joint, deterministic: &Subnetwork) -> Self {
        let parts = Parts::of(network, node);
        let mut mean = parts.offset.clone();
        for part in &parts.linear {
            let source = joint.mean(part.source, deterministic);
            part.apply(&source, 1, 0..part.items(source.len()), &mut mean);
        }
        // The blocks with each part's source are there when it comes to the node itself.
        let others = joint.means.keys().copied().chain([node]).collect();
        let block = Vec::new();
        Self { node, parts, mean, others, block, is_known: false, part: 0, source: None, item: 0 }
    }

    /// Goes on for about `left` products, which it counts down; returns whether all blocks are in `joint`.
    pub fn step(&mut self, joint: &mut Joint, network: &Network, deterministic: &Subnetwork, left: &mut usize) -> bool {
        let width = self.mean.len();
        while let Some(&other) = self.others.first() {
            if *left == 0 {
                return false;
            }
            let columns = network.graph.nodes[other].width;
            self.block.resize(width * columns, 0.0);
            if let Some(part) = self.parts.linear.get(self.part) {
                if self.source.is_none() {
                    self.source = joint.covariance(part.source, other, columns);
                }
                if let Some(source) = &self.source {
                    self.is_known = true;
                    let (items, each) = (part.items(source.len() / columns), part.products(columns));
                    let end = items.min(self.item + left.div_ceil(each));
                    part.apply(source, columns, self.item..end, &mut self.block);
                    *left = left.saturating_sub((end - self.item) * each);
                    self.item = end;
                    if end < items {
                        continue;
                    }
                }
                (self.part, self.source, self.item) = (self.part + 1, None, 0);
                continue;
            }
            let mut block = core::mem::take(&mut self.block);
            if other == self.node {
                // Cov(node, node) = Σ over pairs of parts, and its own gates.
                self.parts.add_gate_variance(joint, network, deterministic, &mut block);
                joint.means.insert(other, core::mem::take(&mut self.mean));
                joint.covariances.insert((other, other), block);
            } else if self.is_known {
                joint.covariances.insert((other, self.node), transposed(&block, columns));
            }
            self.others.remove(0);
            (self.part, self.is_known) = (0, false);
        }
        true
    }
}
