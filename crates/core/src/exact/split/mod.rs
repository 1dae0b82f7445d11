//! One logistic unit by two tables: every subnetwork, and no exponential for any of them (THEORY §4.3).
//!
//! The gates are cut in halves, so that `X = λS − ln c = A_i + B_j` with `i` and `j` over the masks of the halves. The
//! obvious loop is
//!
//! ```text
//! for i { for j { O = 1 / (1 + e^−(A_i + B_j)); for k in 1..=4 { M_k += P_i·Q_j·(O − c)^k } } }
//! ```
//!
//! 1. `e^−(A_i + B_j) = e^−A_i · e^−B_j`: two tables of exponentials, one multiplication per subnetwork. The columns are
//!    split in bands in which `B` varies little ([`columns`]), each scaled by its own largest exponential: no product
//!    overflows that matters, and `e^800 · e^−790` is never formed. A band in which a row is saturated is one product.
//! 2. A row sums over its columns and is weighted by `P_i` once; the columns run in vectors of two. Chunks of columns are
//!    summed plainly, chunks and rows with compensation.
//! 3. `c` is the mean of one row that is at least half as likely as the likeliest, the one in the middle of such rows. By
//!    the law of total variance `P_i·(E − c)² ≤ V`, so that `V = M_2 − M_1²` cancels at most the bits of `1 + 1/P_i`,
//!    however the activities are distributed; about the deterministic activity there is no such limit.
//! 4. Logarithms, for the geometric means, are one for each subnetwork ([`geometric`]) only where there are few: as soon as it
//!    is cheaper their mean is that of the integral of [`crate::exact::characteristic`], to about `1e-15` ([`walk`]). Mean
//!    and variance are of every subnetwork always.
//!
//! Rows are summed in fixed blocks and the blocks in order: where a run pauses, and who computes which block, changes no
//! bit. Cost `O(2^n)`, memory `32·2^⌈n/2⌉` bytes, a few times that for a moment at the start.

mod central;
mod columns;
mod gate;
mod geometric;
mod moments;
#[cfg(test)]
pub(in crate::exact) mod naive;
mod rounding;
#[cfg(test)]
mod tests;

use crate::activation::logistic;
use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::characteristic;
use crate::exact::plan::Purpose;
use crate::exact::sum::Sum;
use crate::exact::unit_by_unit::UnitWalk;
use core::ops::Range;
use thinned_lanes::Backend;

pub(in crate::exact) use central::Central;
pub(in crate::exact) use gate::{Gate, gates};
pub use geometric::Geometric;
pub use moments::Moments;
use rounding::Scale;

/// Rows of a block: the unit of work that workers share and checkpoints keep.
const BLOCK: usize = 64;

/// Mean and variance, with `P` = 4 the fourth moment.
pub type Split<B, const P: usize> = Enumeration<Moments<B, P>>;
/// The same and both geometric means.
pub type SplitGeometric<B, const P: usize> = Enumeration<Geometric<B, P>>;

/// A grid has at least as many nodes as make an integral dearer than logarithms for fewer gates.
const FEWEST_GATES_OF_INTEGRALS: usize = 10;

/// The walk of one unit: with logarithms, or beside an integral of them. The fourth moment is for a cross-check.
pub fn walk<B: Backend>(units: &AffineUnits, unit: usize, of: (f64, f64), purpose: Purpose) -> Box<dyn UnitWalk> {
    match purpose {
        Purpose::Report => walk_of::<B, 2>(units, unit, of),
        Purpose::CrossCheck => walk_of::<B, 4>(units, unit, of),
    }
}

fn walk_of<B: Backend, const P: usize>(units: &AffineUnits, unit: usize, (c, lambda): (f64, f64)) -> Box<dyn UnitWalk> {
    if pays_to_integrate(units, unit, (c, lambda)) {
        let integral = characteristic::logistic::<B>(&units.only(unit), c, lambda)[0];
        if integral.error_bound.is_finite() {
            return Box::new(Split::<B, P>::new(units, unit, c, lambda).with_logarithms(&integral));
        }
    }
    Box::new(SplitGeometric::<B, P>::new(units, unit, c, lambda))
}

/// Whether the factors of an integral, one for each node and gate, are fewer than logarithms of subnetworks, which take as long.
fn pays_to_integrate(units: &AffineUnits, unit: usize, (c, lambda): (f64, f64)) -> bool {
    let gates = gates(units, unit, lambda).len();
    gates >= FEWEST_GATES_OF_INTEGRALS
        && characteristic::nodes(&units.only(unit), c, lambda) * (gates as f64) < (gates as f64).exp2()
}

/// What is computed for a row.
pub trait Kernel {
    /// A kernel for these gates, whose masks are the columns.
    fn new(gates: &[Gate]) -> Self;
    /// `Σ_j Q_j (O − c)^k` for `k` from 1 on and `Σ_j Q_j log(1 + e^−X)` of the row `A_i`.
    fn row(&self, a: f64, center: f64) -> RowSums;
    /// The bound that [`UnitStatistics`] reports.
    fn error_bound(scale: &Scale) -> f64;
}

/// Powers 1 to 4, then the logarithm; NaN for what the kernel does not compute, and so is what becomes of it.
pub type RowSums = [f64; 5];

