//! What the sums over all subnetworks become: moments, geometric means, approximations and bounds.

use crate::activation::log_sum_exp;
use crate::exact::sum::Sum;

/// Which geometric means an activation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `O` in (0, 1) with complement `1 − O`.
    Logistic,
    /// The units of the layer sum to 1.
    Softmax,
    /// None.
    Other,
}

/// Sums over subnetworks for one unit, about its deterministic activity `O*`.
///
/// Powers of `O − O*` lose nothing to cancellation when the ensemble is narrow: `E − O*` is then of second order.
#[derive(Clone, Copy, Debug)]
pub struct UnitSums {
    center: f64,
    powers: [Sum; 4],
    log: Sum,
    log_complement: Sum,
    least: f64,
    largest: f64,
}

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

    /// A subnetwork of probability `p` in which the unit is `activity`.
    pub fn add(&mut self, p: f64, activity: f64) {
        let difference = activity - self.center;
        let mut term = p;
        for sum in &mut self.powers {
            term *= difference;
            sum.add(term);
        }
        self.least = self.least.min(activity);
        self.largest = self.largest.max(activity);
    }

    /// The logarithms of the activity and of its complement in the same subnetwork.
    pub fn add_logarithms(&mut self, p: f64, log: f64, log_complement: f64) {
        self.log.add(p * log);
        self.log_complement.add(p * log_complement);
    }

    /// `E = Σ P O`.
    pub fn mean(&self) -> f64 {
        self.center + self.powers[0].total()
    }

    /// `V = Σ P (O − E)²`; a negative value no larger than `error_bound` is rounding about 0.
    pub fn variance(&self, error_bound: f64) -> f64 {
        let first = self.powers[0].total();
        let variance = self.powers[1].total() - first * first;
        if variance < 0.0 && -variance <= error_bound { 0.0 } else { variance }
    }

    /// `μ₄ = Σ P (O − E)⁴`.
    pub fn fourth_moment(&self) -> f64 {
        let [first, second, third, fourth] = self.powers.map(|sum| sum.total());
        fourth - 4.0 * first * third + 6.0 * first * first * second - 3.0 * first.powi(4)
    }

    /// `log G = Σ P log O`.
    pub fn log_geometric_mean(&self) -> f64 {
        self.log.total()
    }

    /// `log G' = Σ P log(1 − O)`.
    pub fn log_complement_geometric_mean(&self) -> f64 {
        self.log_complement.total()
    }
}

/// One named statistic of every row and unit.
pub type Table = Vec<(&'static str, Vec<f64>)>;

/// All statistics of one row, appended to their columns; `units` selects what is reported.
pub fn report(table: &mut Table, family: Family, sums: &[UnitSums], units: &[usize], error_bound: f64) {
    let logs: Vec<f64> = sums.iter().map(UnitSums::log_geometric_mean).collect();
    let log_total = if family == Family::Softmax { log_sum_exp(&logs) } else { 0.0 };
    for &unit in units {
        let sums = &sums[unit];
        let (mean, variance) = (sums.mean(), sums.variance(error_bound));
        let mut put = |name: &'static str, value: f64| column(table, name).push(value);
        put("mean", mean);
        put("variance", variance);
        put("fourthMoment", sums.fourth_moment());
        put("deterministic", sums.center);
        match family {
            Family::Other => {}
            Family::Softmax => {
                put("geometricMean", libm::exp(logs[unit]));
                put("nwgm", libm::exp(logs[unit] - log_total));
            }
            Family::Logistic => {
                let (log, log_complement) = (logs[unit], sums.log_complement_geometric_mean());
                put("geometricMean", libm::exp(log));
                put("complementGeometricMean", libm::exp(log_complement));
                put("nwgm", crate::activation::logistic(log - log_complement));
                approximations(mean, variance, &mut put);
                let bound = |activity: f64| if variance == 0.0 { 0.0 } else { variance / (2.0 * activity) };
                put("bounds.cartwrightField.lower", bound(sums.largest));
                put("bounds.cartwrightField.upper", bound(sums.least));
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
