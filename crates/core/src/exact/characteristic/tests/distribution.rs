//! The distribution of a pre-activation by independent means: every mask, or a lattice that all sums fall on.

use crate::activation::{logistic, softplus};
use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::sum::Sum;
use crate::random::philox;

/// Values and probabilities.
pub struct Distribution(pub Vec<(f64, f64)>);

impl Distribution {
    /// All `2^n` masks, in counting order.
    pub fn enumerated(units: &AffineUnits, unit: usize) -> Self {
        let mut outcomes = vec![(units.constants[unit], 1.0)];
        for (a, (keep, rate)) in units.column(unit).zip(units.keep.iter().zip(&units.rate)) {
            let kept: Vec<(f64, f64)> = outcomes.iter().map(|(s, p)| (s + a, p * keep)).collect();
            outcomes.iter_mut().for_each(|(_, p)| *p *= rate);
            outcomes.extend(kept);
        }
        Self(outcomes)
    }

    /// Coefficients and constants that are multiples of `spacing`: gate by gate over all sums that can occur.
    pub fn on_lattice(units: &AffineUnits, unit: usize, spacing: f64) -> Self {
        let (least, largest) = units.extremes(unit);
        let mut p = vec![0.0; ((largest - least) / spacing) as usize + 1];
        p[((units.constants[unit] - least) / spacing) as usize] = 1.0;
        for (a, (keep, rate)) in units.column(unit).zip(units.keep.iter().zip(&units.rate)) {
            let before = p.clone();
            let jump = (a / spacing) as isize;
            for (place, p) in p.iter_mut().enumerate() {
                let source = place.checked_add_signed(-jump).and_then(|source| before.get(source));
                *p = rate * *p + keep * source.unwrap_or(&0.0);
            }
        }
        // Every step rounds every probability: what they all lost comes back.
        let mut total = Sum::default();
        p.iter().for_each(|p| total.add(*p));
        let outcome = |(place, p): (usize, f64)| (least + place as f64 * spacing, p / total.total());
        Self(p.into_iter().enumerate().map(outcome).collect())
    }

    /// `E f(S)`.
    pub fn expectation(&self, f: impl Fn(f64) -> f64) -> f64 {
        let mut sum = Sum::default();
        self.0.iter().filter(|(_, p)| *p > 0.0).for_each(|(s, p)| sum.add(p * f(*s)));
        sum.total()
    }

    /// Mean, variance, third and fourth central moment of `f(S)`.
    pub fn moments(&self, f: impl Fn(f64) -> f64) -> [f64; 4] {
        let mean = self.expectation(&f);
        let central = |power: i32| self.expectation(|s| (f(s) - mean).powi(power));
        [mean, central(2), central(3), central(4)]
    }

    /// What [`super::super::logistic`] must find.
    pub fn logistic(&self, c: f64, lambda: f64) -> UnitStatistics {
        let x = |s: f64| lambda * s - c.ln();
        let [mean, variance, third_moment, fourth_moment] = self.moments(|s| logistic(x(s)));
        let extreme =
            |choose: fn(f64, f64) -> f64, start| self.0.iter().map(|(s, _)| logistic(x(*s))).fold(start, choose);
        UnitStatistics {
            mean,
            variance,
            third_moment,
            fourth_moment,
            log_geometric_mean: self.expectation(|s| -softplus(-x(s))),
            log_complement_geometric_mean: self.expectation(|s| -softplus(x(s))),
            least: extreme(f64::min, 1.0),
            largest: extreme(f64::max, 0.0),
            error_bound: 0.0,
        }
    }
}

/// Uniform numbers in `[0, 1)`, the same in every build.
pub struct Uniform(pub u32);

impl Uniform {
    pub fn next(&mut self) -> f64 {
        self.0 += 1;
        f64::from(philox([self.0, 0, 0, 0], [7, 11])[0]) / 4_294_967_296.0
    }

    /// A multiple of `spacing` in `[−largest, largest]`.
    pub fn multiple(&mut self, spacing: f64, largest: f64) -> f64 {
        ((2.0 * self.next() - 1.0) * largest / spacing).round() * spacing
    }
}
