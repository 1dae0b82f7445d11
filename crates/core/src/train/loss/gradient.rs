//! Where the way back starts: the gradient of the mean loss of a batch by what the output layer computes.

use super::Loss;
use crate::activation::Activation;

impl Loss {
    /// The gradient of the mean loss of a batch of `batch` rows by some of its rows, `[rows, width]`: by activities, or
    /// by pre-activations where [`Loss::includes_activation`]. `weights` is empty, or `[rows]`.
    pub fn gradient(
        self,
        activation: Option<Activation>,
        activities: &[f32],
        y: &[f32],
        weights: &[f32],
        width: usize,
        batch: usize,
        gradient: &mut Vec<f32>,
    ) {
        let rows = batch as f32;
        let each = 1.0 / (rows * width as f32);
        gradient.clear();
        let pairs = activities.iter().zip(y);
        match self {
            Self::MeanSquaredError => gradient.extend(pairs.map(|(o, t)| 2.0 * each * (o - t))),
            Self::MeanAbsoluteError => {
                gradient.extend(pairs.map(|(o, t)| if o == t { 0.0 } else { each * (o - t).signum() }))
            }
            Self::Huber { delta } => {
                let delta = delta as f32;
                gradient.extend(pairs.map(|(o, t)| each * (o - t).clamp(-delta, delta)));
            }
            Self::GaussianNegativeLogLikelihood => {
                let targets = width / 2;
                let each = 1.0 / (rows * targets as f32);
                for (outputs, target) in activities.chunks_exact(width).zip(y.chunks_exact(targets)) {
                    let (means, logarithms) = outputs.split_at(targets);
                    let terms =
                        || means.iter().zip(logarithms).zip(target).map(|((mean, &s), t)| (mean - t, libm::expf(-s)));
                    gradient.extend(terms().map(|(difference, precision)| each * difference * precision));
                    gradient.extend(
                        terms().map(|(difference, precision)| 0.5 * each * (1.0 - difference * difference * precision)),
                    );
                }
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
        for (row, weight) in gradient.chunks_exact_mut(width).zip(weights) {
            row.iter_mut().for_each(|value| *value *= weight);
        }
    }
}
