//! An enumeration in shares, which can be computed anywhere: each is summed for itself, and shares in their order.
//!
//! A walk through fewer masks than one share is summed as if there were none.

use crate::error::Error;
use core::ops::Range;

/// Shares, at most: their sums are held.
const MOST_SHARES: usize = 1 << 12;
/// Numbers of all shares, at most, but for one share: 32 MB.
const MOST_NUMBERS: usize = 1 << 22;

/// Which masks of an enumeration are to be taken here, and what complete shares have come to.
#[derive(Clone, Debug)]
pub struct Shares {
    masks: u64,
    share: u64,
    numbers: usize,
    next: u64,
    end: u64,
    done: Vec<Vec<f64>>, // what is complete, else empty
}

impl Shares {
    /// All of `masks`, a power of two, in shares of at least `least` masks, a power of two, with that many numbers each.
    pub fn new(masks: u64, least: u64, numbers: usize) -> Self {
        let most = (MOST_NUMBERS / numbers.max(1)).clamp(1, MOST_SHARES).ilog2();
        let share = (masks >> most).max(least);
        let done = vec![Vec::new(); masks.div_ceil(share) as usize];
        Self { masks, share, numbers, next: 0, end: masks, done }
    }

    /// How many shares there are.
    pub fn count(&self) -> usize {
        self.done.len()
    }

    /// Numbers of one share.
    pub fn numbers(&self) -> usize {
        self.numbers
    }

    /// The mask that comes next.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Masks that are left to be taken here.
    pub fn left(&self) -> u64 {
        self.end - self.next
    }

    /// Leaves only these shares to be computed, from their beginning, and forgets what others have come to.
    pub fn restrict(&mut self, shares: Range<usize>) {
        let first = |share: usize| (share as u64 * self.share).min(self.masks);
        (self.next, self.end) = (first(shares.start), first(shares.end));
        self.done.iter_mut().for_each(Vec::clear);
    }

    /// Counts masks as taken, no more than are left of the share at hand; whether this completes it, and [`Shares::put`] has to follow.
    #[must_use]
    pub fn take(&mut self, masks: u64) -> bool {
        self.next += masks;
        self.next.is_multiple_of(self.share) || self.next == self.masks
    }

    /// Keeps what the share that was completed last has come to.
    pub fn put(&mut self, sums: Vec<f64>) {
        self.done[((self.next - 1) / self.share) as usize] = sums;
    }

    /// What each of these shares has come to, one after the other; NaN where one is not complete.
    pub fn sums(&self, shares: Range<usize>) -> Vec<f64> {
        let missing = vec![f64::NAN; self.numbers];
        let sums = self.done[shares].iter().map(|sums| if sums.is_empty() { &missing } else { sums });
        sums.flatten().copied().collect()
    }

    /// Takes over shares that others have completed, the first of them being `first`.
    pub fn accept(&mut self, first: usize, sums: &[f64]) {
        for (done, sums) in self.done[first..].iter_mut().zip(sums.chunks_exact(self.numbers)) {
            *done = sums.to_vec();
        }
    }
}

/// Refuses blocks that there are not among `count`.
pub fn check_blocks(count: usize, blocks: &Range<usize>) -> Result<(), Error> {
    if blocks.start <= blocks.end && blocks.end <= count {
        return Ok(());
    }
    Err(Error::range(format!("Cannot compute blocks {blocks:?}: there are {count}")))
}

/// Refuses `sums` numbers, from block `first` on, that are not some of `count` blocks of `numbers` each.
pub fn check_accepted(count: usize, numbers: usize, first: usize, sums: usize) -> Result<(), Error> {
    check_blocks(count, &(first..first.saturating_add(sums / numbers)))?;
    match sums % numbers {
        0 => Ok(()),
        rest => Err(Error::shape(format!("Cannot take over blocks: {rest} numbers are left over"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn shares_end_where_they_are_complete() {
        let mut shares = Shares::new(16, 4, 1);
        assert_eq!((shares.count(), shares.left()), (4, 16));
        shares.restrict(1..3);
        assert_eq!((shares.next(), shares.left()), (4, 8));
        assert!(!shares.take(3));
        assert!(shares.take(1));
        shares.put(vec![7.0]);
        assert!(shares.take(4));
        shares.put(vec![8.0]);
        assert_eq!(shares.left(), 0);
        let sums = shares.sums(0..3);
        assert!(sums[0].is_nan());
        assert_eq!(sums[1..], [7.0, 8.0]);
        shares.accept(2, &[9.0, 10.0]);
        assert_eq!(shares.sums(1..4), [7.0, 9.0, 10.0]);
    }

    #[test]
    fn few_masks_are_one_share_and_wide_ones_few() {
        assert_eq!(Shares::new(8, 16, 1).count(), 1);
        assert_eq!(Shares::new(1 << 40, 16, 1).count(), MOST_SHARES);
        assert_eq!(Shares::new(1 << 40, 16, MOST_NUMBERS / 2).count(), 2);
        assert_eq!(Shares::new(1 << 40, 16, 2 * MOST_NUMBERS).count(), 1);
    }
}
