//! Layers without gates of their own, over as many rows as their source has.

use super::{Mode, Pass, Workspace};
use crate::ops::{Fixed, Function, concat_channels, multiply};
use thinned_lanes::Backend;

impl Pass<'_> {
    /// The activities of node `index`, which is `fixed`.
    pub(super) fn fixed<B: Backend>(&self, index: usize, fixed: &Fixed, output: &mut [f32], workspace: &mut Workspace) {
        let sources = &fixed.sources;
        let x = &workspace.values[sources[0]];
        match &fixed.function {
            Function::Reshape | Function::Activation(_) => output.copy_from_slice(x),
            Function::Multiply => multiply(sources, &workspace.values, output),
            Function::ConcatChannels { channels } => concat_channels(sources, channels, &workspace.values, output),
            Function::Convolution(convolution) => {
                convolution.forward::<B>(self.parameters, x, output, &mut workspace.convolution);
            }
            Function::Pool(pool) => pool.forward::<B>(x, output),
            Function::Normalization(normalization) => {
                let batch = (self.mode == Mode::Training).then(|| &mut workspace.batch_statistics[index]);
                normalization.forward(self.parameters, x, output, batch);
            }
        }
        if let Some(activation) = fixed.activation() {
            self.activate::<B>(index, activation, output, self.graph.channels(index), workspace);
        }
    }
}
