//! Losses of a row, their gradients, and the accuracy that goes with each.
//!
//! Cross-entropies are computed from pre-activations, so that a saturated unit costs what it should and not infinity,
//! and their gradients skip the activation: `∂/∂S = O − t` for softmax, `λ(O − t)` for a logistic unit.

use crate::activation::{Activation, log_sum_exp, softplus};
use crate::entropy::{Classes, vote};
use crate::error::Error;
use crate::network::Graph;

/// A loss function; row losses are averaged over the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// `(1/K) Σ (O − t)²`.
    MeanSquaredError,
    /// `(1/K) Σ |O − t|`.
    MeanAbsoluteError,
    /// `−(1/K) Σ t log O + (1 − t) log(1 − O)`, of logistic units.
    BinaryCrossentropy,
    /// `−Σ t log O`, of a softmax layer and a distribution `t`.
    CategoricalCrossentropy,
    /// `−log O_t`, of a softmax layer and a class number `t`.
    SparseCategoricalCrossentropy,
}

/// The loss and accuracy of a batch, summed over its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Σ over rows of the loss.
    pub loss: f64,
    /// Σ over rows of the accuracy: 1 for the right class of a softmax layer; for logistic units the share on the right
    /// side of ½; 0 for other outputs, which have none.
    pub correct: f64,
}

impl Loss {
    /// The loss of this name, as in TensorFlow.js.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "meanSquaredError" => Ok(Self::MeanSquaredError),
            "meanAbsoluteError" => Ok(Self::MeanAbsoluteError),
            "binaryCrossentropy" => Ok(Self::BinaryCrossentropy),
            "categoricalCrossentropy" => Ok(Self::CategoricalCrossentropy),
            "sparseCategoricalCrossentropy" => Ok(Self::SparseCategoricalCrossentropy),
            _ => Err(Error::word(format!(
                "Cannot find loss \"{name}\", wanted \"meanSquaredError\", \"meanAbsoluteError\", \
                 \"binaryCrossentropy\", \"categoricalCrossentropy\" or \"sparseCategoricalCrossentropy\""
            ))),
        }
    }

    /// Refuses an output layer of another kind than the loss is defined for.
    pub fn check_output(self, graph: &Graph) -> Result<(), Error> {
        let activation = graph.layer_activation(graph.output);
        let (fits, wanted) = match self {
            Self::MeanSquaredError | Self::MeanAbsoluteError => (true, ""),
            Self::BinaryCrossentropy => (matches!(activation, Some(Activation::Sigmoid { .. })), "sigmoid"),
            _ => (activation == Some(Activation::Softmax), "softmax"),
        };
        let name = &graph.nodes[graph.output].name;
        if fits {
            Ok(())
        } else {
            Err(Error::range(format!(
                "Cannot compute a cross-entropy of output layer \"{name}\": wanted one that ends in activation \"{wanted}\""
            )))
        }
    }

    /// Whether labels are class numbers, one a row.
    pub fn is_sparse(self) -> bool {
        self == Self::SparseCategoricalCrossentropy
    }

    /// Refuses labels that are not one row each, or not class numbers.
    pub fn check_labels(self, y: &[f32], rows: usize, width: usize) -> Result<(), Error> {
        let per_row = if self.is_sparse() { 1 } else { width };
        if y.len() != rows * per_row {
            return Err(Error::shape(format!(
                "Cannot read the labels: got {} for {rows} rows, wanted {per_row} a row",
                y.len()
            )));
        }
        let wrong = |label: &f32| self.is_sparse() && !(*label >= 0.0 && *label < width as f32 && label.fract() == 0.0);
        match y.iter().position(wrong) {
            Some(row) => Err(Error::range(format!(
                "Cannot use label {} of row {row}: wanted an integer in [0, {width})",
                y[row]
            ))),
            None => Ok(()),
        }
    }

    /// The score of a batch from activities and pre-activations, both `[rows, width]`.
    pub fn score(
        self,
        activation: Option<Activation>,
        activities: &[f32],
        logits: &[f32],
        y: &[f32],
        width: usize,
    ) -> Score {
        let per_row = if self.is_sparse() { 1 } else { width };
        let mut score = Score::default();
        for (row, target) in y.chunks_exact(per_row).enumerate() {
            let units = row * width..(row + 1) * width;
            let activities = &activities[units.clone()];
            let (loss, correct) = match self {
                Self::MeanSquaredError => (
                    mean(activities, target, |difference| difference * difference),
                    accuracy(activation, activities, target),
                ),
                Self::MeanAbsoluteError => {
                    (mean(activities, target, f64::abs), accuracy(activation, activities, target))
                }
                Self::BinaryCrossentropy => {
                    (binary_crossentropy(activation, &logits[units], target), accuracy(activation, activities, target))
                }
                _ => {
                    let logits: Vec<f64> = logits[units].iter().map(|&logit| logit.into()).collect();
                    let log_total = log_sum_exp(&logits);
                    let class = if self.is_sparse() { target[0] as usize } else { vote(Classes::Categorical, target) };
                    let loss = if self.is_sparse() {
                        log_total - logits[class]
                    } else {
                        logits.iter().zip(target).map(|(logit, &t)| f64::from(t) * (log_total - logit)).sum()
                    };
                    (loss, f64::from(vote(Classes::Categorical, activities) == class))
                }
            };
            score.loss += loss;
            score.correct += correct;
        }
        score
    }

    /// Whether [`Loss::gradient`] is by pre-activations, the activation being part of the loss.
    pub fn includes_activation(self) -> bool {
        !matches!(self, Self::MeanSquaredError | Self::MeanAbsoluteError)
    }

    /// The gradient of the mean loss of the batch, `[rows, width]`, by activities or pre-activations
    /// ([`Loss::includes_activation`]).
    pub fn gradient(
        self,
        activation: Option<Activation>,
        activities: &[f32],
        y: &[f32],
        width: usize,
        gradient: &mut Vec<f32>,
    ) {
        let rows = (activities.len() / width) as f32;
        let each = 1.0 / (rows * width as f32);
        gradient.clear();
        let pairs = activities.iter().zip(y);
        match self {
            Self::MeanSquaredError => gradient.extend(pairs.map(|(o, t)| 2.0 * each * (o - t))),
            Self::MeanAbsoluteError => {
                gradient.extend(pairs.map(|(o, t)| if o == t { 0.0 } else { each * (o - t).signum() }))
            }
            Self::BinaryCrossentropy => {
                let lambda = match activation {
                    Some(Activation::Sigmoid { lambda, .. }) => lambda as f32,
                    _ => 1.0,
                };
                gradient.extend(pairs.map(|(o, t)| lambda * each * (o - t)));
            }
            Self::CategoricalCrossentropy => {
                for (activities, target) in activities.chunks_exact(width).zip(y.chunks_exact(width)) {
                    let total: f32 = target.iter().sum();
                    gradient.extend(activities.iter().zip(target).map(|(o, t)| (o * total - t) / rows));
                }
            }
            Self::SparseCategoricalCrossentropy => {
                gradient.extend(activities.iter().map(|o| o / rows));
                for (gradient, &class) in gradient.chunks_exact_mut(width).zip(y) {
                    gradient[class as usize] -= 1.0 / rows;
                }
            }
        }
    }
}

