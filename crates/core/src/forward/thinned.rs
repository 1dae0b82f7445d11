//! What a mask that all rows of a batch share leaves of the layers on both sides of it.
//!
//! The simple version multiplies whole kernels and drops units afterwards. Here a layer behind a dropout reads kept columns
//! alone, and a layer whose units only a dropout reads computes kept units alone: at rate one half on both sides a quarter
//! of the products, and the same on the way back. What is left out is the product of a zero, or is multiplied by zero:
//! sums of finite numbers keep their bits.

use super::{Draw, Masks, Pass, Workspace};
use crate::activation::Activation;
use crate::gemm::{Matrix, multiply};
use crate::network::{Dense, Operation};
use thinned_lanes::Backend;

/// Fewer rows do not pay for taking a kernel apart.
const FEWEST_ROWS: usize = 16;

/// The inputs and units of a dense layer that the mask at hand lets matter, in ascending order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Columns of the input that are not dropped.
    pub inputs: Vec<u32>,
    /// Units that are read.
    pub units: Vec<u32>,
}

/// Arrays of the products between kept units, reused from layer to layer.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// `[rows, inputs kept]`.
    pub x: Vec<f32>,
    /// `[inputs kept, units kept]`.
    pub kernel: Vec<f32>,
    /// `[rows, units kept]`, or a gradient of one of the others.
    pub product: Vec<f32>,
}

impl Pass<'_> {
    /// Draws the gates and notes for each dense layer what they keep of it, where that is less than all.
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
            let factors = workspace.factors[site].iter().zip(0..);
            let kept: Vec<u32> = factors.filter(|(factor, _)| **factor != 0.0).map(|(_, unit)| unit).collect();
            if kept.len() < node.width {
                kept_by[index] = Some(kept);
            }
        }
        let needed = graph.ancestors(&[graph.output]);
        let thinned = (0..graph.nodes.len()).map(|index| {
            let dense = graph.dense(index).filter(|dense| dense.site.is_none())?;
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
            let all = |count: usize| (0..count as u32).collect();
            Some(Kept {
                inputs: inputs.unwrap_or_else(|| all(all_inputs)),
                units: units.unwrap_or_else(|| all(all_units)),
            })
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
        let Some(Some(kept)) = thinned.get(index) else { return false };
        let (inputs, units) = self.kernel_shape(dense);
        gather(&values[dense.source], inputs, &kept.inputs, &mut block.x);
        gather_kernel(&self.parameters[dense.kernel], units, kept, &mut block.kernel);
        let rows = output.len() / units;
        let x = Matrix::row_major(&block.x, rows, kept.inputs.len());
        let kernel = Matrix::row_major(&block.kernel, kept.inputs.len(), kept.units.len());
        block.product.resize(rows * kept.units.len(), 0.0);
        multiply::<B>(x, kernel, &mut block.product, scratch);
        output.fill(0.0);
        for (output, product) in output.chunks_exact_mut(units).zip(block.product.chunks_exact(kept.units.len().max(1)))
        {
            put(product, &kept.units, output);
        }
        true
    }
}

/// Columns of `[rows, width]`, as `[rows, columns]`.
pub fn gather(values: &[f32], width: usize, columns: &[u32], kept: &mut Vec<f32>) {
    kept.clear();
    for row in values.chunks_exact(width) {
        kept.extend(columns.iter().map(|&column| row[column as usize]));
    }
}

/// The kernel between what is kept, `[inputs kept, units kept]`.
pub fn gather_kernel(kernel: &[f32], units: usize, kept: &Kept, block: &mut Vec<f32>) {
    block.clear();
    for &input in &kept.inputs {
        let row = &kernel[input as usize * units..][..units];
        block.extend(kept.units.iter().map(|&unit| row[unit as usize]));
    }
}

/// Writes values to where they belong in a row.
pub fn put(kept: &[f32], columns: &[u32], row: &mut [f32]) {
    columns.iter().zip(kept).for_each(|(&column, value)| row[column as usize] = *value);
}
