//! The way back through layers without gates of their own.

use super::Gradients;
use crate::forward::{Pass, Workspace};
use crate::ops::{Fixed, Function, multiply_backward, split_channels};
use thinned_lanes::Backend;

impl Gradients {
    /// Adds the shares of the sources and parameters of `fixed`, from the gradient by what it computes before its
    /// activation.
    pub(super) fn fixed<B: Backend>(
        &mut self,
        pass: Pass,
        index: usize,
        fixed: &Fixed,
        workspace: &Workspace,
        gradient: &[f32],
    ) {
        let Self { parameters, nodes, convolution: scratch, .. } = self;
        let sources = &fixed.sources;
        let x = &workspace.values[sources[0]];
        let total = &mut nodes[sources[0]];
        match &fixed.function {
            Function::Reshape | Function::Activation(_) => {
                total.iter_mut().zip(gradient).for_each(|(total, g)| *total += g);
            }
            Function::Multiply => {
                for (which, &source) in sources.iter().enumerate() {
                    multiply_backward(sources, which, &workspace.values, gradient, &mut nodes[source]);
                }
            }
            Function::ConcatChannels { channels } => {
                let (all, mut first) = (channels.iter().sum(), 0);
                for (&source, &part) in sources.iter().zip(channels) {
                    split_channels(first, part, all, gradient, &mut nodes[source]);
                    first += part;
                }
            }
            Function::Convolution(convolution) => {
                convolution.backward::<B>(pass.parameters, x, gradient, parameters, total, &mut scratch.backward);
            }
            Function::Pool(pool) => {
                if !total.is_empty() {
                    pool.backward(x, &workspace.values[index], gradient, total);
                }
            }
            Function::Normalization(normalization) => {
                let batch = &workspace.batch_statistics[index];
                normalization.backward(pass.parameters, x, gradient, batch, parameters, total);
            }
        }
    }
}
