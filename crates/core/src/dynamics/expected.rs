//! The exact expectation of the error and of its gradient over all `2^n` subnetworks.
//!
//! | method | for | cost for `n` gates |
//! |---|---|---|
//! | closed form | linear units, squared error | `O(n)` |
//! | characteristic function | logistic units, cross-entropy | that of [`conditional_means`] and [`softplus`] |
//! | enumeration | any activation and error, `n ≤ 20` | `O(2^n)` |

use crate::activation::Activation;
use crate::dynamics::mean_field::{Gradient, approximation};
use crate::dynamics::unit::{Objective, Unit, UnitError};
use crate::error::Error;
use crate::exact::affine::AffineUnits;
use crate::exact::characteristic::{conditional_means, softplus};
use crate::exact::sum::Sum;
use thinned_lanes::Backend;

/// Gates that are enumerated, at most: some ten milliseconds.
pub const MOST_GATES: usize = 20;

/// How an expectation is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Eq. 27 and 28.
    ClosedForm,
    /// `E[O | δ_i = 1]` and `E log(1 + e^X)` by an integral.
    Characteristic,
    /// Every mask.
    Enumeration,
}

impl Method {
    /// The method of this name; an empty one is the first of the three that applies.
    ///
    /// # Errors
    /// `Type` for another name, `Range` where it does not apply.
    pub fn parse(name: &str, objective: Objective) -> Result<Self, Error> {
        let is_linear = objective.activation == Activation::Linear && objective.error == UnitError::HalfSquare;
        let is_logistic = objective.error == UnitError::CrossEntropy;
        let refuse = |wanted: &str| {
            Err(Error::range(format!("Cannot compute an expected gradient: method \"{name}\" is for {wanted}")))
        };
        match name {
            "closedForm" if !is_linear => refuse("linear units and a squared error"),
            "characteristic" if !is_logistic => refuse("logistic units and their cross-entropy"),
            "" | "closedForm" if is_linear => Ok(Self::ClosedForm),
            "" | "characteristic" if is_logistic => Ok(Self::Characteristic),
            "" | "enumeration" => Ok(Self::Enumeration),
            _ => Err(Error::word(format!(
                "Cannot compute an expected gradient: method is \"{name}\", wanted \"closedForm\", \"characteristic\" or \
                 \"enumeration\""
            ))),
        }
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClosedForm => "closedForm",
            Self::Characteristic => "characteristic",
            Self::Enumeration => "enumeration",
        }
    }
}

/// `E[E_D]` and `E[∂E_D/∂w]`, with `E[O]` beside them.
///
/// By enumeration within `1e-14` of the error and the largest slope; by the integral absolutely within the bound of
/// [`crate::exact::characteristic::logistic`], times `|λ z_i|` for a gradient and `1 + max |X|` for the error.
///
/// # Errors
/// `Range` when more than [`MOST_GATES`] gates would have to be enumerated, or what comes out is beyond float64 or the reach of
/// the integral.
pub fn expected<B: Backend>(
    unit: &Unit,
    objective: Objective,
    target: f64,
    method: Method,
) -> Result<(Gradient, f64), Error> {
    let (gradient, mean) = match method {
        Method::ClosedForm => (approximation(unit, objective, target), unit.expectation()),
        Method::Characteristic => by_integral::<B>(unit, objective, target),
        Method::Enumeration => by_enumeration(unit, objective, target)?,
    };
    if [gradient.error, gradient.bias, mean].iter().chain(&gradient.weights).all(|number| number.is_finite()) {
        return Ok((gradient, mean));
    }
    let state = match method {
        Method::Characteristic => "pre-activations reach beyond 400,000; wanted method \"enumeration\" or",
        _ => "it is too large for float64; wanted",
    };
    Err(Error::range(format!(
        "Cannot compute an expected gradient by method \"{}\": {state} weights of another scale",
        method.name()
    )))
}

