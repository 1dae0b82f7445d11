//! What the sums over all subnetworks become: moments, geometric means, approximations and bounds.

use crate::activation::{Activation, log_sum_exp, logistic};
use crate::exact::affine::UnitStatistics;
use crate::exact::sum::Sum;

/// Which geometric means an activation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `O` in (0, 1) with complement `1 − O`.
    Logistic,
    /// The units of the layer, or of each place of an image, sum to 1.
    Softmax,
    /// None.
    Other,
}

impl Family {
    /// The family of units of this activation.
    pub fn of(activation: Option<Activation>) -> Self {
        match activation {
            Some(Activation::Sigmoid { .. }) => Self::Logistic,
            Some(Activation::Softmax) => Self::Softmax,
            _ => Self::Other,
        }
    }
}

/// Sums over subnetworks for one unit, about its deterministic activity `O*`.
///
/// `E − O*` is of second order in the width of the ensemble, so powers of `O − O*` lose little to cancellation where `O*`
/// approximates `E`. Where it does not, `V` is good to a rounding of `(E − O*)²`, which the error bound covers.
#[derive(Clone, Copy, Debug)]
pub struct UnitSums {
    center: f64,
    powers: [Sum; 4],
    log: Sum,
    log_complement: Sum,
    least: f64,
    largest: f64,
}

/// Numbers of one unit in a share.
pub const NUMBERS: usize = 8;

impl UnitSums {
    /// No subnetworks yet.
    pub fn new(center: f64) -> Self {
        Self {
            center,
            powers: [Sum::default(); 4],
            log: Sum::default(),
            log_complement: Sum::default(),
            least: f64::INFINITY,
            largest: f64::NEG_INFINITY,
        }
    }

    /// `O*`.
    pub fn center(&self) -> f64 {
        self.center
    }

    /// The subnetworks of a block.
    pub fn add_block(&mut self, block: &Block) {
        self.powers.iter_mut().zip(block.powers).for_each(|(sum, term)| sum.add(term));
        self.log.add(block.log);
        self.log_complement.add(block.log_complement);
        self.least = self.least.min(block.least);
        self.largest = self.largest.max(block.largest);
    }

    /// All of it: powers, logarithms, extremes.
    pub fn numbers(&self) -> [f64; NUMBERS] {
        let [first, second, third, fourth] = self.powers.map(|sum| sum.total());
        [first, second, third, fourth, self.log.total(), self.log_complement.total(), self.least, self.largest]
    }

    /// Adds what [`UnitSums::numbers`] found about the same center.
    pub fn add_numbers(&mut self, numbers: &[f64; NUMBERS]) {
        let [first, second, third, fourth, log, log_complement, least, largest] = *numbers;
        self.add_block(&Block { powers: [first, second, third, fourth], log, log_complement, least, largest });
    }

    /// The statistics, of which `bound` tells the error.
    pub fn finish(&self, bound: impl FnOnce(&UnitStatistics) -> f64) -> UnitStatistics {
        let [first, second, third, fourth] = self.powers.map(|sum| sum.total());
        UnitStatistics {
            mean: self.center + first,
            variance: second - first * first,
            third_moment: third - 3.0 * first * second + 2.0 * first.powi(3),
            fourth_moment: fourth - 4.0 * first * third + 6.0 * first * first * second - 3.0 * first.powi(4),
            log_geometric_mean: self.log.total(),
            log_complement_geometric_mean: self.log_complement.total(),
            least: self.least,
            largest: self.largest,
            error_bound: f64::NAN,
        }
        .within(bound)
    }
}

/// What the sums of some units have come to, one after the other.
pub fn numbers_of(sums: &[UnitSums]) -> Vec<f64> {
    sums.iter().flat_map(UnitSums::numbers).collect()
}

/// Adds what [`numbers_of`] found, and returns the numbers that are left.
pub fn add_numbers<'a>(sums: &mut [UnitSums], numbers: &'a [f64]) -> &'a [f64] {
    let (own, rest) = numbers.split_at((sums.len() * NUMBERS).min(numbers.len()));
    sums.iter_mut().zip(own.as_chunks().0).for_each(|(sums, numbers)| sums.add_numbers(numbers));
    rest
}

/// Plain sums over a few subnetworks for one unit, to be added to compensated ones.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    powers: [f64; 4],
    log: f64,
    log_complement: f64,
    least: f64,
    largest: f64,
}

impl Default for Block {
    fn default() -> Self {
        Self { powers: [0.0; 4], log: 0.0, log_complement: 0.0, least: f64::INFINITY, largest: f64::NEG_INFINITY }
    }
}

impl Block {
    /// A subnetwork of probability `p` in which the unit is `difference` from its center at `activity`.
    pub fn add(&mut self, p: f64, activity: f64, difference: f64) {
        let mut term = p;
        for sum in &mut self.powers {
            term *= difference;
            *sum += term;
        }
        self.least = self.least.min(activity);
        self.largest = self.largest.max(activity);
    }

