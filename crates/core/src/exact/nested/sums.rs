//! The sums of the target's units over blocks of masks.

use crate::exact::affine::UnitStatistics;
use crate::exact::lane_sum::LaneSum;
use crate::exact::statistics::{RowStatistics, log_totals};
use crate::exact::sum::Sum;
use crate::exact::weighted_moments::{MomentTree, WeightedMoments};
use thinned_lanes::{Backend, F64x2};

/// Pairs of lanes that are summed without compensation.
pub const CHUNK: usize = 64;

/// Numbers of one unit in a share.
pub const NUMBERS: usize = 9;

/// What is known of one unit over the blocks so far.
#[derive(Clone, Debug)]
pub struct UnitTotals {
    moments: MomentTree,
    logarithms: [Sum; 2], // of G and G'; NaN where there are none
    least: f64,
    largest: f64,
}

impl UnitTotals {
    /// No blocks yet.
    pub fn new() -> Self {
        Self {
            moments: MomentTree::default(),
            logarithms: [Sum::default(); 2],
            least: f64::INFINITY,
            largest: f64::NEG_INFINITY,
        }
    }

    /// Adds the activities of a block and their probabilities.
    pub fn add<B: Backend>(&mut self, activities: &[[f64; 2]], weights: &[[f64; 2]]) {
        self.add_moments(moments::<B>(activities, weights));
        let (least, largest) = extremes::<B>(activities);
        self.add_extremes([least, largest]);
    }

    /// Adds the moments of some masks.
    pub fn add_moments(&mut self, moments: WeightedMoments) {
        self.moments.add(moments);
    }

    /// Adds `Σ P log` of activities and of their complements.
    pub fn add_logarithms(&mut self, logarithms: [f64; 2]) {
        self.logarithms.iter_mut().zip(logarithms).for_each(|(total, log)| total.add(log));
    }

    /// Adds activities between which, in any order, others lie.
    pub fn add_extremes(&mut self, [a, b]: [f64; 2]) {
        self.least = self.least.min(a).min(b);
        self.largest = self.largest.max(a).max(b);
    }

    /// All of it: moments, logarithms, extremes.
    pub fn numbers(&self) -> [f64; NUMBERS] {
        let WeightedMoments { weight, mean, powers: [second, third, fourth] } = self.moments.total();
        let [log, log_complement] = self.logarithms.map(|sum| sum.total());
        [weight, mean, second, third, fourth, log, log_complement, self.least, self.largest]
    }

    /// Adds what [`UnitTotals::numbers`] found.
    pub fn add_numbers(&mut self, numbers: &[f64; NUMBERS]) {
        let [weight, mean, second, third, fourth, log, log_complement, least, largest] = *numbers;
        self.add_moments(WeightedMoments { weight, mean, powers: [second, third, fourth] });
        self.add_logarithms([log, log_complement]);
        self.add_extremes([least, largest]);
    }

    fn statistics(&self, bound: impl FnOnce(&UnitStatistics) -> f64) -> UnitStatistics {
        let total = self.moments.total();
        let [variance, third_moment, fourth_moment] = total.central();
        let [log, log_complement] = self.logarithms.map(|sum| sum.total());
        UnitStatistics {
            mean: total.mean,
            variance,
            third_moment,
            fourth_moment,
            log_geometric_mean: log,
            log_complement_geometric_mean: log_complement,
            least: self.least,
            largest: self.largest,
            error_bound: f64::NAN,
        }
        .within(bound)
    }
}

/// The statistics of those `wanted` of the units that the totals are of; so many neighbours share a softmax, if there is one.
pub fn row_statistics(
    totals: &[UnitTotals],
    wanted: &[usize],
    softmax: Option<usize>,
    bound: impl Fn(&UnitStatistics) -> f64,
) -> RowStatistics {
    let all: Vec<UnitStatistics> = totals.iter().map(|unit| unit.statistics(&bound)).collect();
    let logs: Vec<f64> = all.iter().map(|unit| unit.log_geometric_mean).collect();
    let log_totals = softmax.map_or(Vec::new(), |channels| log_totals(&logs, channels));
    RowStatistics {
        units: wanted.iter().map(|&place| all[place]).collect(),
        log_totals: wanted.iter().filter_map(|&place| log_totals.get(place).copied()).collect(),
    }
}

/// About the mean of the block itself, so that nothing cancels: first the mean, then the powers.
fn moments<B: Backend>(activities: &[[f64; 2]], weights: &[[f64; 2]]) -> WeightedMoments {
    let chunks = || activities.chunks(CHUNK).zip(weights.chunks(CHUNK));
    let (mut weight, mut mean) = (LaneSum::<B>::new(), LaneSum::<B>::new());
    for (activities, weights) in chunks() {
        let mut sums = [B::F64::splat(0.0); 2];
        for (activity, weight) in activities.iter().zip(weights) {
            let weight = B::F64::load(weight);
            sums[0] = sums[0] + weight;
            sums[1] = B::F64::load(activity).mul_add(weight, sums[1]);
        }
        weight.add(sums[0]);
        mean.add(sums[1]);
    }
    let weight = weight.total();
    if weight == 0.0 {
        return WeightedMoments::default();
    }
    let mean = mean.total() / weight;
    let center = B::F64::splat(mean);
    let mut powers = [LaneSum::<B>::new(); 4];
    for (activities, weights) in chunks() {
        let mut sums = [B::F64::splat(0.0); 4];
        for (activity, weight) in activities.iter().zip(weights) {
            let difference = B::F64::load(activity) - center;
            let mut term = B::F64::load(weight);
            for sum in &mut sums {
                term = term * difference;
                *sum = *sum + term;
            }
        }
        powers.iter_mut().zip(sums).for_each(|(power, sum)| power.add(sum));
    }
    let [first, second, third, fourth] = powers.map(LaneSum::total);
    // The mean as computed is off by roundings, which its own first power shows.
    let shift = first / weight;
    let second = second - first * shift; // Below 0 by a rounding where all activities are equal.
    let second = if second < 0.0 { 0.0 } else { second };
    WeightedMoments { weight, mean: mean + shift, powers: [second, third - 3.0 * shift * second, fourth] }
}

/// The least and the largest of some values.
pub fn extremes<B: Backend>(values: &[[f64; 2]]) -> (f64, f64) {
    let (mut least, mut largest) = (B::F64::splat(f64::INFINITY), B::F64::splat(f64::NEG_INFINITY));
    for value in values {
        let value = B::F64::load(value);
        least = value.select(least, value.less_than(least));
        largest = value.select(largest, largest.less_than(value));
    }
    let (mut low, mut high) = ([0.0; 2], [0.0; 2]);
    least.store(&mut low);
    largest.store(&mut high);
    (low[0].min(low[1]), high[0].max(high[1]))
}
