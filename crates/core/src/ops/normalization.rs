//! Batch and layer normalisation: `γ·(x − μ)/√(v + ε) + β`.
//!
//! *Batch* (Ioffe and Szegedy 2015): `μ` and `v` of each channel over the rows and places of a training batch, the
//! population variance; in prediction the moving averages `m ← momentum·m + (1 − momentum)·μ` of training, as in Keras.
//! *Layer* (Ba, Kiros, Hinton 2016): `μ` and `v` of each place over its channels, in training and prediction alike.
//!
//! After dropout the batch statistics are those of the gated units, whose variance is larger than that of the
//! deterministic pass (Li et al. 2019, "variance shift"): a normalisation is better placed before the gates.

use crate::network::{Graph, Network, Operation, Parameters};
use crate::ops::Function;

/// Over what mean and variance are taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NormalizationKind {
    /// The batch, by channel.
    Batch {
        /// Of the moving averages, in [0, 1).
        momentum: f64,
        /// Parameter `[channels]`.
        moving_mean: usize,
        /// Parameter `[channels]`.
        moving_variance: usize,
    },
    /// The channels, by place.
    Layer,
}

/// A normalisation layer.
#[derive(Clone, Debug)]
pub struct Normalization {
    /// Over what.
    pub kind: NormalizationKind,
    /// Units of the last dimension.
    pub channels: usize,
    /// `ε`, positive.
    pub epsilon: f64,
    /// Parameter `[channels]`: 1 where there is none.
    pub gamma: Option<usize>,
    /// Parameter `[channels]`: 0 where there is none.
    pub beta: Option<usize>,
}

/// Mean and variance by channel of a training batch.
#[derive(Clone, Debug, Default)]
pub struct BatchStatistics {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Normalization {
    /// All parameters, trained ones first.
    pub fn parameters(&self) -> Vec<usize> {
        let mut parameters: Vec<usize> = [self.gamma, self.beta].into_iter().flatten().collect();
        if let NormalizationKind::Batch { moving_mean, moving_variance, .. } = self.kind {
            parameters.extend([moving_mean, moving_variance]);
        }
        parameters
    }

    /// The factor of a unit in prediction by moving averages.
    pub fn scale(&self, network: &Network, unit: usize) -> f64 {
        let NormalizationKind::Batch { moving_variance, .. } = self.kind else { return 1.0 };
        let variance = &network.parameters[moving_variance];
        let channel = unit % variance.len();
        self.gamma(&network.parameters, channel) / (f64::from(variance[channel]) + self.epsilon).sqrt()
    }

    /// What is added to it.
    pub fn constant(&self, network: &Network, unit: usize) -> f64 {
        let NormalizationKind::Batch { moving_mean, .. } = self.kind else { return 0.0 };
        let mean = &network.parameters[moving_mean];
        let channel = unit % mean.len();
        self.beta(&network.parameters, channel) - f64::from(mean[channel]) * self.scale(network, unit)
    }

    /// The sum of the magnitudes that [`Self::constant`] is a difference of.
    pub fn constant_magnitude(&self, network: &Network, unit: usize) -> f64 {
        let NormalizationKind::Batch { moving_mean, .. } = self.kind else { return 0.0 };
        let mean = &network.parameters[moving_mean];
        let channel = unit % mean.len();
        self.beta(&network.parameters, channel).abs() + (f64::from(mean[channel]) * self.scale(network, unit)).abs()
    }

    /// Layer normalisation of one row in double precision.
    pub fn layer_double(&self, network: &Network, x: &[f64], output: &mut [f64]) {
        for (x, output) in x.chunks_exact(self.channels).zip(output.chunks_exact_mut(self.channels)) {
            let (mean, variance) = moments(x.iter().copied(), self.channels);
            let inverse = 1.0 / (variance + self.epsilon).sqrt();
            for (channel, (output, x)) in output.iter_mut().zip(x).enumerate() {
                *output = (x - mean) * inverse * self.gamma(&network.parameters, channel)
                    + self.beta(&network.parameters, channel);
            }
        }
    }

