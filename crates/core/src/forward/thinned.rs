//! What a mask that all rows of a batch share leaves of the layers on both sides of it.
//!
//! The simple version multiplies whole kernels and drops units afterwards. Here a layer behind a dropout reads kept columns
//! alone, and a layer whose units only a dropout reads computes kept units alone: at rate one half on both sides a quarter
//! of the products, and the same on the way back. What is left out is the product of a zero, or is multiplied by zero:
//! sums of finite numbers keep their bits.
//!
//! The mask, and the weights that it leaves, are the same for all rows of a training step, however these are cut. So the
//! gradients of all its parts are between the same units, and go to their places in the whole kernel once ([`Kept::spread`]).

use super::kept::nonzero;
use super::{Draw, Masks, Pass, Workspace};
use crate::activation::Activation;
use crate::gemm::{Columns, Matrix, multiply};
use crate::network::{Dense, Operation};
use core::ops::Range;
use thinned_lanes::Backend;

/// Numbers of a whole kernel that are written to be read at once: 32 KiB.
const NEAR: usize = 1 << 13;

/// A step of fewer rows does not pay for taking a kernel apart.
const FEWEST_ROWS: usize = 16;

/// The inputs and units of a dense layer that the mask at hand lets matter, in ascending order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Columns of the input that are not dropped.
    pub inputs: Columns,
    /// Units that are read.
    pub units: Columns,
    /// The kernel between them, `[inputs kept, units kept]`.
    pub kernel: Vec<f32>,
}

/// Arrays of the products between kept units, reused from layer to layer.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// `[rows, inputs kept]`.
    pub x: Vec<f32>,
    /// `[rows, units kept]`, or a gradient of a kernel or of `x`.
    pub product: Vec<f32>,
}

impl Pass<'_> {
    /// Draws the gates and notes for each dense layer what they keep of it, where that is less than all and the kernel is
    /// its own: once a step, whose rows are those of this pass.
    pub fn thin<B: Backend>(&self, draw: Draw, workspace: &mut Workspace) {
        let graph = self.graph;
        workspace.thinned.clear();
        if draw.masks != Masks::Shared || self.rows < FEWEST_ROWS {
            return;
        }
        workspace.factors.resize(graph.sites.len(), Vec::new());
        let mut kept_by = vec![None; graph.nodes.len()]; // by dropout
        for (index, node) in graph.nodes.iter().enumerate() {
            let Operation::Dropout { site, .. } = node.operation else { continue };
            let gates = &graph.sites[site];
            if !gates.is_random() || gates.shift().is_some() || gates.len() != node.width {
                continue;
            }
            self.draw_gates::<B>(gates, draw, 1, &mut workspace.factors[site]);
            let kept: Vec<u32> = nonzero(&workspace.factors[site]).collect();
            if kept.len() < node.width {
                kept_by[index] = Some(kept);
            }
        }
        let needed = graph.ancestors(&[graph.output]);
        let uses = graph.uses();
        let thinned = (0..graph.nodes.len()).map(|index| {
            let dense = graph.dense(index).filter(|dense| dense.site.is_none() && uses[dense.kernel] == 1)?;
            let inputs = kept_by[dense.source].clone();
            let readers = |(reader, node): &(usize, &crate::network::Node)| {
                needed[*reader] && node.operation.sources().contains(&index)
            };
            let mut readers = graph.nodes.iter().enumerate().filter(readers);
            // A softmax couples its units.
            let units = match (readers.next(), readers.next()) {
                (Some((reader, _)), None) if index != graph.output && dense.activation != Activation::Softmax => {
                    kept_by[reader].clone()
                }
                _ => None,
            };
            if inputs.is_none() && units.is_none() {
                return None;
            }
            let (all_inputs, all_units) = self.kernel_shape(dense);
            let columns = |kept: Option<Vec<u32>>, all: usize| match kept {
                Some(kept) => Columns::new(all, kept.into_iter()),
                None => Columns::new(all, 0..all as u32),
            };
            let (inputs, units) = (columns(inputs, all_inputs), columns(units, all_units));
            let kernel = taken::<B>(&self.parameters[dense.kernel], all_units, &inputs, &units);
            Some(Kept { inputs, units, kernel })
        });
        workspace.thinned.extend(thinned);
    }

    /// The product of a layer between what is kept of it; the other units get 0. Returns whether something is not.
    pub(super) fn kept_product<B: Backend>(
        &self,
        index: usize,
        dense: &Dense,
        output: &mut [f32],
        workspace: &mut Workspace,
    ) -> bool {
        let Workspace { thinned, block, values, scratch, .. } = workspace;
        let Some(Some(Kept { inputs, units, kernel })) = thinned.get(index) else { return false };
        let (_, all_units) = self.kernel_shape(dense);
        let rows = output.len() / all_units;
        let x = inputs.of_matrix::<B>(&values[dense.source], &mut block.x);
        let x = Matrix::row_major(x, rows, inputs.kept().len());
        let kernel = Matrix::row_major(kernel, inputs.kept().len(), units.kept().len());
        block.product.resize(rows * units.kept().len(), 0.0);
        multiply::<B>(x, kernel, &mut block.product, scratch);
        for (row, output) in output.chunks_exact_mut(all_units).enumerate() {
            units.spread::<B>(&block.product[row * units.kept().len()..], output);
        }
        true
    }
}

impl Kept {
    /// Calls `then` with the same by the kernel's `weights`, some [`NEAR`] numbers at a time, and with which of them they are.
    pub fn each_rows<B: Backend>(
        &self,
        kept: &[f32],
        weights: Range<usize>,
        rows: &mut Vec<f32>,
        mut then: impl FnMut(Range<usize>, &[f32]),
    ) {
        let width = self.units.width();
        let together = NEAR.div_ceil(width);
        rows.resize(together * width, 0.0);
        for first_row in (weights.start / width..weights.end.div_ceil(width)).step_by(together) {
            self.spread::<B>(kept, first_row, rows);
            let first = first_row * width;
            let (start, end) = (first.max(weights.start), weights.end.min(first + rows.len()));
            then(start..end, &rows[start - first..end - first]);
        }
    }

    /// Writes a gradient by the kernel between what is kept to its places in that by the whole kernel, and zeros elsewhere:
    /// to as many rows of it, from `first_row` on, as `rows` has room for.
    pub fn spread<B: Backend>(&self, kept: &[f32], first_row: usize, rows: &mut [f32]) {
        let units = self.units.kept().len();
        let first_kept = self.inputs.kept().partition_point(|&input| (input as usize) < first_row);
        let mut inputs = (first_kept..).zip(&self.inputs.kept()[first_kept..]).peekable();
        for (input, row) in (first_row..).zip(rows.chunks_exact_mut(self.units.width())) {
            match inputs.next_if(|(_, kept)| **kept as usize == input) {
                Some((place, _)) => self.units.spread::<B>(&kept[place * units..], row),
                None => row.fill(0.0),
            }
        }
    }
}

/// The kernel between what is kept, `[inputs kept, units kept]`.
fn taken<B: Backend>(kernel: &[f32], all_units: usize, inputs: &Columns, units: &Columns) -> Vec<f32> {
    let mut taken = Vec::new();
    let rows = inputs.kept().iter().map(|&input| &kernel[input as usize * all_units..][..all_units]);
    units.take_rows::<B>(rows, &mut taken);
    taken
}