/// The accuracy of one row against a target of the same shape.
fn accuracy(activation: Option<Activation>, activities: &[f32], target: &[f32]) -> f64 {
    match activation {
        Some(Activation::Softmax) => {
            f64::from(vote(Classes::Categorical, activities) == vote(Classes::Categorical, target))
        }
        Some(Activation::Sigmoid { .. }) => {
            let right = activities.iter().zip(target).filter(|(o, t)| (**o > 0.5) == (**t > 0.5)).count();
            right as f64 / activities.len() as f64
        }
        _ => 0.0,
    }
}

fn mean(activities: &[f32], target: &[f32], term: impl Fn(f64) -> f64) -> f64 {
    let terms = activities.iter().zip(target).map(|(&o, &t)| term(f64::from(o) - f64::from(t)));
    terms.sum::<f64>() / activities.len() as f64
}

/// `t·softplus(−X) + (1 − t)·softplus(X)`, averaged over the units, with `X = λS − log c`.
fn binary_crossentropy(activation: Option<Activation>, logits: &[f32], target: &[f32]) -> f64 {
    let (c, lambda) = match activation {
        Some(Activation::Sigmoid { c, lambda }) => (c, lambda),
        _ => (1.0, 1.0),
    };
    let shift = libm::log(c);
    let terms = logits.iter().zip(target).map(|(&logit, &t)| {
        let (x, t) = (lambda * f64::from(logit) - shift, f64::from(t));
        t * softplus(-x) + (1.0 - t) * softplus(x)
    });
    terms.sum::<f64>() / logits.len() as f64
}
