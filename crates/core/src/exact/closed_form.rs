//! Linear units: every moment in closed form, at any width.
//!
//! `S = b + Σ a_j δ_j` is a sum of independent terms, so its cumulants are sums of theirs. A gate of keep probability `p`
//! has `κ₁ = p`, `κ₂ = p(1 − p)`, `κ₃ = κ₂ (1 − 2p)`, `κ₄ = κ₂ (1 − 6 κ₂)`; hence `E = b + Σ a p`, `V = Σ a² κ₂` (Baldi
//! and Sadowski 2013, eq. 4 and 31), `μ₃ = Σ a³ κ₃` and `μ₄ = Σ a⁴ κ₄ + 3 V²`. Cost `O(gates)` a unit.

use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::sum::Sum;
use core::ops::Range;

/// The statistics of every unit, of which `O = S`.
#[cfg(test)]
pub fn linear(units: &AffineUnits) -> Vec<UnitStatistics> {
    selected(units, 0..units.units())
}

/// The same of some of the units.
pub fn selected(units: &AffineUnits, selected: Range<usize>) -> Vec<UnitStatistics> {
    selected.map(|unit| linear_unit(units, unit)).collect()
}

fn linear_unit(units: &AffineUnits, unit: usize) -> UnitStatistics {
    let [mut mean, mut variance, mut third, mut fourth] = [Sum::default(); 4];
    let mut magnitude = units.constants[unit].abs();
    mean.add(units.constants[unit]);
    for (a, (keep, rate)) in units.column(unit).zip(units.keep.iter().zip(&units.rate)) {
        let spread = keep * rate;
        mean.add(a * keep);
        variance.add(a * a * spread);
        third.add((a * a) * a * (spread * (rate - keep)));
        fourth.add((a * a) * (a * a) * (spread * (1.0 - 6.0 * spread)));
        magnitude += a.abs();
    }
    let variance = variance.total();
    let (least, largest) = units.extremes(unit);
    // Compensated sums: a few roundings of each term, none of which exceeds `magnitude`, or its square. The coefficients
    // are themselves products of a weight, an activity and a factor, or sums of such.
    let roundoff = (units.gates() as f64 + 8.0) * f64::EPSILON;
    UnitStatistics {
        mean: mean.total(),
        variance,
        third_moment: third.total(),
        fourth_moment: fourth.total() + 3.0 * variance * variance,
        log_geometric_mean: f64::NAN,
        log_complement_geometric_mean: f64::NAN,
        least,
        largest,
        error_bound: roundoff * (magnitude + magnitude * magnitude),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn moments_are_those_of_every_mask() {
        let (keep, a, b) = ([0.5, 0.9, 0.25, 1e-6], [1.5, -2.0, 0.75, 100.0], 0.3);
        let units = AffineUnits {
            keep: keep.to_vec(),
            rate: keep.iter().map(|keep| 1.0 - keep).collect(),
            constants: vec![b],
            coefficients: a.to_vec(),
        };
        let outcomes: Vec<(f64, f64)> = (0..16u32)
            .map(|mask| {
                let kept = |gate: usize| mask >> gate & 1 == 1;
                let p = (0..4).map(|gate| if kept(gate) { keep[gate] } else { 1.0 - keep[gate] }).product();
                (p, b + (0..4).filter(|&gate| kept(gate)).map(|gate| a[gate]).sum::<f64>())
            })
            .collect();
        let expectation = |f: &dyn Fn(f64) -> f64| outcomes.iter().map(|(p, s)| p * f(*s)).sum::<f64>();
        let mean = expectation(&|s| s);
        let found = linear(&units)[0];
        assert!((found.mean - mean).abs() < 1e-14);
        assert!((found.variance - expectation(&|s| (s - mean).powi(2))).abs() < 1e-13);
        assert!((found.third_moment - expectation(&|s| (s - mean).powi(3))).abs() < 1e-9 * found.third_moment.abs());
        assert!((found.fourth_moment - expectation(&|s| (s - mean).powi(4))).abs() < 1e-9 * found.fourth_moment);
        let least = outcomes.iter().map(|(_, s)| *s).fold(f64::INFINITY, f64::min);
        let largest = outcomes.iter().map(|(_, s)| *s).fold(f64::NEG_INFINITY, f64::max);
        assert!((found.least - least).abs() < 1e-13 && (found.largest - largest).abs() < 1e-13);
    }
}
