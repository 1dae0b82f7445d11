//! An enumeration in shares, which can be computed anywhere: each is summed for itself, and shares in their order.

use super::Nested;
use super::sums::{NUMBERS, UnitTotals};
use crate::activation::Activation;
use crate::exact::statistics::RowStatistics;
use crate::exact::upstream::Group;
use crate::network::Network;
use core::ops::Range;
use thinned_lanes::Backend;

/// Masks of a share, at least: long against what it takes to get to its first mask.
const LEAST_SHARE: u64 = 1 << 20;
/// Shares, at most: their sums are held.
const MOST_SHARES: u64 = 1 << 12;

/// Masks of a share of `masks`, a power of two.
pub fn masks_of_share(masks: u64, block: usize) -> u64 {
    (masks / MOST_SHARES).max(LEAST_SHARE).max(block as u64)
}

impl Nested {
    /// Shares of the enumeration.
    pub fn blocks(&self) -> usize {
        self.shares.len()
    }

    /// Leaves only these shares to be computed, from their beginning.
    pub fn restrict(&mut self, shares: Range<usize>) {
        let first = |share: usize| (share as u64 * self.share).min(self.masks);
        (self.count, self.end) = (first(shares.start), first(shares.end));
        self.totals.fill_with(UnitTotals::new);
        self.is_placed = false;
    }

    /// What each share has come to, a row of numbers; NaN where it is not complete.
    pub fn block_sums(&self, shares: Range<usize>) -> Vec<f64> {
        let width = self.numbers();
        let sums = |share: &Vec<f64>| if share.is_empty() { vec![f64::NAN; width] } else { share.clone() };
        self.shares[shares].iter().flat_map(sums).collect()
    }

    /// Numbers of a share.
    pub fn numbers(&self) -> usize {
        self.totals.len() * NUMBERS
    }

    /// Takes over shares that another walk has completed, the first of them being `first`.
    pub fn accept(&mut self, first: usize, sums: &[f64]) {
        let width = self.numbers();
        for (share, sums) in self.shares[first..].iter_mut().zip(sums.chunks_exact(width)) {
            *share = sums.to_vec();
        }
    }

    /// The statistics of the group's units, once every share is there.
    pub fn finish(&self, group: &Group) -> RowStatistics {
        let mut totals = vec![UnitTotals::new(); self.totals.len()];
        for share in &self.shares {
            let missing = [f64::NAN; NUMBERS];
            let mut numbers = share.as_chunks::<NUMBERS>().0.iter();
            totals.iter_mut().for_each(|total| total.add_numbers(numbers.next().unwrap_or(&missing)));
        }
        let softmax = self.activation == Some(Activation::Softmax);
        super::sums::row_statistics(&totals, softmax.then_some(&group.units), self.error_bound)
    }

    /// Puts away the totals of a share that is complete.
    pub(super) fn close_share(&mut self) {
        if !self.count.is_multiple_of(self.share) && self.count != self.masks {
            return;
        }
        let share = (self.count - 1) / self.share;
        self.shares[share as usize] = self.totals.iter().flat_map(UnitTotals::numbers).collect();
        self.totals.fill_with(UnitTotals::new);
    }

    /// Goes to the block of mask [`Nested::count`], computing the levels above it. In the order of blocks, the gates that the
    /// innermost level holds come first, then the lanes that it takes of the level above, the gates that this one holds, and so on.
    pub(super) fn place<B: Backend>(&mut self, network: &Network) {
        self.is_placed = true;
        let Some(last) = self.levels.len().checked_sub(1) else { return };
        let mut rest = self.count / self.levels[last].cut.block() as u64;
        let mut digit = |radix: u64| {
            let digit = rest % radix;
            rest /= radix;
            digit
        };
        for depth in (0..=last).rev() {
            if depth < last {
                let lanes = self.levels[depth + 1].cut.lanes;
                self.levels[depth].taken = digit((self.levels[depth].cut.block() / lanes) as u64) as usize * lanes;
            }
            self.levels[depth].mask = digit(1 << self.levels[depth].high.len());
        }
        self.levels[last].taken = 0;
        for depth in 0..last {
            let (above, below) = self.levels.split_at_mut(depth + 1);
            above[depth].compute::<B>(network, &self.deterministic, &mut self.scratch);
            let first = above[depth].taken;
            below[0].load(&above[depth], first, |node| network.graph.nodes[node].width);
            above[depth].taken += below[0].cut.lanes;
        }
        self.depth = last;
    }
}
