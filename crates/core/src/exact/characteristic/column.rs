//! One unit by itself: `X = x_0 + Σ_j a_j δ_j` over the gates that matter to it.

use crate::exact::affine::AffineUnits;
use crate::exact::characteristic::cumulants::Series;
use crate::exact::sum::Sum;
use core::ops::{ControlFlow, Range};

/// Columns gathered at a time: one cache line of each row.
const TILE: usize = 8;
/// `2 e^(−2 s²/Σa²)` at this `s/‖a‖` is below `1e-18`: the Hoeffding bound on what lies farther from the mean.
const TAIL: f64 = 4.6;

/// `X` of one unit, zero coefficients left out.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// `a`, times the slope of the unit.
    pub coefficients: Vec<f64>,
    /// By coefficient: the index of its gate's [`Series`].
    pub series: Vec<usize>,
    /// By coefficient: the gate.
    pub gates: Vec<usize>,
    /// `x_0`.
    pub constant: f64,
    /// `μ = E X`.
    pub mean: f64,
    /// The least `X` of any subnetwork.
    pub least: f64,
    /// The largest.
    pub largest: f64,
    /// `Var X = Σ p q a²`.
    pub variance: f64,
    /// `μ` with what its last rounding lost: members can be taken from it as if they had never been added.
    pub mean_sum: Sum,
    squares: f64, // Σ a²
}

impl Column {
    /// Starts anew, in the memory that is there.
    fn reset(&mut self, constant: f64) {
        self.constant = constant;
        self.coefficients.clear();
        self.series.clear();
        self.gates.clear();
    }

    fn measure(&mut self, series: &[Series]) {
        let (mut squares, mut variance) = (0.0, 0.0);
        let [mut mean, mut least, mut largest] = [Sum::default(); 3];
        for sum in [&mut mean, &mut least, &mut largest] {
            sum.add(self.constant);
        }
        for (&a, &index) in self.coefficients.iter().zip(&self.series) {
            let Series { keep, rate, .. } = series[index];
            mean.add(a * keep);
            // Adding 0 is cheaper than a branch that a sign decides.
            least.add(a.min(0.0));
            largest.add(a.max(0.0));
            squares += a * a;
            variance += a * a * (keep * rate);
        }
        (self.squares, self.variance, self.mean_sum) = (squares, variance, mean);
        (self.mean, self.least, self.largest) = (mean.total(), least.total(), largest.total());
    }

    /// `max |X|` over all subnetworks.
    pub fn magnitude(&self) -> f64 {
        f64::max(self.largest.abs(), self.least.abs())
    }

    /// `A`: no `|X|` is larger, but for subnetworks of total probability below `1e-18`.
    pub fn extent(&self) -> f64 {
        let tail = TAIL * self.squares.sqrt();
        f64::max(self.largest.min(self.mean + tail), -self.least.max(self.mean - tail))
    }
}

/// The series of all gates; gates that follow each other with the same rate share one.
pub fn series(units: &AffineUnits) -> (Vec<Series>, Vec<usize>) {
    let mut series: Vec<Series> = Vec::new();
    let mut indices = Vec::with_capacity(units.gates());
    for (&keep, &rate) in units.keep.iter().zip(&units.rate) {
        if series.last().is_none_or(|last| (last.keep, last.rate) != (keep, rate)) {
            series.push(Series::new(keep, rate));
        }
        indices.push(series.len() - 1);
    }
    (series, indices)
}

/// `X` of one unit.
pub fn of(units: &AffineUnits, unit: usize, line: (f64, f64), series: &(Vec<Series>, Vec<usize>)) -> Column {
    let mut found = Column::default();
    visit(units, unit..unit + 1, line, series, |column| {
        found = column.clone();
        ControlFlow::Break(())
    });
    found
}

/// Calls `visit` with `X = slope · S + shift` of the selected units in order, until it breaks off.
pub fn visit(
    units: &AffineUnits,
    selected: Range<usize>,
    (slope, shift): (f64, f64),
    series: &(Vec<Series>, Vec<usize>),
    mut visit: impl FnMut(&Column) -> ControlFlow<()>,
) {
    let width = units.units();
    let row = |gate: usize| &units.coefficients[gate * width..(gate + 1) * width];
    // Zero inputs make zero rows: 80 % of them for a handwritten digit.
    let is_live = |gate: &usize| row(*gate)[selected.clone()].iter().any(|a| *a != 0.0);
    let live: Vec<usize> = (0..units.gates()).filter(is_live).collect();
    let mut columns = vec![Column::default(); TILE];
    for first in selected.clone().step_by(TILE) {
        let tile = first..selected.end.min(first + TILE);
        let columns = &mut columns[..tile.len()];
        for (column, b) in columns.iter_mut().zip(&units.constants[tile.clone()]) {
            column.reset(slope * b + shift);
        }
        for &gate in &live {
            for (column, &a) in columns.iter_mut().zip(&row(gate)[tile.clone()]) {
                if a != 0.0 {
                    column.coefficients.push(slope * a);
                    column.series.push(series.1[gate]);
                    column.gates.push(gate);
                }
            }
        }
        for column in columns {
            column.measure(&series.0);
            if visit(column).is_break() {
                return;
            }
        }
    }
}
