//! How far sampled means and variances lie from the exact ones, and how far they may.
//!
//! A score is a difference in standard errors. What it may reach is not a quantile of the normal distribution: at a rate
//! of 1e-6 a drop among all samples is a Poisson event of many standard errors, and the square of a skewed activity is more
//! skewed still. Each comparison therefore has a limit of its own, from a tail bound that holds for every distribution
//! ([`crate::bennett`]) with the exact moments and the range of the unit, so that a right sampler exceeds any of them with a
//! probability of at most `alpha`:
//!
//! * `alpha` is shared over both sides of all comparisons (Bonferroni): they may depend on each other in any way.
//! * *Mean*: a mean of `T` independent `O`, of variance `V` and no farther from `E` than its range.
//! * *Variance*: `ŵ = (1/T) Σ (O − E)²` is a mean of independent terms of expectation `V`, variance `μ₄ − V²`, between 0 and
//!   the square of the range. The sampled variance is `v̂ = ŵ − (m̂ − E)²`: never above `ŵ`, and, unless the mean is
//!   beyond its own limit, below it by no more than that limit's square. So the two limits together cost nothing more.
//! * *Range*: an eighth of each tail pays for the event that any draw leaves a narrower interval
//!   ([`crate::exact::reach`]); draws beyond its ends, moved to them, have no larger mean and no larger `E(O − E)²`.
//! * *Rounding*: single precision shifts a mean by about the floor `f` ([`crate::exact::floor`]) and a root mean square by as
//!   much; `f`, with the error bound of the exact value, counts as one more standard error.
//!
//! Gates realise rates to 2^-33. This adds to `alpha` at most `2^-33` for each gate and sample: 1e-5 for ten gates and ten
//! thousand samples.

#[cfg(test)]
mod tests;

use crate::bennett::deviation;

/// Exact statistics, by row and unit.
#[derive(Clone, Copy, Debug)]
pub struct Exact<'a> {
    /// `E`.
    pub mean: &'a [f64],
    /// `V`.
    pub variance: &'a [f64],
    /// `μ₄`.
    pub fourth: &'a [f64],
    /// The lower end of what a draw may be, but for the probability [`Level::outside`].
    pub least: &'a [f64],
    /// The upper end.
    pub largest: &'a [f64],
    /// The rounding of activities in single precision.
    pub floor: &'a [f64],
    /// An absolute bound of the rounding of `E` and `V`.
    pub error_bound: &'a [f64],
}

/// The probability of a false alarm, shared out.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// The limit of a comparison whose draws are many and whose range is narrow: `√(2 log(2 · comparisons / alpha))`.
    ///
    /// No limit is below it. That of a normal quantile would be a tenth smaller, and not hold.
    pub threshold: f64,
    /// The probability with which a draw may be outside of `least` and `largest`.
    pub outside: f64,
    samples: f64,
    log_tail: f64,
}

/// The part of a tail that the ends of the reach may use up.
const SHARE_OF_REACH: f64 = 0.125;

impl Level {
    /// `alpha` in (0, 1) over `comparisons` means and variances of `samples` draws each.
    pub fn new(alpha: f64, comparisons: f64, samples: f64) -> Self {
        // In logarithms, since alpha may be as small as it likes.
        let log_tail = libm::log(2.0 * comparisons) - libm::log(alpha);
        Self {
            threshold: (2.0 * log_tail).sqrt(),
            outside: libm::exp(libm::log(SHARE_OF_REACH / samples) - log_tail),
            samples,
            log_tail: log_tail - libm::log1p(-SHARE_OF_REACH),
        }
    }
}

/// Scores and their limits, by row and unit.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// `(m̂ − E) / √(V/T + f²)`.
    pub mean: Vec<f64>,
    /// What `|mean|` may reach, on its side of 0.
    pub mean_limit: Vec<f64>,
    /// `(v̂ − V (T−1)/T) / √(Var v̂ + (2σf + f²)²)`, `v̂` with divisor `T`.
    ///
    /// `Var v̂ = (T−1)/T³ · ((T−1) μ₄ − (T−3) V²)` for independent samples (Kendall and Stuart, §10).
    pub variance: Vec<f64>,
    /// What `|variance|` may reach, on its side of 0.
    pub variance_limit: Vec<f64>,
}

