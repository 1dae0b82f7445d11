//! Where the denominators of logistic activities come from, mask by mask.

use crate::exponential64::exp;
use thinned_lanes::{Backend, F64x2};

/// Four masks each, which differ by the last two gates.
pub struct Fours<'a, B: Backend> {
    /// `e^−X` of those that drop both.
    pub row: &'a [[f64; 2]],
    /// What keeping either multiplies it by.
    pub last: [B::F64; 2],
}

/// The masks of a block in one pair of lanes after the other.
pub trait Masks<B: Backend> {
    /// Goes to a pair of lanes.
    fn go_to(&mut self, lane: usize);
    /// A denominator and a numerator of which `O` is the quotient; the logarithm of the first is due.
    fn quotient(&self, mask: usize) -> (B::F64, B::F64);
    /// `min(X, 0)` and `max(X, 0)`, where the denominator has them not in it.
    fn linear(&self, mask: usize) -> Option<[B::F64; 2]>;
    /// Where masks come in fours.
    #[inline(always)]
    fn fours(&self) -> Option<Fours<'_, B>> {
        None
    }
}

/// From `e^−X`, a product.
pub struct Factored<'a, B: Backend> {
    /// 1.
    pub one: B::F64,
    /// `e^−X` of the mask that keeps none, then what each gate multiplies it by, `[1 + gates, lanes]`.
    pub factors: &'a [[f64; 2]],
    /// Pairs of lanes.
    pub lanes: usize,
    /// Room for a pair of lanes, `[masks]`; of all but the last two gates where masks come in fours.
    pub row: &'a mut [[f64; 2]],
    /// The factors of those two.
    pub last: Option<[B::F64; 2]>,
}

/// From `S`.
pub struct Direct<'a> {
    /// `λ`.
    pub lambda: f64,
    /// `−ln c`.
    pub shift: f64,
    /// `[masks, lanes]`.
    pub values: &'a [[f64; 2]],
    /// Pairs of lanes.
    pub lanes: usize,
    /// The pair at hand.
    pub lane: usize,
}

impl<B: Backend> Masks<B> for Factored<'_, B> {
    #[inline(always)]
    fn go_to(&mut self, lane: usize) {
        let mut factors = self.factors.chunks_exact(self.lanes).map(|factors| factors[lane]);
        self.row[0] = factors.next().unwrap_or([1.0; 2]);
        let mut masks = 1;
        while masks < self.row.len() {
            let factor = B::F64::load(&factors.next().unwrap_or([1.0; 2]));
            let (without, with) = self.row.split_at_mut(masks);
            for (without, with) in without.iter().zip(with) {
                (B::F64::load(without) * factor).store(with);
            }
            masks *= 2;
        }
        if let Some(last) = &mut self.last {
            last.iter_mut().zip(factors).for_each(|(last, factor)| *last = B::F64::load(&factor));
        }
    }

    #[inline(always)]
    fn fours(&self) -> Option<Fours<'_, B>> {
        self.last.map(|last| Fours { row: self.row, last })
    }

    #[inline(always)]
    fn quotient(&self, mask: usize) -> (B::F64, B::F64) {
        (self.one + B::F64::load(&self.row[mask]), B::F64::splat(1.0))
    }

    #[inline(always)]
    fn linear(&self, _: usize) -> Option<[B::F64; 2]> {
        None
    }
}

impl Direct<'_> {
    #[inline(always)]
    fn x<B: Backend>(&self, mask: usize) -> B::F64 {
        let value = B::F64::load(&self.values[mask * self.lanes + self.lane]);
        value.mul_add(B::F64::splat(self.lambda), B::F64::splat(self.shift))
    }
}

impl<B: Backend> Masks<B> for Direct<'_> {
    #[inline(always)]
    fn go_to(&mut self, lane: usize) {
        self.lane = lane;
    }

    #[inline(always)]
    fn quotient(&self, mask: usize) -> (B::F64, B::F64) {
        let (x, one) = (self.x::<B>(mask), B::F64::splat(1.0));
        let decayed = exp::<B>(-x.abs());
        (one + decayed, decayed.select(one, x.less_than(B::F64::splat(0.0))))
    }

    #[inline(always)]
    fn linear(&self, mask: usize) -> Option<[B::F64; 2]> {
        let (x, zero) = (self.x::<B>(mask), B::F64::splat(0.0));
        let negative = x.less_than(zero);
        Some([x.select(zero, negative), zero.select(x, negative)])
    }
}
