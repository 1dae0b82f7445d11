//! The masks of half the gates in ascending order of their sums, without a sort.
//!
//! One gate turns the sorted list `L` into the merge of `L` (dropped) and `L + a` (kept), both of which are sorted. The
//! merge runs from the largest entry down, in place: with `i` and `j` entries of the two lists left it writes entry
//! `i + j − 1`, and no unread entry lies above `max(i, j) − 1`. `2^n` entries take `2^(n+1) − 2` writes and no second list.

use crate::exact::split::Gate;

/// The sums `Σ a_j (δ_j − p_j)` of half the gates with their probabilities, sorted once [`SortedHalf::remaining`] is 0.
#[derive(Clone, Debug)]
pub struct SortedHalf {
    entries: Vec<[f64; 2]>, // [masks]: sum and probability
    gates: Vec<Gate>,
    merged: usize,    // gates
    left: [usize; 2], // of the lower and of the upper list, in the merge under way
}

impl SortedHalf {
    /// The list without gates, and room for all of them.
    pub fn new(gates: &[Gate]) -> Self {
        let mut entries = vec![[0.0; 2]; 1 << gates.len()];
        entries[0] = [-gates.iter().map(|gate| gate.coefficient * gate.keep).sum::<f64>(), 1.0];
        Self { entries, gates: gates.to_vec(), merged: 0, left: [1, 1] }
    }

    /// How many masks.
    pub fn entries(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Every mask, ascending.
    pub fn sorted(&self) -> &[[f64; 2]] {
        &self.entries
    }

    /// Entries to write.
    pub fn remaining(&self) -> u64 {
        if self.merged == self.gates.len() {
            return 0;
        }
        let later = 2 * self.entries.len() - (2 << (self.merged + 1)); // by the merges after this one
        (later + self.left[0] + self.left[1]) as u64
    }

    /// Writes up to `entries` more; returns how many.
    pub fn step(&mut self, entries: u64) -> u64 {
        let mut allowed = entries;
        while allowed > 0 && self.merged < self.gates.len() {
            let count = allowed.min((self.left[0] + self.left[1]) as u64);
            self.merge(count as usize);
            allowed -= count;
            if self.left == [0, 0] {
                self.merged += 1;
                self.left = [1 << self.merged; 2];
            }
        }
        entries - allowed
    }

    fn merge(&mut self, count: usize) {
        let Gate { coefficient, keep, rate } = self.gates[self.merged];
        let (dropped, kept) = ([0.0, rate], [coefficient, keep]);
        let (lower, upper) = if coefficient < 0.0 { (kept, dropped) } else { (dropped, kept) };
        let [mut i, mut j] = self.left;
        let entries = &mut self.entries[..2 << self.merged];
        for _ in 0..count {
            // The upper list ends first: its least entry is not below that of the lower, and ties are taken from it. So
            // `i` is 0 only at the very end, and what is read for an ended list is discarded.
            let (low, high) = (entries[i.saturating_sub(1)], entries[j.saturating_sub(1)]);
            let (low_sum, high_sum) = (low[0] + lower[0], high[0] + upper[0]);
            let take_low = j == 0 || low_sum > high_sum;
            let entry = if take_low { [low_sum, low[1] * lower[1]] } else { [high_sum, high[1] * upper[1]] };
            entries[i + j - 1] = entry;
            i -= usize::from(take_low);
            j -= usize::from(!take_low);
        }
        self.left = [i, j];
    }
}
