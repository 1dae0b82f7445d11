//! Where the activities of a unit lie, but for a probability that is chosen: between its extremes, or closer.
//!
//! Over `n` gates the extremes are about `√n` standard deviations away, and no sample ever comes near them. A pre-activation
//! `S = b + Σ a_j δ_j` leaves the interval of half-width `R` about its mean with a probability of at most
//! `2 exp(−2R² / Σ a²)` (Hoeffding 1963, theorem 2), and of no more than Bennett's bound, which is the closer one for small
//! rates. A monotone activation takes the interval to one of activities.

use crate::activation::Activation;
use crate::bennett::deviation;
use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::linearize::{Forms, is_affine};
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Group;
use crate::network::Network;
use std::borrow::Cow;

/// The least and the largest activity of each unit of a group, or ends that a draw leaves with probability `outside` at most.
///
/// `forms` are those of the target, where the walk has them already. Cost: that of the extremes alone where `outside` is 0 or pre-activations are not affine in the gates, else `O(gates)` a unit.
pub fn reach(
    network: &Network,
    group: &Group,
    (deterministic, forms): (&Subnetwork, Option<&Forms>),
    units: &[UnitStatistics],
    outside: f64,
) -> Vec<(f64, f64)> {
    let extremes = units.iter().map(|unit| (unit.least, unit.largest));
    let target = deterministic.target();
    let activation = network.graph.activation(target).unwrap_or(Activation::Linear);
    // A softmax unit follows its whole layer, and one function is not monotonic.
    let follows_ends = !matches!(activation, Activation::Softmax | Activation::Gelu);
    if outside == 0.0 || !follows_ends || !is_affine(&network.graph, target) {
        return extremes.collect();
    }
    let forms = forms.map_or_else(|| Cow::Owned(Forms::new(network, target, |_| true)), Cow::Borrowed);
    let affine = forms.affine_units(network, group, deterministic);
    let narrowed = extremes.enumerate().map(|(unit, (least, largest))| {
        let (mean, half) = (affine.expectation(unit), half_width(&affine, unit, outside));
        let mut ends = [mean - half, mean + half];
        activation.apply_double(&mut ends);
        // A logistic unit with a negative λ falls.
        (least.max(ends[0].min(ends[1])), largest.min(ends[0].max(ends[1])))
    });
    narrowed.collect()
}

/// How far `S` is from its mean, but for a probability of `outside`.
fn half_width(units: &AffineUnits, unit: usize, outside: f64) -> f64 {
    let log_tail = core::f64::consts::LN_2 - libm::log(outside); // of each side
    let (mut squares, mut variance, mut largest) = (0.0, 0.0, 0.0f64);
    for (a, (keep, rate)) in units.column(unit).zip(units.keep.iter().zip(&units.rate)) {
        squares += a * a;
        variance += a * a * keep * rate;
        largest = largest.max(a.abs());
    }
    if largest == 0.0 {
        return 0.0;
    }
    // Bennett's bound of a sum knows only the sum of the variances of its terms: they may as well be equal.
    let terms = units.gates() as f64;
    let hoeffding = (0.5 * squares * log_tail).sqrt();
    hoeffding.min(terms * deviation(variance / terms, largest, terms, log_tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::upstream::groups;
    use crate::gates::Scaling;
    use crate::network::Builder;
    use std::rc::Rc;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// The reach of one unit over `gates` inputs of weight `weight`, and its extremes.
    fn ends(gates: usize, rate: f64, weight: f32, activation: Activation, outside: f64) -> ((f64, f64), (f64, f64)) {
        let mut builder = Builder::default();
        let input = builder.input(gates).unwrap();
        let gated = builder.dropout("d", input, &[rate], Scaling::Standard).unwrap();
        let output = builder.dense("o", gated, 1, activation, false, None, None).unwrap();
        let mut network = builder.build(output, 0).unwrap();
        network.parameters = Rc::new(vec![vec![weight; gates]]);
        let mut pass = Subnetwork::new(&network.graph, output);
        pass.pass(&network, &vec![1.0; gates], &network.graph.ancestors(&[output]));
        let group = &groups(&network.graph, output, None).unwrap()[0];
        let mut extremes = [0.0, f64::from(weight) * gates as f64];
        activation.apply_double(&mut extremes);
        let (least, largest) = (extremes[0].min(extremes[1]), extremes[0].max(extremes[1]));
        let unit = UnitStatistics {
            least,
            largest,
            ..crate::exact::closed_form::linear(&AffineUnits { constants: vec![0.0], ..AffineUnits::default() })[0]
        };
        (reach(&network, group, (&pass, None), &[unit], outside)[0], (least, largest))
    }

    /// `P(K ≥ k)` of `gates` gates with probability `p` each.
    fn tail(gates: usize, p: f64, k: f64) -> f64 {
        let (mut term, mut sum) = ((1.0 - p).powi(gates as i32), 0.0);
        for count in 0..=gates {
            sum += if count as f64 >= k { term } else { 0.0 };
            term *= (gates - count) as f64 / (count + 1) as f64 * p / (1.0 - p);
        }
        sum
    }

    #[test]
    fn few_draws_are_outside_of_a_reach_that_is_closer_than_the_extremes() {
        for (gates, rate) in [(400, 0.5), (400, 0.02), (30, 0.5), (3, 0.5)] {
            let outside = 1e-9;
            let ((low, high), (least, largest)) = ends(gates, rate, 1.0, Activation::Linear, outside);
            assert!(low >= least && high <= largest);
            let beyond = tail(gates, rate, gates as f64 - low + 1e-9) + tail(gates, 1.0 - rate, high + 1e-9);
            assert!(beyond <= outside, "{gates} gates: {beyond}");
        }
        let ((low, high), _) = ends(400, 0.5, 1.0, Activation::Linear, 1e-9);
        assert!(high - low < 140.0, "14 standard deviations of 10");
        let ((low, high), _) = ends(400, 0.02, 1.0, Activation::Linear, 1e-9);
        assert!(high - low < 60.0, "Bennett's bound is the closer one: {}", high - low);
    }

    #[test]
    fn monotone_activations_carry_the_ends() {
        let ((low, high), _) = ends(400, 0.5, 0.02, Activation::Linear, 1e-9);
        for lambda in [1.0, -2.0] {
            let sigmoid = Activation::Sigmoid { c: 3.0, lambda };
            let mut expected = [low, high];
            sigmoid.apply_double(&mut expected);
            expected.sort_by(f64::total_cmp);
            let (found, _) = ends(400, 0.5, 0.02, sigmoid, 1e-9);
            assert!((found.0 - expected[0]).abs() < 1e-12 && (found.1 - expected[1]).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_may_be_outside_of_the_extremes() {
        for activation in [Activation::Linear, Activation::Softmax] {
            let (found, extremes) = ends(50, 0.5, 1.0, activation, 0.0);
            assert_eq!(found, extremes);
        }
    }
}