/// Scores sampled means and variances; the exact `V` and `μ₄` are in the denominators, because the samples may contain no
/// drop at all. A NaN among the moments makes a score or a limit NaN, which is within nothing.
pub fn compare(exact: &Exact, sampled_mean: &[f64], sampled_variance: &[f64], level: &Level) -> Scores {
    let mut scores = Scores::default();
    for (index, (mean, variance)) in sampled_mean.iter().zip(sampled_variance).enumerate() {
        let unit = Unit::new(exact, index, level);
        let (t, v) = (level.samples, unit.variance);

        let difference = mean - unit.mean;
        let error = (v / t + unit.floor * unit.floor).sqrt();
        let limit = if difference > 0.0 { unit.above } else { unit.below };
        scores.mean.push(ratio(difference, error));
        scores.mean_limit.push(in_errors(limit, error, level));

        let expected = v * (t - 1.0) / t;
        let difference = variance - expected;
        let spread = (t - 1.0) / (t * t * t) * ((t - 1.0) * unit.fourth - (t - 3.0) * v * v);
        let rounding = 2.0 * v.sqrt() * unit.floor + unit.floor * unit.floor;
        let error = (positive(spread) + rounding * rounding).sqrt();
        let limit = unit.of_square(level, difference > 0.0) + (v - expected) * difference.signum();
        scores.variance.push(ratio(difference, error));
        scores.variance_limit.push(in_errors(limit, error, level));
    }
    scores
}

/// One unit of one row, and how far its sampled mean may be off.
struct Unit {
    mean: f64,
    variance: f64,
    fourth: f64,
    most_variance: f64, // that the error bound allows
    least_variance: f64,
    most_fourth: f64,
    range: f64, // from the mean to the farther end
    floor: f64,
    above: f64,
    below: f64,
}

impl Unit {
    fn new(exact: &Exact, index: usize, level: &Level) -> Self {
        let (mean, variance, bound) = (exact.mean[index], exact.variance[index], exact.error_bound[index]);
        let (least, largest) = (exact.least[index], exact.largest[index]);
        let floor = exact.floor[index] + bound;
        let most_variance = variance + bound;
        // Not narrower than the mean, wherever rounding has put that.
        let [down, up] = [mean - least, largest - mean].map(positive);
        let limit = |range| deviation(most_variance, range, level.samples, level.log_tail) + level.threshold * floor;
        Self {
            mean,
            variance,
            fourth: exact.fourth[index],
            most_variance,
            least_variance: positive(variance - bound),
            // μ₄ is a fourth-degree polynomial of moments that are each within the bound.
            most_fourth: exact.fourth[index] + 8.0 * (down + up).powi(2) * bound,
            range: if down > up { down } else { up },
            floor,
            above: limit(up),
            below: limit(down),
        }
    }

    /// How far the sampled variance may be off `V`, above or below.
    fn of_square(&self, level: &Level, is_above: bool) -> f64 {
        let variance = positive(self.most_fourth - self.least_variance * self.least_variance);
        let range = if is_above { self.range * self.range } else { self.most_variance };
        let square = deviation(variance, range, level.samples, level.log_tail);
        let shift = level.threshold * self.floor;
        let largest = if is_above { self.most_variance + square } else { self.most_variance };
        let rounding = 2.0 * largest.sqrt() * shift + shift * shift;
        let of_mean = if self.above > self.below { self.above } else { self.below };
        square + rounding + if is_above { 0.0 } else { of_mean * of_mean }
    }
}

/// `max(value, 0)`, but a NaN stays one.
fn positive(value: f64) -> f64 {
    if value < 0.0 { 0.0 } else { value }
}

fn ratio(difference: f64, error: f64) -> f64 {
    if difference == 0.0 { 0.0 } else { difference / error }
}

/// A limit in standard errors, no smaller than the threshold.
fn in_errors(limit: f64, error: f64, level: &Level) -> f64 {
    let scaled = ratio(limit, error);
    if scaled < level.threshold || error == 0.0 { level.threshold } else { scaled }
}
