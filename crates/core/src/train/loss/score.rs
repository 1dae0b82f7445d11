//! The loss and the accuracy of a batch.

use super::Loss;
use crate::activation::{Activation, log_sum_exp, softplus};
use crate::entropy::{Classes, vote};

/// The loss and accuracy of a batch, summed over its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Σ over rows of the loss, times the weight of the row.
    pub loss: f64,
    /// Σ over rows of the accuracy: 1 for the right class of a softmax layer; for logistic units the share on the right
    /// side of ½; 0 for other outputs, which have none.
    pub correct: f64,
}

impl Score {
    /// Adds the score of more rows.
    pub fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.correct += other.correct;
    }
}

impl Loss {
    /// The score of a batch from activities and pre-activations, both `[rows, width]`; `weights` is empty, or `[rows]`.
    pub fn score(
        self,
        activation: Option<Activation>,
        activities: &[f32],
        logits: &[f32],
        y: &[f32],
        weights: &[f32],
        width: usize,
    ) -> Score {
        let mut score = Score::default();
        for (row, target) in y.chunks_exact(self.target_width(width)).enumerate() {
            let units = row * width..(row + 1) * width;
            let outputs = &activities[units.clone()];
            let (loss, correct) = match self {
                Self::MeanSquaredError => {
                    (mean(outputs, target, |difference| difference * difference), accuracy(activation, outputs, target))
                }
                Self::MeanAbsoluteError => (mean(outputs, target, f64::abs), accuracy(activation, outputs, target)),
                Self::Huber { delta } => (
                    mean(outputs, target, |difference| huber(difference, delta)),
                    accuracy(activation, outputs, target),
                ),
                Self::GaussianNegativeLogLikelihood => (gaussian(outputs, target), 0.0),
                Self::BinaryCrossentropy => {
                    (binary_crossentropy(activation, &logits[units], target), accuracy(activation, outputs, target))
                }
                Self::CategoricalCrossentropy | Self::SparseCategoricalCrossentropy => {
                    let logits: Vec<f64> = logits[units].iter().map(|&logit| logit.into()).collect();
                    let log_total = log_sum_exp(&logits);
                    let class = if self.is_sparse() { target[0] as usize } else { vote(Classes::Categorical, target) };
                    let loss = if self.is_sparse() {
                        log_total - logits[class]
                    } else {
                        logits.iter().zip(target).map(|(logit, &t)| f64::from(t) * (log_total - logit)).sum()
                    };
                    (loss, f64::from(vote(Classes::Categorical, outputs) == class))
                }
            };
            score.loss += weights.get(row).map_or(loss, |&weight| f64::from(weight) * loss);
            score.correct += correct;
        }
        score
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

fn huber(difference: f64, delta: f64) -> f64 {
    let size = difference.abs();
    if size <= delta { 0.5 * size * size } else { delta * (size - 0.5 * delta) }
}

/// The outputs are the means, then the logarithms of the variances.
fn gaussian(outputs: &[f32], target: &[f32]) -> f64 {
    let (means, logarithms) = outputs.split_at(target.len());
    let terms = means.iter().zip(logarithms).zip(target).map(|((&mean, &logarithm), &t)| {
        let (difference, s) = (f64::from(t) - f64::from(mean), f64::from(logarithm));
        0.5 * (s + difference * difference * libm::exp(-s))
    });
    terms.sum::<f64>() / target.len() as f64
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