/// A run over all rows, advanced step by step.
#[derive(Clone, Debug)]
pub struct Enumeration<K> {
    kernel: K,
    column_gates: usize,
    rows: Vec<[f64; 2]>, // [rows]: A_i and P_i
    pending: Range<usize>,
    center: f64,
    block: [Sum; 5],        // of the rows before `pending.start` in its block
    sums: Vec<RowSums>,     // by block, NaN until it is complete
    expectation: f64,       // E[X]
    extremes: (f64, f64),   // of O
    logarithm: Option<f64>, // of G, where no row has it
    error_bound: f64,
}

impl<K: Kernel> Enumeration<K> {
    /// A run for `O = 1 / (1 + c·e^(−λS))` of one unit. The caller refuses what it cannot afford.
    pub fn new(units: &AffineUnits, unit: usize, c: f64, lambda: f64) -> Self {
        let shift = libm::log(c);
        let gates = gates(units, unit, lambda);
        let column_gates = gates.len().div_ceil(2);
        let constant = lambda * units.constants[unit] - shift;
        let (columns, rest) = gates.split_at(column_gates);
        let kernel = K::new(columns);
        let rows = gate::masks(rest, constant);
        let (least, largest) = units.extremes(unit);
        let ends = [least, largest].map(|s| logistic(lambda * s - shift));
        let extremes = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let magnitude: f64 = gates.iter().map(|gate| gate.coefficient.abs()).sum();
        let expectation = lambda * units.expectation(unit) - shift;
        let scale = Scale {
            gates: gates.len() as f64,
            expectation: expectation.abs(),
            logit: magnitude + (lambda * units.constants[unit]).abs() + shift.abs(),
            spread: extremes.1 - extremes.0,
        };
        Self {
            center: center(&kernel, &rows),
            column_gates,
            pending: 0..rows.len(),
            block: [Sum::default(); 5],
            sums: vec![[f64::NAN; 5]; rows.len().div_ceil(BLOCK)],
            expectation,
            extremes,
            logarithm: None,
            error_bound: K::error_bound(&scale),
            kernel,
            rows,
        }
    }

    /// The same with the geometric means of `integral`, for a kernel without logarithms.
    pub fn with_logarithms(self, integral: &UnitStatistics) -> Self {
        let error_bound = self.error_bound.max(integral.error_bound);
        Self { logarithm: Some(integral.log_geometric_mean), error_bound, ..self }
    }

    /// Subnetworks left. A gate with coefficient 0 makes none.
    pub fn remaining(&self) -> f64 {
        self.pending.len() as f64 * (self.column_gates as f64).exp2()
    }

    /// Computes `evaluations` more subnetworks, rounded up to whole rows of `2^⌈n/2⌉`.
    pub fn step(&mut self, evaluations: u64) {
        let rows = evaluations.div_ceil(1 << self.column_gates).min(self.pending.len() as u64) as usize;
        for row in self.pending.start..self.pending.start + rows {
            let [a, p] = self.rows[row];
            let sums = self.kernel.row(a, self.center);
            self.block.iter_mut().zip(sums).for_each(|(total, sum)| total.add(p * sum));
            if (row + 1) % BLOCK == 0 || row + 1 == self.rows.len() {
                self.sums[row / BLOCK] = self.block.map(|sum| sum.total());
                self.block = [Sum::default(); 5];
            }
        }
        self.pending.start += rows;
    }

    /// Blocks of rows, each of which can be computed anywhere.
    pub fn blocks(&self) -> usize {
        self.sums.len()
    }

    /// Leaves only these blocks to be computed, from their beginning.
    pub fn restrict(&mut self, blocks: Range<usize>) {
        let row = |block: usize| (block * BLOCK).min(self.rows.len());
        self.pending = row(blocks.start)..row(blocks.end);
        self.block = [Sum::default(); 5];
    }

    /// The sums by block: what a worker sends and a checkpoint keeps. The first is NaN while the block is not complete.
    pub fn block_sums(&self) -> &[RowSums] {
        &self.sums
    }

    /// Takes over blocks that a run of the same unit has completed, the first of them being `first`.
    pub fn accept(&mut self, first: usize, sums: &[RowSums]) {
        self.sums[first..first + sums.len()].copy_from_slice(sums);
    }

    /// The statistics; NaN while a block is missing.
    pub fn finish(&self) -> UnitStatistics {
        let mut totals = [Sum::default(); 5];
        for block in &self.sums {
            totals.iter_mut().zip(block).for_each(|(total, &sum)| total.add(sum));
        }
        let [first, second, third, fourth, log] = totals.map(|total| total.total());
        let log = self.logarithm.map_or(log, |log| -log);
        let central = Central::new(self.center, [first, second, third, fourth], self.error_bound);
        UnitStatistics {
            mean: central.mean,
            variance: central.variance,
            third_moment: f64::NAN,
            fourth_moment: central.fourth_moment,
            log_geometric_mean: -log,
            // log σ(X) − log σ(−X) = X, in expectation.
            log_complement_geometric_mean: -log - self.expectation,
            least: self.extremes.0,
            largest: self.extremes.1,
            error_bound: self.error_bound,
        }
    }
}

/// The mean of the row that departure 3 chooses.
fn center(kernel: &impl Kernel, rows: &[[f64; 2]]) -> f64 {
    let likeliest = rows.iter().map(|row| row[1]).fold(0.0, f64::max);
    let middle: f64 = rows.iter().map(|[a, p]| a * p).sum();
    let likely = rows.iter().filter(|row| row[1] >= 0.5 * likeliest);
    let row = likely.min_by(|x, y| (x[0] - middle).abs().total_cmp(&(y[0] - middle).abs()));
    row.map_or(0.0, |row| kernel.row(row[0], 0.0)[0])
}