/// Cross-entropy of a logistic unit: `E[∂E_D/∂w_i] = −λ z_i p_i (t − E[O | δ_i = 1])`, and `E[E_D] = t E[softplus(−X)] + (1 − t) E[softplus(X)]`.
///
/// Exact for [`Method::Characteristic`] only.
pub fn by_integral<B: Backend>(unit: &Unit, objective: Objective, target: f64) -> (Gradient, f64) {
    let (lambda, shift) = match objective.activation {
        Activation::Sigmoid { c, lambda } => (lambda, -libm::log(c)),
        _ => (1.0, 0.0),
    };
    let (mut units, inputs) = unit.affine(lambda, shift);
    // E[softplus(−X)] = E[softplus(X)] − E[X]: the smaller of the two is the integral, so that none is a difference of large numbers.
    let mean_input = units.expectation(0);
    let of_softplus = |units: &AffineUnits| softplus::<B>(units)[0].mean;
    let error = if mean_input < 0.0 {
        of_softplus(&units) - target * mean_input
    } else {
        let mirrored = AffineUnits {
            constants: vec![-units.constants[0]],
            coefficients: units.coefficients.iter().map(|a| -a).collect(),
            ..units.clone()
        };
        of_softplus(&mirrored) + (1.0 - target) * mean_input
    };
    // A last gate that nothing hangs on: the mean given it is the mean.
    units.keep.push(0.5);
    units.rate.push(0.5);
    units.coefficients.push(0.0);
    let given = conditional_means::<B>(&units, 0, 1.0, 1.0);
    let mean = *given.last().unwrap_or(&f64::NAN);
    let scale = objective.factor * lambda;
    let mut weights: Vec<f64> =
        unit.carried.iter().zip(&unit.rates).map(|(z, rate)| scale * z * (1.0 - rate) * (mean - target)).collect();
    for (&input, given) in inputs.iter().zip(&given) {
        weights[input] = scale * unit.carried[input] * (1.0 - unit.rates[input]) * (given - target);
    }
    (Gradient { error: objective.factor * error, bias: scale * (mean - target), weights }, mean)
}

/// Every mask, gate by gate: the expectation behind a gate is that of both ways on, which sums in pairs.
fn by_enumeration(unit: &Unit, objective: Objective, target: f64) -> Result<(Gradient, f64), Error> {
    let (units, inputs) = unit.affine(1.0, 0.0);
    if inputs.len() > MOST_GATES {
        return Err(Error::range(format!(
            "Cannot enumerate an expected gradient: {} gates reach a unit, wanted at most {MOST_GATES}",
            inputs.len()
        )));
    }
    let mut walk = Walk { units: &units, objective, target, given: vec![Sum::default(); inputs.len()] };
    let whole = walk.behind(0, units.constants[0], 1.0);
    let factor = objective.factor;
    let mut weights: Vec<f64> =
        unit.carried.iter().zip(&unit.rates).map(|(z, rate)| factor * whole.slope * z * (1.0 - rate)).collect();
    for (&input, given) in inputs.iter().zip(&walk.given) {
        weights[input] = factor * unit.carried[input] * given.total();
    }
    Ok((Gradient { error: factor * whole.error, bias: factor * whole.slope, weights }, whole.activity))
}

/// Expectations over the gates that are left.
#[derive(Clone, Copy)]
struct Expectation {
    error: f64,
    slope: f64,
    activity: f64,
}

struct Walk<'a> {
    units: &'a AffineUnits,
    objective: Objective,
    target: f64,
    given: Vec<Sum>, // by gate: E[g δ]
}

impl Walk<'_> {
    /// The expectations over the gates from `gate` on, the others having led to `s` with probability `reached`.
    fn behind(&mut self, gate: usize, s: f64, reached: f64) -> Expectation {
        let Some(&a) = self.units.coefficients.get(gate) else {
            let point = self.objective.at(s, self.target);
            let activity = crate::dynamics::slope::slopes(self.objective.activation, s).value;
            return Expectation { error: point.error, slope: point.first, activity };
        };
        let (keep, rate) = (self.units.keep[gate], self.units.rate[gate]);
        let dropped = self.behind(gate + 1, s, reached * rate);
        let kept = self.behind(gate + 1, s + a, reached * keep);
        self.given[gate].add(reached * keep * kept.slope);
        Expectation {
            error: rate * dropped.error + keep * kept.error,
            slope: rate * dropped.slope + keep * kept.slope,
            activity: rate * dropped.activity + keep * kept.activity,
        }
    }
}
