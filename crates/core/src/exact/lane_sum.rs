//! A compensated sum in each lane.

use thinned_lanes::{Backend, F64x2};

/// Sums of vectors; beside them what the additions lose, exactly (Knuth's two-sum, which needs no comparison).
#[derive(Clone, Copy)]
pub struct LaneSum<B: Backend> {
    sum: B::F64,
    lost: B::F64,
}

impl<B: Backend> Default for LaneSum<B> {
    #[inline(always)]
    fn default() -> Self {
        Self { sum: B::F64::splat(0.0), lost: B::F64::splat(0.0) }
    }
}

impl<B: Backend> LaneSum<B> {
    /// Nothing yet.
    #[inline(always)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a term to each lane.
    #[inline(always)]
    pub fn add(&mut self, term: B::F64) {
        let total = self.sum + term;
        let added = total - self.sum;
        self.lost = self.lost + ((self.sum - (total - added)) + (term - added));
        self.sum = total;
    }

    /// The sums by lane and what they lost.
    #[cfg(test)]
    pub fn parts(self) -> ([f64; 2], [f64; 2]) {
        let (mut sum, mut lost) = ([0.0; 2], [0.0; 2]);
        self.sum.store(&mut sum);
        self.lost.store(&mut lost);
        (sum, lost)
    }

    /// The sum over both lanes.
    #[inline(always)]
    pub fn total(self) -> f64 {
        (self.sum + self.lost).sum()
    }
}
