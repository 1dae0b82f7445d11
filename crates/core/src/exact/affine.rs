//! Pre-activations that are affine in independent gates: what the fast exact methods start from.
//!
//! When everything a unit reads is fixed but for one layer of gates, `S = b + Σ_j a_j δ_j` with independent gates `δ_j`,
//! `P(δ_j = 1) = p_j`. With standard scaling `a_j = w_j x_j`, with inverted scaling `a_j = w_j x_j / p_j`.

/// Pre-activations of units that depend on the same gates.
#[derive(Clone, Debug, Default)]
pub struct AffineUnits {
    /// By gate: the probability of keeping, `1 - rate`.
    pub keep: Vec<f64>,
    /// By gate: the probability of dropping, as given.
    pub rate: Vec<f64>,
    /// By unit: `b`.
    pub constants: Vec<f64>,
    /// `[gates, units]`, row-major: `a`.
    pub coefficients: Vec<f64>,
}

/// What an exact method finds for one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitStatistics {
    /// `E`.
    pub mean: f64,
    /// `V`.
    pub variance: f64,
    /// `μ₃ = E (O − E)³`; NaN where the method leaves it open.
    pub third_moment: f64,
    /// `μ₄ = E (O − E)⁴`; NaN where the method leaves it open.
    pub fourth_moment: f64,
    /// `log G = E log O`, for logistic units; NaN elsewhere.
    pub log_geometric_mean: f64,
    /// `log G' = E log(1 − O)`, for logistic units; NaN elsewhere.
    pub log_complement_geometric_mean: f64,
    /// The least activity of any subnetwork.
    pub least: f64,
    /// The largest activity of any subnetwork.
    pub largest: f64,
    /// An absolute bound on the rounding and truncation of the mean, the variance, `G`, `G'` and NWGM.
    pub error_bound: f64,
}

impl UnitStatistics {
    /// The same with this bound; a negative variance no larger than it is rounding about 0.
    pub fn within(mut self, bound: impl FnOnce(&Self) -> f64) -> Self {
        self.error_bound = bound(&self);
        self.variance = without_rounding(self.variance, self.error_bound);
        self
    }
}

/// A variance; one that is negative, but no more than by its error, is 0.
pub fn without_rounding(variance: f64, error_bound: f64) -> f64 {
    if variance < 0.0 && -variance <= error_bound { 0.0 } else { variance }
}

impl AffineUnits {
    /// How many units.
    pub fn units(&self) -> usize {
        self.constants.len()
    }

    /// How many gates.
    pub fn gates(&self) -> usize {
        self.keep.len()
    }

    /// One of the units alone.
    pub fn only(&self, unit: usize) -> Self {
        Self {
            keep: self.keep.clone(),
            rate: self.rate.clone(),
            constants: vec![self.constants[unit]],
            coefficients: self.column(unit).collect(),
        }
    }

    /// The coefficients of one unit, by gate.
    pub fn column(&self, unit: usize) -> impl Iterator<Item = f64> + '_ {
        self.coefficients.iter().skip(unit).step_by(self.units()).copied()
    }

    /// `E[S]` of one unit: `b + Σ p a`.
    pub fn expectation(&self, unit: usize) -> f64 {
        self.constants[unit] + self.column(unit).zip(&self.keep).map(|(a, p)| a * p).sum::<f64>()
    }

    /// The least and the largest `S` of one unit over all subnetworks.
    pub fn extremes(&self, unit: usize) -> (f64, f64) {
        let (mut least, mut largest) = (self.constants[unit], self.constants[unit]);
        for coefficient in self.column(unit) {
            if coefficient < 0.0 { least += coefficient } else { largest += coefficient }
        }
        (least, largest)
    }
}
