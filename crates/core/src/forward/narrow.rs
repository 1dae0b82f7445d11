//! Layers of few units under masks that many rows share.
//!
//! The simple version lists what is kept of every row. Few units cost less than such lists, and there are two other ways:
//!
//! * What a mask keeps of its inputs is put side by side, and multiplied by the kept rows of the kernel.
//! * Where all samples have the same inputs, since no gate comes before them, the masks act on the kernel instead,
//!   `(x ⊙ f)·W = x·(diag(f)·W)`, whose copies for many masks lie side by side: one product for all of them. Dropped inputs are
//!   multiplied by zero, twice the products at rate one half, but at the speed of a wide product and without moving `x`. Both
//!   have the same bits where a factor is a power of two, which is exact wherever it is applied, and numbers are finite: so at
//!   rate one half, and under standard scaling at any rate.

use super::kept::nonzero;
use super::{Pass, Workspace};
use crate::gemm::{Matrix, multiply};
use crate::need::Need;
use crate::network::{Dense, Graph, Operation};
use thinned_lanes::Backend;

/// Fewer units cost less than lists of what they read.
pub(super) const NARROW: usize = 16;

impl Pass<'_> {
    /// The product with few units. `thin` is the site whose units alone there are values of.
    pub(super) fn narrow_product<B: Backend>(
        &self,
        dense: &Dense,
        (source, site): (usize, usize),
        thin: Option<usize>,
        output: &mut [f32],
        workspace: &mut Workspace,
    ) {
        let (inputs, units) = self.kernel_shape(dense);
        let Workspace { values, factors, kept, columns, kept_columns: kernel, block, scratch, .. } = workspace;
        let (values, factors) = (&values[source], &factors[site]);
        let weights = &self.parameters[dense.kernel];
        let width = thin.map_or(inputs, |site| kept[site].kept().len());
        if width == 0 {
            return output.fill(0.0);
        }
        let masks = factors.len() / width;
        if masks > 1 && values.len() == self.rows * width && acts_on_kernel(values, weights, factors) {
            side_by_side(weights, factors, (width, units), kernel);
            block.product.resize(self.rows * masks * units, 0.0);
            let x = Matrix::row_major(values, self.rows, width);
            multiply::<B>(x, Matrix::row_major(kernel, width, masks * units), &mut block.product, scratch);
            for (mask, output) in output.chunks_exact_mut(self.rows * units).enumerate() {
                for (sums, output) in block.product.chunks_exact(masks * units).zip(output.chunks_exact_mut(units)) {
                    output.copy_from_slice(&sums[mask * units..][..units]);
                }
            }
            return;
        }
        let batches = values.chunks_exact(self.rows * width).cycle();
        let outputs = output.chunks_exact_mut(self.rows * units);
        for ((values, factors), output) in batches.zip(factors.chunks_exact(width)).zip(outputs) {
            columns.set(width, nonzero(factors));
            columns.take_gated_rows::<B>(values.chunks_exact(width), factors, &mut block.x);
            kernel.clear();
            for &input in thin.map_or(columns.kept(), |site| kept[site].kept()) {
                kernel.extend_from_slice(&weights[input as usize * units..][..units]);
            }
            let x = Matrix::row_major(&block.x, self.rows, columns.kept().len());
            multiply::<B>(x, Matrix::row_major(kernel, columns.kept().len(), units), output, scratch);
        }
    }
}

/// The most units of a layer, where all gated layers are narrow and right behind the only gates: of those, the masks of many
/// samples act on copies of one kernel.
pub fn masks_side_by_side(graph: &Graph, gated: &[bool], needs: &[Need]) -> Option<usize> {
    let gated_nodes = || (0..graph.nodes.len()).filter(|&node| gated[node]);
    let is_side_by_side = |node: usize| match graph.nodes[node].operation {
        Operation::Dropout { source, .. } => needs[node] == Need::Gates && !gated[source],
        Operation::Dense(ref dense) => {
            matches!(graph.nodes[dense.source].operation, Operation::Dropout { .. })
                && graph.nodes[node].width <= NARROW
        }
        _ => false,
    };
    let units = gated_nodes().filter_map(|node| graph.dense(node).map(|_| graph.nodes[node].width)).max();
    units.filter(|_| gated_nodes().all(is_side_by_side))
}

/// Whether it changes no bit that factors act on the kernel and what is dropped is multiplied by zero.
fn acts_on_kernel(values: &[f32], weights: &[f32], factors: &[f32]) -> bool {
    const MANTISSA: u32 = (1 << (f32::MANTISSA_DIGITS - 1)) - 1;
    let most = factors.iter().fold(1.0f32, |most, factor| most.max(*factor));
    let all_fit = |numbers: &[f32]| numbers.iter().all(|number| (number * most).is_finite());
    factors.iter().all(|factor| factor.to_bits() & MANTISSA == 0) && all_fit(values) && all_fit(weights)
}

/// The kernel under each mask, `[width, masks, units]`.
fn side_by_side(weights: &[f32], factors: &[f32], (width, units): (usize, usize), wide: &mut Vec<f32>) {
    wide.clear();
    for (input, weights) in weights.chunks_exact(units).enumerate() {
        for factor in factors.iter().skip(input).step_by(width) {
            wide.extend(weights.iter().map(|weight| weight * factor));
        }
    }
}
