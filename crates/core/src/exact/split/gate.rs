//! The gates of one unit, and the masks of some of them.

use crate::exact::affine::AffineUnits;

/// One gate as one unit sees it.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// What the pre-activation gains when the gate is kept.
    pub coefficient: f64,
    /// The probability of keeping.
    pub keep: f64,
    /// The probability of dropping.
    pub rate: f64,
}

/// The gates that can change the unit, their coefficients times `lambda`; a gate with coefficient 0 cannot.
pub fn gates(units: &AffineUnits, unit: usize, lambda: f64) -> Vec<Gate> {
    let rates = units.keep.iter().zip(&units.rate);
    let gates = units.column(unit).zip(rates).map(|(a, (&keep, &rate))| Gate { coefficient: lambda * a, keep, rate });
    gates.filter(|gate| gate.coefficient != 0.0).collect()
}

/// Every mask in counting order: its sum of coefficients, from `constant`, and its probability.
pub fn masks(gates: &[Gate], constant: f64) -> Vec<[f64; 2]> {
    let mut masks = Vec::with_capacity(1 << gates.len()); // [masks]: sum and probability
    masks.push([constant, 1.0]);
    for gate in gates {
        for mask in 0..masks.len() {
            let [sum, probability] = masks[mask];
            masks[mask][1] = probability * gate.rate;
            masks.push([sum + gate.coefficient, probability * gate.keep]);
        }
    }
    masks
}
