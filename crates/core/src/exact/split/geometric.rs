//! The row with logarithms: `Σ_j Q_j log(1 + e^−X)` beside the powers, one logarithm for each subnetwork.
//!
//! The divisors of the activities are at hand, and two logarithms are taken at once: several times the time of the
//! row without ([`super::moments`]). A unit of many gates has the integral instead ([`super::walk`]).

use super::columns::{CHUNK, Columns, Level, Pair};
use super::gate::Gate;
use super::moments::{Chunk, Powers};
use super::rounding::Scale;
use super::{Kernel, RowSums};
use crate::exact::sum::Sum;
use crate::exponential64::LogNormal;
use core::marker::PhantomData;
use thinned_lanes::{Backend, F64x2};

/// The first `P` powers of `O − c`, and the logarithm.
#[derive(Clone, Debug)]
pub struct Geometric<B, const P: usize> {
    columns: Columns,
    backend: PhantomData<B>,
}

impl<B: Backend, const P: usize> Kernel for Geometric<B, P> {
    fn new(gates: &[Gate]) -> Self {
        Self { columns: Columns::of(gates), backend: PhantomData }
    }

    fn row(&self, a: f64, center: f64) -> RowSums {
        let mut row = Powers::<B, P>::new(center);
        let mut logs = Sum::default();
        for band in &self.columns.bands {
            match band.level(a) {
                Level::Zero => {
                    row.add_saturated(band.probability, 0.0);
                    logs.add(-a * band.probability - band.moment);
                }
                Level::One => row.add_saturated(band.probability, 1.0),
                Level::Between(scale) => {
                    let chunks = self.columns.pairs[band.pairs.clone()].chunks(CHUNK);
                    chunks.for_each(|pairs| logs.add(Self::add_chunk(&mut row, scale, pairs)));
                }
            }
        }
        let [first, second, third, fourth] = row.totals();
        [first, second, third, fourth, logs.total()]
    }

    fn error_bound(scale: &Scale) -> f64 {
        scale.moments().max(scale.logarithms())
    }
}

impl<B: Backend, const P: usize> Geometric<B, P> {
    /// Adds the powers of a chunk; `Σ Q log(1 + e^−X)` of it.
    fn add_chunk(row: &mut Powers<B, P>, scale: f64, pairs: &[Pair]) -> f64 {
        let (scale, one) = (B::F64::splat(scale), B::F64::held(1.0));
        let log = LogNormal::<B>::held();
        let mut chunk = Chunk::<B, P>::new();
        let mut logs = B::F64::splat(0.0);
        for [exponentials, q] in pairs {
            let (divisor, q) = (B::F64::load(exponentials).mul_add(scale, one), B::F64::load(q));
            chunk.add(q, one / divisor - row.center());
            logs = q.mul_add(log.of(divisor), logs);
        }
        row.fold(chunk);
        let mut lanes = [0.0; 2];
        logs.store(&mut lanes);
        lanes[0] + lanes[1]
    }
}
