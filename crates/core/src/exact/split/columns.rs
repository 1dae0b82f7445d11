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

/// Classes of fewer masks are not worth a run of their own.
const SHORTEST_RUN: usize = 8;

/// Two neighbouring columns: `e^−(B − base)` and `Q` of both.
pub type Pair = [[f64; 2]; 2];

/// All columns, band after band.
#[derive(Clone, Debug)]
pub struct Columns {
    /// By pair; an odd run ends in a column of exponential 0 and probability 0, which adds nothing to any sum.
    pub pairs: Vec<Pair>,
    /// Ascending in `B`.
    pub bands: Vec<Band>,
}

/// Columns of nearly equal `B`.
#[derive(Clone, Debug)]
pub struct Band {
    /// All its columns.
    pub runs: Vec<Run>,
    /// `Σ Q`.
    pub probability: f64,
    /// `Σ Q B`.
    pub moment: f64,
    least: f64,
    largest: f64,
}

/// Columns side by side.
#[derive(Clone, Debug)]
pub struct Run {
    /// Their pairs.
    pub pairs: Range<usize>,
    /// The probability of each where all have the same by construction.
    pub common: Option<f64>,
}

/// Whether masks of these gates, equal rates side by side, come in classes that on average are no run.
pub fn are_classes_short(gates: &[Gate]) -> bool {
    let alike = gates.chunk_by(|x, y| (x.rate, x.keep) == (y.rate, y.keep));
    let classes: usize = alike.map(|alike| alike.len() + 1).product();
    (1 << gates.len()) / classes < SHORTEST_RUN
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

/// A column before it is placed.
#[derive(Clone, Copy, Debug)]
struct Column {
    class: Option<usize>, // of equal probabilities
    b: f64,
    q: f64,
}

impl Columns {
    /// Columns in runs as long as a band.
    pub fn by_band(gates: &[Gate]) -> Self {
        Self::place(masks(gates, 0.0).into_iter().map(|[b, q]| Column { class: None, b, q }).collect())
    }

    /// Columns in runs of one probability, as far as there are runs: of masks that keep as many gates of every rate.
    ///
    /// The probability is computed once per class, since the order of its factors would change its last bits.
    pub fn by_probability(gates: &[Gate]) -> Self {
        let mut columns = vec![(0, 0.0)]; // class and B
        let mut classes = vec![1.0]; // probability
        for alike in gates.chunk_by(|x, y| (x.rate, x.keep) == (y.rate, y.keep)) {
            for gate in alike {
                let kept = columns.iter().map(|(class, b)| (class + classes.len(), b + gate.coefficient));
                columns.extend(kept.collect::<Vec<_>>());
            }
            let power = |base: f64, exponent: usize| (0..exponent).fold(1.0, |power, _| power * base);
            let mask = |kept: usize| power(alike[0].keep, kept) * power(alike[0].rate, alike.len() - kept);
            let masks: Vec<f64> = (0..=alike.len()).map(mask).collect();
            classes = masks.iter().flat_map(|mask| classes.iter().map(move |class| class * mask)).collect();
        }
        let mut members = vec![0; classes.len()];
        columns.iter().for_each(|&(class, _)| members[class] += 1);
        let column = |&(class, b): &(usize, f64)| Column {
            class: (members[class] >= SHORTEST_RUN).then_some(class),
            b,
            q: classes[class],
        };
        Self::place(columns.iter().map(column).collect())
    }

    fn place(mut columns: Vec<Column>) -> Self {
        let base = columns.iter().map(|column| column.b).fold(f64::INFINITY, f64::min);
        let band = |column: &Column| ((column.b - base) / WIDTH).floor();
        columns.sort_by(|x, y| band(x).total_cmp(&band(y)).then(x.class.cmp(&y.class)));
        let mut placed = Self { pairs: Vec::with_capacity(columns.len() / 2 + 1), bands: Vec::new() };
        for members in columns.chunk_by(|x, y| band(x) == band(y)) {
            placed.add_band(members);
        }
        placed
    }

    fn add_band(&mut self, members: &[Column]) {
        let least = members.iter().map(|column| column.b).fold(f64::INFINITY, f64::min);
        let largest = members.iter().map(|column| column.b).fold(f64::NEG_INFINITY, f64::max);
        let mut runs = Vec::new();
        for run in members.chunk_by(|x, y| x.class == y.class) {
            let first = self.pairs.len();
            for pair in run.chunks(2) {
                let mut lanes = Pair::default();
                for (lane, column) in pair.iter().enumerate() {
                    lanes[0][lane] = libm::exp(least - column.b);
                    lanes[1][lane] = column.q;
                }
                self.pairs.push(lanes);
            }
            runs.push(Run { pairs: first..self.pairs.len(), common: run[0].class.map(|_| run[0].q) });
        }
        let (mut probability, mut moment) = (Sum::default(), Sum::default());
        for column in members {
            probability.add(column.q);
            moment.add(column.q * column.b);
        }
        self.bands.push(Band { runs, probability: probability.total(), moment: moment.total(), least, largest });
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
