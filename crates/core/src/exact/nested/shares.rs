//! A walk in shares, each from its own beginning.

use super::Nested;
use super::layer::Layer;
use crate::exact::shares::Shares;
use crate::exact::statistics::RowStatistics;
use crate::network::Network;
use core::ops::Range;
use thinned_lanes::Backend;

/// Masks of a share, at least: long against what it takes to get to its first mask, and more than any block has.
pub const LEAST_SHARE: u64 = 1 << 20;

impl Nested {
    /// What others can compute.
    pub fn shares(&mut self) -> &mut Shares {
        &mut self.shares
    }

    /// Leaves only these shares to be computed, from their beginning.
    pub fn restrict(&mut self, shares: Range<usize>) {
        self.shares.restrict(shares);
        self.layers.iter_mut().for_each(Layer::clear);
        self.is_placed = false;
    }

    /// The statistics of each layer, once every share is there.
    pub fn finish(&self) -> Vec<RowStatistics> {
        let mut layers = self.layers.clone();
        layers.iter_mut().for_each(Layer::clear);
        let all = self.shares.sums(0..self.shares.count());
        let mut numbers = all.as_slice();
        while !numbers.is_empty() {
            numbers = layers.iter_mut().fold(numbers, |numbers, layer| layer.add_sums(numbers));
        }
        layers.iter().map(Layer::statistics).collect()
    }

    /// Puts away the totals of a share that is complete.
    pub(super) fn close_share(&mut self) {
        self.shares.put(self.layers.iter().flat_map(Layer::sums).collect());
        self.layers.iter_mut().for_each(Layer::clear);
    }

    /// Goes to the block of the next mask, computing the levels above it. In the order of blocks, the gates that the innermost
    /// level holds come first, then the lanes that it takes of the level above, the gates that this one holds, and so on.
    pub(super) fn place<B: Backend>(&mut self, network: &Network) {
        self.is_placed = true;
        let Some(last) = self.levels.len().checked_sub(1) else { return };
        let mut rest = self.shares.next() / self.levels[last].cut.block() as u64;
        let mut digit = |radix: u64| {
            let digit = rest % radix;
            rest /= radix;
            digit
        };
        // The first of the levels, from the innermost on, that are at their beginning: their blocks are of this share.
        let mut begins = last;
        for depth in (0..=last).rev() {
            if depth < last {
                let lanes = self.levels[depth + 1].cut.lanes;
                self.levels[depth].taken = digit((self.levels[depth].cut.block() / lanes) as u64) as usize * lanes;
                let below = &self.levels[depth + 1];
                let is_first = self.levels[depth].taken == 0 && below.mask == 0;
                if begins == depth + 1 && is_first {
                    begins = depth;
                }
            }
            self.levels[depth].mask = digit(1 << self.levels[depth].high.len());
        }
        self.levels[last].taken = 0;
        for depth in 0..last {
            let (above, below) = self.levels.split_at_mut(depth + 1);
            let level = &mut above[depth];
            level.compute::<B>(network, &self.deterministic, &mut self.scratch);
            for layer in self.layers.iter_mut().filter(|layer| layer.depth == depth && depth >= begins) {
                layer.add::<B>(level, self.purpose, &mut self.scratch, &mut self.values);
            }
            below[0].load(level, level.taken, |node| network.graph.nodes[node].width);
            level.taken += below[0].cut.lanes;
        }
        self.depth = last;
    }
}
