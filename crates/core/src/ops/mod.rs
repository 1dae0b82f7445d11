//! Layers without gates of their own: fixed functions of what they read.
//!
//! Each is described once for the exact statistics: unit `u` is `activation(c_u + Σ w x)` over the *terms* of `u`, the
//! places that it reads with their weights. Multiplication, the largest of a window and layer normalisation are no such
//! sums; their terms, all of weight 1, say what they read. The passes in single precision compute the same in bulk.

mod convolution;
mod join;
mod normalization;
mod pool;
mod window;

pub use convolution::{Convolution, Scratch};
pub use normalization::{BatchStatistics, Normalization, NormalizationKind, update_moving};
pub use pool::{Pool, PoolKind};
pub use window::{Padding, Window};

pub(crate) use join::{concat_channels, multiply, multiply_backward, split_channels};
pub(crate) use normalization::moments;

use crate::activation::Activation;
use crate::network::Network;

/// An application of a layer without gates.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// Nodes.
    pub sources: Vec<usize>,
    /// What it computes of them.
    pub function: Function,
}

/// A fixed function.
#[derive(Clone, Debug)]
pub enum Function {
    /// The same numbers in another shape.
    Reshape,
    /// An activation by itself.
    Activation(Activation),
    /// The product of the sources.
    Multiply,
    /// The sources side by side at each place of an image.
    ConcatChannels {
        /// Of each source.
        channels: Vec<usize>,
    },
    /// A filter over an image.
    Convolution(Convolution),
    /// The largest or the mean number under a window.
    Pool(Pool),
    /// Mean and variance taken out.
    Normalization(Normalization),
}

impl Fixed {
    /// The function that it ends in.
    pub fn activation(&self) -> Option<Activation> {
        match &self.function {
            Function::Activation(activation) => Some(*activation),
            Function::Convolution(convolution) => Some(convolution.activation),
            _ => None,
        }
    }

    /// Whether a unit, before the activation, is a constant and the weighted sum of its terms.
    pub fn is_sum(&self) -> bool {
        !matches!(
            self.function,
            Function::Multiply
                | Function::Pool(Pool { kind: PoolKind::Max, .. })
                | Function::Normalization(Normalization { kind: NormalizationKind::Layer, .. })
        )
    }

    /// Whether it is linear throughout.
    pub fn is_linear(&self) -> bool {
        self.is_sum() && self.activation().is_none_or(|activation| activation == Activation::Linear)
    }

    /// Whether each unit is one that it reads.
    pub fn is_arrangement(&self) -> bool {
        matches!(self.function, Function::Reshape | Function::ConcatChannels { .. })
    }

    /// The parameters that training moves or carries along.
    pub fn parameters(&self) -> Vec<usize> {
        match &self.function {
            Function::Convolution(convolution) => {
                [Some(convolution.kernel), convolution.bias].into_iter().flatten().collect()
            }
            Function::Normalization(normalization) => normalization.parameters(),
            _ => Vec::new(),
        }
    }

    /// The constant of a unit.
    pub fn constant(&self, network: &Network, unit: usize) -> f64 {
        match &self.function {
            Function::Convolution(convolution) => {
                convolution.bias.map_or(0.0, |bias| network.parameters[bias][unit % convolution.filters].into())
            }
            Function::Normalization(normalization) => normalization.constant(network, unit),
            _ => 0.0,
        }
    }

    /// What the magnitude of the constant is, before anything in it cancels: its rounding is a few times `u` of this.
    pub fn constant_magnitude(&self, network: &Network, unit: usize) -> f64 {
        match &self.function {
            Function::Normalization(normalization) => normalization.constant_magnitude(network, unit),
            _ => self.constant(network, unit).abs(),
        }
    }

    /// Visits the terms of a unit in the order of their sum: source node, unit of it, weight.
    pub fn terms(&self, network: &Network, unit: usize, visit: &mut dyn FnMut(usize, usize, f64)) {
        match &self.function {
            Function::Convolution(convolution) => {
                let kernel = &network.parameters[convolution.kernel];
                let filter = unit % convolution.filters;
                convolution.places(unit / convolution.filters, &mut |tap, place| {
                    visit(self.sources[0], place, kernel[tap * convolution.filters + filter].into());
                });
            }
            Function::Pool(pool) => {
                let weight = pool.weight(unit);
                pool.places(unit, &mut |place| visit(self.sources[0], place, weight));
            }
            Function::Normalization(normalization) if self.is_sum() => {
                visit(self.sources[0], unit, normalization.scale(network, unit));
            }
            _ => self.reads(unit, &mut |source, place| visit(source, place, 1.0)),
        }
    }

    /// Visits what a unit reads: source node and unit of it.
    pub fn reads(&self, unit: usize, visit: &mut dyn FnMut(usize, usize)) {
        match &self.function {
            Function::Reshape | Function::Activation(_) => visit(self.sources[0], unit),
            Function::Multiply => self.sources.iter().for_each(|&source| visit(source, unit)),
            Function::ConcatChannels { channels } => {
                let total: usize = channels.iter().sum();
                let (place, mut channel, mut which) = (unit / total, unit % total, 0);
                while channel >= channels[which] {
                    channel -= channels[which];
                    which += 1;
                }
                visit(self.sources[which], place * channels[which] + channel);
            }
            Function::Convolution(convolution) => {
                convolution.places(unit / convolution.filters, &mut |_, place| visit(self.sources[0], place));
            }
            Function::Pool(pool) => pool.places(unit, &mut |place| visit(self.sources[0], place)),
            Function::Normalization(normalization) => match normalization.kind {
                NormalizationKind::Batch { .. } => visit(self.sources[0], unit),
                NormalizationKind::Layer => {
                    let channels = normalization.channels;
                    let first = unit / channels * channels;
                    (first..first + channels).for_each(|place| visit(self.sources[0], place));
                }
            },
        }
    }

    /// The function before its activation for one row, in double precision: `values` by node, `output [width]`.
    pub fn compute(&self, network: &Network, values: &[Vec<f64>], output: &mut [f64]) {
        match &self.function {
            Function::Multiply => {
                output.fill(1.0);
                for &source in &self.sources {
                    output.iter_mut().zip(&values[source]).for_each(|(product, value)| *product *= value);
                }
            }
            Function::Pool(pool @ Pool { kind: PoolKind::Max, .. }) => {
                let values = &values[self.sources[0]];
                for (unit, output) in output.iter_mut().enumerate() {
                    *output = f64::NEG_INFINITY;
                    pool.places(unit, &mut |place| *output = output.max(values[place]));
                }
            }
            Function::Normalization(normalization @ Normalization { kind: NormalizationKind::Layer, .. }) => {
                normalization.layer_double(network, &values[self.sources[0]], output);
            }
            _ => {
                for (unit, output) in output.iter_mut().enumerate() {
                    let mut sum = self.constant(network, unit);
                    self.terms(network, unit, &mut |source, place, weight| sum += weight * values[source][place]);
                    *output = sum;
                }
            }
        }
    }

    /// How many products a row costs.
    pub fn products(&self, width: usize) -> usize {
        match &self.function {
            Function::Convolution(convolution) => width * convolution.window.cells() * convolution.window.channels,
            Function::Pool(pool) => width * pool.window.cells(),
            _ => width * self.sources.len(),
        }
    }
}
