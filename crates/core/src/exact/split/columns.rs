//! The columns of the enumeration: exponentials and probabilities of the masks of one part of the gates.

use super::gate::{Gate, masks};
use crate::exact::sum::Sum;
use core::ops::Range;

/// Pairs of columns that are summed without compensation.
pub const CHUNK: usize = 64;
/// `B` differs by less than this in a band.
const WIDTH: f64 = 64.0;
/// Beyond this, `O` is 0 or 1 to within `e^−250 = 10^−109`, and `log(1 + e^−X)` is `−X` or 0.
///
/// With the width of a band no `e^−X` exceeds `e^314`, so that the product of two is finite.
const SATURATION: f64 = 250.0;

/// Two neighbouring columns: `e^−(B − base)` and `Q` of both.
pub type Pair = [[f64; 2]; 2];

/// All columns, band after band.
#[derive(Clone, Debug)]
pub struct Columns {
    /// By pair; an odd band ends in a column of exponential 0 and probability 0, which adds nothing to any sum.
    pub pairs: Vec<Pair>,
    /// Ascending in `B`.
    pub bands: Vec<Band>,
}

/// Columns of nearly equal `B`.
#[derive(Clone, Debug)]
pub struct Band {
    /// Its columns.
    pub pairs: Range<usize>,
    /// `Σ Q`.
    pub probability: f64,
    /// `Σ Q B`.
    pub moment: f64,
    least: f64,
    largest: f64,
}

/// What a row does in a band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// Every activity is 0.
    Zero,
    /// Every activity is 1.
    One,
    /// `e^−X` is this times the exponential of the column.
    Between(f64),
}

impl Columns {
    /// The masks of these gates.
    pub fn of(gates: &[Gate]) -> Self {
        let mut columns = masks(gates, 0.0);
        let base = columns.iter().map(|[b, _]| *b).fold(f64::INFINITY, f64::min);
        let band = |[b, _]: &[f64; 2]| ((b - base) / WIDTH).floor();
        columns.sort_by(|x, y| band(x).total_cmp(&band(y)));
        let mut placed = Self { pairs: Vec::with_capacity(columns.len() / 2 + 1), bands: Vec::new() };
        for members in columns.chunk_by(|x, y| band(x) == band(y)) {
            placed.add_band(members);
        }
        placed
    }

    fn add_band(&mut self, members: &[[f64; 2]]) {
        let least = members.iter().map(|[b, _]| *b).fold(f64::INFINITY, f64::min);
        let largest = members.iter().map(|[b, _]| *b).fold(f64::NEG_INFINITY, f64::max);
        let first = self.pairs.len();
        for pair in members.chunks(2) {
            let mut lanes = Pair::default();
            for (lane, [b, q]) in pair.iter().enumerate() {
                lanes[0][lane] = libm::exp(least - b);
                lanes[1][lane] = *q;
            }
            self.pairs.push(lanes);
        }
        let (mut probability, mut moment) = (Sum::default(), Sum::default());
        for [b, q] in members {
            probability.add(*q);
            moment.add(q * b);
        }
        let pairs = first..self.pairs.len();
        self.bands.push(Band { pairs, probability: probability.total(), moment: moment.total(), least, largest });
    }
}

impl Band {
    /// What the row `a` does here.
    pub fn level(&self, a: f64) -> Level {
        if a + self.largest < -SATURATION {
            Level::Zero
        } else if a + self.least > SATURATION {
            Level::One
        } else {
            Level::Between(libm::exp(-(a + self.least)))
        }
    }
}
