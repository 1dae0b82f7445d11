//! The row with logarithms, which takes hardly any: `Σ_j Q_j log(1 + e^−X)` with a product where the obvious loop has a sum.
//!
//! Masks that keep as many gates of every rate are equally likely, so that
//! `Σ_j Q_j log(1 + e^−X_j) = Σ_classes Q·log Π_j (1 + e^−X_j)`. With one rate, 10 gates make 11 classes of their 1,024 masks.
//! The factors are at hand as the divisors of the activities: one more multiplication per subnetwork. As many are
//! multiplied as cannot overflow, then the exponent of the product is taken off and counted; one logarithm per class and
//! band ends the row. Every multiplication rounds within `u`, so the weighted sum is off by `u` plus the error of `X`: no
//! more than with one logarithm per subnetwork.
//!
//! Masks of classes too small for that, all of them when every gate has a rate of its own, take one logarithm each, two at
//! once: three to four times the time.

use super::columns::{CHUNK, Columns, Level, Pair};
use super::gate::Gate;
use super::moments::{Chunk, Powers, shared};
use super::rounding::Scale;
use super::{Kernel, RowSums};
use crate::exact::sum::Sum;
use crate::exponential64::LogNormal;
use core::marker::PhantomData;
use thinned_lanes::{Backend, F64x2};

/// The product of both lanes stays below `e^700`.
const LARGEST_EXPONENT: f64 = 350.0;

/// The first `P` powers of `O − c`, and the logarithm.
#[derive(Clone, Debug)]
pub struct Geometric<B, const P: usize> {
    columns: Columns,
    backend: PhantomData<B>,
}

impl<B: Backend, const P: usize> Kernel for Geometric<B, P> {
    fn new(gates: &[Gate]) -> Self {
        Self { columns: Columns::by_probability(gates), backend: PhantomData }
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
                    for run in &band.runs {
                        let pairs = &self.columns.pairs[run.pairs.clone()];
                        logs.add(match run.common {
                            Some(q) => q * Self::product(&mut row, scale, pairs),
                            None => Self::logarithms(&mut row, scale, pairs),
                        });
                    }
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
    /// Adds the powers of a run of equal probabilities; the logarithm of its product of `1 + e^−X`.
    fn product(row: &mut Powers<B, P>, scale: f64, pairs: &[Pair]) -> f64 {
        // No factor exceeds 1 + scale; at least one pair fits, by the choice of saturation and width.
        let most = ((LARGEST_EXPONENT / libm::log(1.0 + scale)) as usize).clamp(1, CHUNK / 2);
        let mut product = Product { mantissa: 1.0, exponent: 0 };
        let mut chunk = Chunk::<B, P>::new();
        let mut pending = 0;
        for pairs in pairs.chunks(most) {
            product.multiply(multiply(&mut chunk, row.center(), scale, pairs));
            pending += pairs.len();
            if pending > CHUNK / 2 {
                row.fold(core::mem::replace(&mut chunk, Chunk::new()));
                pending = 0;
            }
        }
        row.fold(chunk);
        product.log()
    }

    /// Adds the powers of columns of any probability; `Σ Q log(1 + e^−X)` of them.
    fn logarithms(row: &mut Powers<B, P>, scale: f64, pairs: &[Pair]) -> f64 {
        let (scale, one) = (B::F64::splat(scale), B::F64::held(1.0));
        let log = LogNormal::<B>::held();
        let mut sum = Sum::default();
        for pairs in pairs.chunks(CHUNK) {
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
            sum.add(lanes[0] + lanes[1]);
        }
        sum.total()
    }
}

/// Adds the powers of a few columns; the product of their `1 + e^−X`.
#[inline(always)]
fn multiply<B: Backend, const P: usize>(chunk: &mut Chunk<B, P>, center: B::F64, scale: f64, pairs: &[Pair]) -> f64 {
    let (scale, one) = (B::F64::splat(scale), B::F64::held(1.0));
    let mut product = one;
    let (twos, rest) = pairs.as_chunks();
    for two in twos {
        let (activities, divisors) = shared::<B>(two, scale, one);
        product = product * divisors;
        for (activity, [_, q]) in activities.into_iter().zip(two) {
            chunk.add(B::F64::load(q), activity - center);
        }
    }
    for [exponentials, q] in rest {
        let divisor = B::F64::load(exponentials).mul_add(scale, one);
        product = product * divisor;
        chunk.add(B::F64::load(q), one / divisor - center);
    }
    let mut lanes = [0.0; 2];
    product.store(&mut lanes);
    lanes[0] * lanes[1]
}

/// A product too large for a double.
struct Product {
    mantissa: f64, // in [1, 2)
    exponent: i64,
}

impl Product {
    /// Multiplies by a normal number, at least 1.
    #[inline(always)]
    fn multiply(&mut self, factor: f64) {
        let bits = (self.mantissa * factor).to_bits();
        self.exponent += (bits >> 52) as i64 - 1023;
        self.mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1f64.to_bits());
    }

    fn log(&self) -> f64 {
        libm::log(self.mantissa) + self.exponent as f64 * core::f64::consts::LN_2
    }
}
