//! One unit over one row, and the error it is to make small.

use crate::activation::Activation;
use crate::dynamics::slope::{Slopes, slopes};
use crate::error::Error;
use crate::exact::affine::AffineUnits;
use crate::gates::Scaling;

/// `S = b + Σ w_i z_i δ_i`, `P(δ_i = 0) = rate_i`; all lists by input.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// `w`, as they are stored.
    pub weights: Vec<f64>,
    /// `z`: what an open gate lets through.
    pub carried: Vec<f64>,
    /// 0 where there is no gate.
    pub rates: Vec<f64>,
    /// `b`.
    pub bias: f64,
}

impl Unit {
    /// A unit over the given input, with one rate for all inputs or one rate each.
    ///
    /// # Errors
    /// `Shape` when lists do not go together, `Range` for a rate outside `[0, 1)`.
    pub fn new(weights: &[f64], input: &[f64], rates: &[f64], bias: f64, scaling: Scaling) -> Result<Self, Error> {
        let inputs = weights.len();
        for (what, found) in [("inputs", input.len()), ("rates", rates.len())] {
            if found != inputs && !(what == "rates" && found == 1) {
                return Err(Error::shape(format!(
                    "Cannot make a unit: it has {inputs} weights and {found} {what}, wanted as many of each"
                )));
            }
        }
        if let Some(rate) = rates.iter().find(|rate| !(0.0..1.0).contains(*rate)) {
            return Err(Error::range(format!("Cannot make a unit: a rate is {rate}, wanted a number in [0, 1)")));
        }
        let rates: Vec<f64> = (0..inputs).map(|input| rates[input.min(rates.len() - 1)]).collect();
        let open = |rate: f64| match scaling {
            Scaling::Inverted => 1.0 / (1.0 - rate),
            Scaling::Standard => 1.0,
        };
        let carried = input.iter().zip(&rates).map(|(x, &rate)| x * open(rate)).collect();
        Ok(Self { weights: weights.to_vec(), carried, rates, bias })
    }

    /// `S_ENS = E S = b + Σ p w z`.
    pub fn expectation(&self) -> f64 {
        let terms = self.weights.iter().zip(&self.carried).zip(&self.rates);
        self.bias + terms.map(|((w, z), rate)| w * z * (1.0 - rate)).sum::<f64>()
    }

    /// `X = slope · S + shift` in the gates that matter to it, with their inputs.
    pub fn affine(&self, slope: f64, shift: f64) -> (AffineUnits, Vec<usize>) {
        let mut units = AffineUnits { constants: vec![slope * self.bias + shift], ..AffineUnits::default() };
        let mut inputs = Vec::new();
        for (input, ((w, z), &rate)) in self.weights.iter().zip(&self.carried).zip(&self.rates).enumerate() {
            let a = slope * w * z;
            if rate == 0.0 || a == 0.0 {
                units.constants[0] += a;
            } else {
                units.keep.push(1.0 - rate);
                units.rate.push(rate);
                units.coefficients.push(a);
                inputs.push(input);
            }
        }
        (units, inputs)
    }

    /// How many gates matter to `S`.
    pub fn gates(&self) -> usize {
        let terms = self.weights.iter().zip(&self.carried).zip(&self.rates);
        terms.filter(|((w, z), rate)| **rate > 0.0 && **w * **z != 0.0).count()
    }
}

/// The error of a unit with activity `O` and target `t`, up to a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitError {
    /// `½(t − O)²`.
    HalfSquare,
    /// `−(t log O + (1 − t) log(1 − O))` of a logistic unit.
    CrossEntropy,
}

/// What a unit is to make small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Of the unit.
    pub activation: Activation,
    /// Of one unit at one row.
    pub error: UnitError,
    /// What it is multiplied by.
    pub factor: f64,
}

/// The error at one `S`, and its derivatives there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// `E_D`.
    pub error: f64,
    /// `g`.
    pub first: f64,
    /// `g′`.
    pub second: f64,
}

impl Objective {
    /// The objective of a layer of `units` units by the name of its error: `"halfSquaredError"` is the sum of `½(t − O)²` over the units,
    /// `"meanSquaredError"` and `"binaryCrossentropy"` are the means that `fit` takes; an empty name is the cross-entropy of
    /// logistic units and half the squared error of others.
    ///
    /// # Errors
    /// `Type` for another name; `Range` for a cross-entropy of units that are not logistic, and for softmax units, which are not
    /// independent of each other.
    pub fn parse(name: &str, activation: Activation, units: usize) -> Result<Self, Error> {
        if activation == Activation::Softmax {
            return Err(Error::range(
                "Cannot compute an expected gradient: the units are softmax units, wanted units that are computed each by itself",
            ));
        }
        let is_logistic = matches!(activation, Activation::Sigmoid { .. });
        let share = 1.0 / units as f64;
        let (error, factor) = match name {
            "" if is_logistic => (UnitError::CrossEntropy, share),
            "" | "halfSquaredError" => (UnitError::HalfSquare, 1.0),
            "meanSquaredError" => (UnitError::HalfSquare, 2.0 * share),
            "binaryCrossentropy" if is_logistic => (UnitError::CrossEntropy, share),
            "binaryCrossentropy" => {
                return Err(Error::range(
                    "Cannot compute an expected cross-entropy: the units are not logistic, wanted activation \"sigmoid\"",
                ));
            }
            _ => {
                return Err(Error::word(format!(
                    "Cannot compute an expected gradient: loss is \"{name}\", wanted \"halfSquaredError\", \"meanSquaredError\" or \
                     \"binaryCrossentropy\""
                )));
            }
        };
        Ok(Self { activation, error, factor })
    }

    /// Error and derivatives by `S`, without the factor.
    pub fn at(&self, s: f64, target: f64) -> Point {
        match (self.error, self.activation) {
            (UnitError::CrossEntropy, Activation::Sigmoid { c, lambda }) => {
                let x = lambda * s - libm::log(c);
                let o = crate::activation::logistic(x);
                Point {
                    error: cross_entropy(x, target),
                    first: lambda * (o - target),
                    second: lambda * lambda * o * (1.0 - o),
                }
            }
            _ => {
                let Slopes { value, first, second } = slopes(self.activation, s);
                let off = value - target;
                Point { error: 0.5 * off * off, first: off * first, second: first * first + off * second }
            }
        }
    }
}

/// `−(t log σ(X) + (1 − t) log(1 − σ(X))) = softplus(X) − tX`, of the two forms of which the one without cancellation where `t` is 0 or 1.
pub fn cross_entropy(x: f64, target: f64) -> f64 {
    use crate::activation::softplus;
    target * softplus(-x) + (1.0 - target) * softplus(x)
}