    /// Subnetworks of probability `p` together, of mean `difference` from the center and of these central moments.
    pub fn add_conditional(&mut self, p: f64, difference: f64, [variance, third, fourth]: [f64; 3]) {
        let (d, square) = (difference, difference * difference);
        self.powers[0] += p * d;
        self.powers[1] += p * (variance + square);
        self.powers[2] += p * (third + d * (3.0 * variance + square));
        self.powers[3] += p * (fourth + d * (4.0 * third + d * (6.0 * variance + square)));
    }

    /// Activities from `least` to `largest`.
    pub fn extend(&mut self, least: f64, largest: f64) {
        self.least = self.least.min(least);
        self.largest = self.largest.max(largest);
    }

    /// The logarithms of the activity and of its complement in the same subnetwork.
    pub fn add_logarithms(&mut self, p: f64, log: f64, log_complement: f64) {
        self.log += p * log;
        self.log_complement += p * log_complement;
    }
}

/// What a method finds for one row of a group of units.
#[derive(Clone, Debug)]
pub struct RowStatistics {
    /// In the order of the group's units.
    pub units: Vec<UnitStatistics>,
    /// `log Σ_k G_k` over the units that share a softmax with the unit; empty elsewhere.
    pub log_totals: Vec<f64>,
}

/// `log Σ_k G_k` for each unit, from its own logarithm: so many neighbours share a softmax.
pub fn log_totals(logs: &[f64], channels: usize) -> Vec<f64> {
    let each = |logs| core::iter::repeat_n(log_sum_exp(logs), channels);
    logs.chunks_exact(channels).flat_map(each).collect()
}

/// One named statistic of every row and unit.
pub type Table = Vec<(&'static str, Vec<f64>)>;

/// What is reported beside the statistics of a unit, whatever the method.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// `O*`.
    pub deterministic: f64,
    /// For a cross-check.
    pub compared: Option<Compared>,
}

/// What a cross-check compares by, beside moments.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// The rounding to expect of the activity in single precision.
    pub floor: f64,
    /// Where activities lie (see [`crate::exact::reach`]).
    pub reach: (f64, f64),
}

/// All statistics of one row, appended to their columns.
///
/// With `is_absolute` a variance is known to its error bound and no further, which the Cartwright-Field bounds of `E − G` then have room for.
pub fn report(table: &mut Table, family: Family, row: &RowStatistics, beside: &[Beside], is_absolute: bool) {
    for (index, (unit, beside)) in row.units.iter().zip(beside).enumerate() {
        let mut put = |name: &'static str, value: f64| column(table, name).push(value);
        put("mean", unit.mean);
        put("variance", unit.variance);
        put("consistency", unit.variance.sqrt());
        put("fourthMoment", unit.fourth_moment);
        put("deterministic", beside.deterministic);
        if let Some(Compared { floor, reach: (least, largest) }) = beside.compared {
            put("roundingFloor", floor);
            put("least", least);
            put("largest", largest);
            put("errorBound", unit.error_bound);
        }
        match family {
            Family::Other => {}
            Family::Softmax => {
                put("geometricMean", libm::exp(unit.log_geometric_mean));
                put("nwgm", libm::exp(unit.log_geometric_mean - row.log_totals[index]));
            }
            Family::Logistic => {
                let (log, log_complement) = (unit.log_geometric_mean, unit.log_complement_geometric_mean);
                put("geometricMean", libm::exp(log));
                put("complementGeometricMean", libm::exp(log_complement));
                put("nwgm", logistic(log - log_complement));
                approximations(unit.mean, unit.variance, &mut put);
                let ratio =
                    |variance: f64, activity: f64| if variance > 0.0 { variance / (2.0 * activity) } else { 0.0 };
                let error = if is_absolute && unit.least < unit.largest { unit.error_bound } else { 0.0 };
                put("bounds.cartwrightField.lower", ratio(unit.variance - error, unit.largest));
                put("bounds.cartwrightField.upper", ratio(unit.variance + error, unit.least));
            }
        }
    }
}

/// Second-order estimates (Baldi and Sadowski 2013, eq. 19-20) and the bounds of `E − NWGM` (eq. 22).
fn approximations(e: f64, v: f64, put: &mut impl FnMut(&'static str, f64)) {
    let skew = 1.0 - 2.0 * e;
    put("secondOrder.geometricMean", e - v);
    put("secondOrder.nwgm", (e - v) / (1.0 - 2.0 * v));
    put("secondOrder.gap", v * skew / (1.0 - 2.0 * v));
    let most = e * (1.0 - e); // of V, for activities in [0, 1]
    put("bounds.fromVariance", v * skew.abs() / (1.0 - 2.0 * v));
    put("bounds.fromMean", most * skew.abs() / (1.0 - 2.0 * most));
    put("bounds.fromMeanLoose", 2.0 * most * skew.abs());
}

fn column<'a>(table: &'a mut Table, name: &'static str) -> &'a mut Vec<f64> {
    let index = table.iter().position(|(other, _)| *other == name).unwrap_or_else(|| {
        table.push((name, Vec::new()));
        table.len() - 1
    });
    &mut table[index].1
}