    /// Normalises `x [rows, places, channels]`. A batch normalisation in training takes the statistics of the batch and
    /// leaves them in `batch`, where it is given.
    pub fn forward(&self, parameters: &Parameters, x: &[f32], output: &mut [f32], batch: Option<&mut BatchStatistics>) {
        let NormalizationKind::Batch { moving_mean, moving_variance, .. } = self.kind else {
            return self.layer(parameters, x, output);
        };
        let statistics = match batch {
            Some(batch) => {
                *batch = BatchStatistics::of(x, self.channels);
                batch.clone()
            }
            None => BatchStatistics {
                mean: parameters[moving_mean].iter().map(|&mean| mean.into()).collect(),
                variance: parameters[moving_variance].iter().map(|&variance| variance.into()).collect(),
            },
        };
        let mean: Vec<f32> = statistics.mean.iter().map(|&mean| mean as f32).collect();
        let scale: Vec<f32> = self.scales(parameters, &statistics);
        let shift: Vec<f32> = (0..self.channels).map(|channel| self.beta(parameters, channel) as f32).collect();
        for (output, x) in output.chunks_exact_mut(self.channels).zip(x.chunks_exact(self.channels)) {
            let by_channel = mean.iter().zip(&scale).zip(&shift);
            for ((output, x), ((mean, scale), shift)) in output.iter_mut().zip(x).zip(by_channel) {
                *output = (x - mean) * scale + shift;
            }
        }
    }

    /// Adds the gradients by the parameters and, unless `by_x` is empty, by `x`.
    ///
    /// With `x̂ = (x − μ)/√(v + ε)` over `n` numbers: `∂γ = Σ g·x̂`, `∂β = Σ g` and, as `μ` and `v` depend on every `x`,
    /// `∂x = (γg − mean(γg) − x̂·mean(γg·x̂)) / √(v + ε)` (Ioffe and Szegedy 2015, §3).
    pub fn backward(
        &self,
        parameters: &Parameters,
        x: &[f32],
        gradient: &[f32],
        batch: &BatchStatistics,
        by_parameters: &mut [Vec<f32>],
        by_x: &mut [f32],
    ) {
        let channels = self.channels;
        let by_row = matches!(self.kind, NormalizationKind::Layer);
        let gamma: Vec<f64> = (0..channels).map(|channel| self.gamma(parameters, channel)).collect();
        let (mut by_gamma, mut by_beta) = (vec![0.0; channels], vec![0.0; channels]); // Σ g·x̂ and Σ g
        let inverse: Vec<f64> = batch.variance.iter().map(|variance| 1.0 / (variance + self.epsilon).sqrt()).collect();
        for (place, (x, g)) in x.chunks_exact(channels).zip(gradient.chunks_exact(channels)).enumerate() {
            let (mean, root) = if by_row { self.row_statistics(x) } else { (0.0, 0.0) };
            let normal = |channel: usize| {
                let x = f64::from(x[channel]);
                if by_row { (x - mean) * root } else { (x - batch.mean[channel]) * inverse[channel] }
            };
            for channel in 0..channels {
                by_gamma[channel] += f64::from(g[channel]) * normal(channel);
                by_beta[channel] += f64::from(g[channel]);
            }
            if by_row && !by_x.is_empty() {
                let terms = || (0..channels).map(|channel| (gamma[channel] * f64::from(g[channel]), normal(channel)));
                let n = channels as f64;
                let (sum, product) = terms().fold((0.0, 0.0), |(sum, product), (g, x)| (sum + g, product + g * x));
                let total = by_x[place * channels..][..channels].iter_mut();
                total
                    .zip(terms())
                    .for_each(|(total, (g, x))| *total += (root * (g - sum / n - x * product / n)) as f32);
            }
        }
        if !by_row && !by_x.is_empty() {
            let n = (x.len() / channels) as f64;
            let places = x.chunks_exact(channels).zip(gradient.chunks_exact(channels));
            for ((x, g), total) in places.zip(by_x.chunks_exact_mut(channels)) {
                for channel in 0..channels {
                    let normal = (f64::from(x[channel]) - batch.mean[channel]) * inverse[channel];
                    let centred = f64::from(g[channel]) - by_beta[channel] / n - normal * by_gamma[channel] / n;
                    total[channel] += (gamma[channel] * inverse[channel] * centred) as f32;
                }
            }
        }
        for (parameter, sums) in [(self.gamma, by_gamma), (self.beta, by_beta)] {
            if let Some(parameter) = parameter {
                by_parameters[parameter].iter_mut().zip(sums).for_each(|(total, sum)| *total += sum as f32);
            }
        }
    }

