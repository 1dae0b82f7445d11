//! What the tests of fast methods compare with: every mask of one unit, one sum each.

use crate::activation::{logistic, softplus};
use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::sum::Sum;

/// The statistics of unit 0, whose activity is `activity(S)`, with `logs(S)` the logarithms of it and its complement.
pub fn every_mask(
    units: &AffineUnits,
    activity: impl Fn(f64) -> f64,
    logs: impl Fn(f64) -> [f64; 2],
) -> UnitStatistics {
    let coefficients: Vec<f64> = units.column(0).collect();
    let masks: Vec<(f64, f64)> = (0..1u64 << units.gates())
        .map(|mask| {
            let (mut p, mut s) = (1.0, units.constants[0]);
            for gate in 0..units.gates() {
                let kept = mask >> gate & 1 == 1;
                p *= if kept { units.keep[gate] } else { units.rate[gate] };
                s += if kept { coefficients[gate] } else { 0.0 };
            }
            (p, s)
        })
        .collect();
    let expect = |of: &dyn Fn(f64) -> f64| {
        let mut sum = Sum::default();
        masks.iter().for_each(|&(p, s)| sum.add(p * of(s)));
        sum.total()
    };
    let mean = expect(&activity);
    let difference = |s: f64| activity(s) - mean;
    let activities = masks.iter().map(|&(_, s)| activity(s));
    UnitStatistics {
        mean,
        variance: expect(&|s| difference(s) * difference(s)),
        third_moment: f64::NAN,
        fourth_moment: expect(&|s| (difference(s) * difference(s)) * (difference(s) * difference(s))),
        log_geometric_mean: expect(&|s| logs(s)[0]),
        log_complement_geometric_mean: expect(&|s| logs(s)[1]),
        least: activities.clone().fold(f64::INFINITY, f64::min),
        largest: activities.fold(f64::NEG_INFINITY, f64::max),
        error_bound: 0.0,
    }
}

/// A logistic unit.
pub fn every_mask_logistic(units: &AffineUnits, c: f64, lambda: f64) -> UnitStatistics {
    let x = |s: f64| lambda * s - libm::log(c);
    every_mask(units, |s| logistic(x(s)), |s| [-softplus(-x(s)), -softplus(x(s))])
}

/// One unit with these coefficients and rates.
pub fn one_unit(constant: f64, coefficients: &[f64], rates: &[f64]) -> AffineUnits {
    AffineUnits {
        keep: rates.iter().map(|rate| 1.0 - rate).collect(),
        rate: rates.to_vec(),
        constants: vec![constant],
        coefficients: coefficients.to_vec(),
    }
}

/// Numbers in [0, 1) that look random.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 11) as f64 * (0.5 * f64::EPSILON)
    }

    /// A unit of `gates` gates with coefficients within ±`weight`, some of them equal or 0, and one of the sets of rates.
    pub fn unit(&mut self, gates: usize, weight: f64) -> AffineUnits {
        const RATES: [f64; 5] = [0.5, 0.1, 1e-6, 1.0 - 1e-6, 0.3];
        let choice = (self.next() * 4.0) as usize;
        let mut rates = Vec::new();
        let mut coefficients: Vec<f64> = Vec::new();
        for gate in 0..gates {
            rates.push(match choice {
                0 => 0.5,
                1 => 0.3,
                2 => RATES[(self.next() * 5.0) as usize],
                _ => 0.05 + 0.9 * self.next(),
            });
            let kind = self.next();
            coefficients.push(match gate {
                1.. if kind < 0.1 => coefficients[gate - 1],
                _ if kind < 0.15 => 0.0,
                _ => weight * (2.0 * self.next() - 1.0),
            });
        }
        one_unit(weight * (2.0 * self.next() - 1.0), &coefficients, &rates)
    }
}

/// Gate counts that cover empty and odd halves, padded columns and several blocks of rows.
pub const SIZES: [usize; 8] = [0, 1, 2, 3, 7, 11, 12, 16];

/// Random networks per size and weight: more in the full test run.
pub fn repetitions() -> u64 {
    if std::env::var_os("THINNED_FULL").is_some() { 40 } else { 3 }
}
