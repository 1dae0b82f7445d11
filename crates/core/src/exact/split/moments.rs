//! The row without logarithms: one multiplication, one addition and half a division, then the powers.
//!
//! Two columns share a division: `1/d = d′ · 1/(dd′)`, `2u` more for each activity. No `d` exceeds `1 + e^314` ([`columns`]).
//!
//! [`columns`]: super::columns

use super::columns::{CHUNK, Columns, Level, Pair};
use super::gate::Gate;
use super::rounding::Scale;
use super::{Kernel, RowSums};
use crate::exact::sum::Sum;
use core::marker::PhantomData;
use thinned_lanes::{Backend, F64x2};

/// The first `P` powers of `O − c` alone.
#[derive(Clone, Debug)]
pub struct Moments<B, const P: usize> {
    columns: Columns,
    backend: PhantomData<B>,
}

impl<B: Backend, const P: usize> Kernel for Moments<B, P> {
    fn new(gates: &[Gate]) -> Self {
        Self { columns: Columns::of(gates), backend: PhantomData }
    }

    fn row(&self, a: f64, center: f64) -> RowSums {
        let mut row = Powers::<B, P>::new(center);
        for band in &self.columns.bands {
            match band.level(a) {
                Level::Zero => row.add_saturated(band.probability, 0.0),
                Level::One => row.add_saturated(band.probability, 1.0),
                Level::Between(scale) => {
                    let chunks = self.columns.pairs[band.pairs.clone()].chunks(CHUNK);
                    chunks.for_each(|pairs| row.add_chunk(scale, pairs));
                }
            }
        }
        let [first, second, third, fourth] = row.totals();
        [first, second, third, fourth, f64::NAN]
    }

    fn error_bound(scale: &Scale) -> f64 {
        scale.moments()
    }
}

/// `Σ Q (O − c)^k` of a row, `k` = 1 to `P`.
pub struct Powers<B: Backend, const P: usize> {
    center: B::F64,
    sums: [B::F64; P],
    lost: [B::F64; P],
    saturated: [Sum; P],
    scalar_center: f64,
}

/// The same for a few columns, plain sums.
#[derive(Clone, Copy)]
pub struct Chunk<B: Backend, const P: usize>([B::F64; P]);

impl<B: Backend, const P: usize> Chunk<B, P> {
    /// No columns.
    #[inline(always)]
    pub fn new() -> Self {
        Self([B::F64::splat(0.0); P])
    }

    /// Adds two columns of probabilities `q` that differ from the center by `difference`.
    #[inline(always)]
    pub fn add(&mut self, q: B::F64, difference: B::F64) {
        let mut term = q;
        for sum in &mut self.0 {
            term = term * difference;
            *sum = *sum + term;
        }
    }
}

impl<B: Backend, const P: usize> Powers<B, P> {
    /// No columns yet.
    pub fn new(center: f64) -> Self {
        let zero = [B::F64::splat(0.0); P];
        let saturated = [Sum::default(); P];
        Self { center: B::F64::splat(center), sums: zero, lost: zero, saturated, scalar_center: center }
    }

    /// `c` in every lane.
    #[inline(always)]
    pub fn center(&self) -> B::F64 {
        self.center
    }

    /// Adds columns of total probability `q` whose activity is 0 or 1.
    pub fn add_saturated(&mut self, q: f64, activity: f64) {
        let mut term = q;
        for sum in &mut self.saturated {
            term *= activity - self.scalar_center;
            sum.add(term);
        }
    }

    #[inline(always)]
    fn add_chunk(&mut self, scale: f64, pairs: &[Pair]) {
        let (scale, one) = (B::F64::splat(scale), B::F64::held(1.0));
        let mut chunk = Chunk::<B, P>::new();
        let (twos, rest) = pairs.as_chunks();
        for two in twos {
            for (activity, [_, q]) in shared::<B>(two, scale, one).into_iter().zip(two) {
                chunk.add(B::F64::load(q), activity - self.center);
            }
        }
        for [exponentials, q] in rest {
            let activity = one / B::F64::load(exponentials).mul_add(scale, one);
            chunk.add(B::F64::load(q), activity - self.center);
        }
        self.fold(chunk);
    }

    /// Adds a chunk, and beside it what the addition loses, exactly (Knuth's two-sum, which needs no comparison).
    #[inline(always)]
    pub fn fold(&mut self, chunk: Chunk<B, P>) {
        for (power, term) in chunk.0.into_iter().enumerate() {
            let sum = self.sums[power];
            let total = sum + term;
            let added = total - sum;
            self.lost[power] = self.lost[power] + ((sum - (total - added)) + (term - added));
            self.sums[power] = total;
        }
    }

    /// The sums over both lanes and the saturated columns; NaN for powers above `P`.
    pub fn totals(mut self) -> [f64; 4] {
        for (power, total) in self.saturated.iter_mut().enumerate() {
            for lanes in [self.sums[power], self.lost[power]] {
                let mut values = [0.0; 2];
                lanes.store(&mut values);
                values.into_iter().for_each(|value| total.add(value));
            }
        }
        let mut totals = [f64::NAN; 4];
        totals.iter_mut().zip(self.saturated).for_each(|(total, sum)| *total = sum.total());
        totals
    }
}

/// The activities of two pairs of columns, by one division.
#[inline(always)]
fn shared<B: Backend>(two: &[Pair; 2], scale: B::F64, one: B::F64) -> [B::F64; 2] {
    let [x, y] = two.each_ref().map(|[exponentials, _]| B::F64::load(exponentials).mul_add(scale, one));
    let inverse = one / (x * y);
    [y * inverse, x * inverse]
}

#[cfg(test)]
mod tests {
    use super::*;
    use thinned_lanes::Scalar;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn chunks_are_summed_with_compensation() {
        let lanes = <Scalar as Backend>::F64::splat;
        let mut row = Powers::<Scalar, 4>::new(0.0);
        for q in [0.5, 2f64.powi(-60), 2f64.powi(-60), 2f64.powi(-60)] {
            let mut chunk = Chunk::new();
            chunk.add(lanes(q), lanes(1.0));
            row.fold(chunk);
        }
        row.add_saturated(-1.0, 1.0);
        assert_eq!(row.totals(), [6.0 * 2f64.powi(-60); 4]);
    }
}