    fn layer(&self, parameters: &Parameters, x: &[f32], output: &mut [f32]) {
        let scale: Vec<f32> = (0..self.channels).map(|channel| self.gamma(parameters, channel) as f32).collect();
        let shift: Vec<f32> = (0..self.channels).map(|channel| self.beta(parameters, channel) as f32).collect();
        for (output, x) in output.chunks_exact_mut(self.channels).zip(x.chunks_exact(self.channels)) {
            let (mean, root) = self.row_statistics(x);
            for ((output, x), (scale, shift)) in output.iter_mut().zip(x).zip(scale.iter().zip(&shift)) {
                *output = ((f64::from(*x) - mean) * root) as f32 * scale + shift;
            }
        }
    }

    /// `μ` and `1/√(v + ε)` of the channels at one place.
    fn row_statistics(&self, x: &[f32]) -> (f64, f64) {
        let (mean, variance) = moments(x.iter().map(|&x| x.into()), self.channels);
        (mean, 1.0 / (variance + self.epsilon).sqrt())
    }

    fn scales(&self, parameters: &Parameters, statistics: &BatchStatistics) -> Vec<f32> {
        let scale =
            |(channel, variance): (usize, &f64)| self.gamma(parameters, channel) / (variance + self.epsilon).sqrt();
        statistics.variance.iter().enumerate().map(|channel| scale(channel) as f32).collect()
    }

    /// `γ` and `β` of a channel.
    pub fn affine(&self, parameters: &Parameters, channel: usize) -> (f64, f64) {
        (self.gamma(parameters, channel), self.beta(parameters, channel))
    }

    fn gamma(&self, parameters: &Parameters, channel: usize) -> f64 {
        self.gamma.map_or(1.0, |gamma| parameters[gamma][channel].into())
    }

    fn beta(&self, parameters: &Parameters, channel: usize) -> f64 {
        self.beta.map_or(0.0, |beta| parameters[beta][channel].into())
    }
}

impl BatchStatistics {
    /// By channel, in two passes: the mean, then the squares about it.
    fn of(x: &[f32], channels: usize) -> Self {
        let n = (x.len() / channels) as f64;
        let (mut mean, mut variance) = (vec![0.0; channels], vec![0.0; channels]);
        for place in x.chunks_exact(channels) {
            mean.iter_mut().zip(place).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        mean.iter_mut().for_each(|sum| *sum /= n);
        for place in x.chunks_exact(channels) {
            for ((sum, &x), mean) in variance.iter_mut().zip(place).zip(&mean) {
                *sum += (f64::from(x) - mean) * (f64::from(x) - mean);
            }
        }
        variance.iter_mut().for_each(|sum| *sum /= n);
        Self { mean, variance }
    }
}

/// Carries the moving averages of every batch normalisation along, after a training step that was taken.
pub fn update_moving(graph: &Graph, parameters: &mut Parameters, statistics: &[BatchStatistics]) {
    for (node, batch) in graph.nodes.iter().zip(statistics) {
        let Operation::Fixed(fixed) = &node.operation else { continue };
        let Function::Normalization(normalization) = &fixed.function else { continue };
        let NormalizationKind::Batch { momentum, moving_mean, moving_variance } = normalization.kind else { continue };
        for (parameter, values) in [(moving_mean, &batch.mean), (moving_variance, &batch.variance)] {
            for (moving, value) in parameters[parameter].iter_mut().zip(values) {
                *moving = (f64::from(*moving) * momentum + value * (1.0 - momentum)) as f32;
            }
        }
    }
}

/// Mean and population variance of `count` numbers, in two passes.
pub(crate) fn moments(values: impl Iterator<Item = f64> + Clone, count: usize) -> (f64, f64) {
    let mean = values.clone().sum::<f64>() / count as f64;
    (mean, values.map(|x| (x - mean) * (x - mean)).sum::<f64>() / count as f64)
}
