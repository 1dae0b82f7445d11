//! Dense layers between gates: products with what the gates before them let through, to what those after them keep.

use super::narrow::NARROW;
use super::{Draw, Masks, Pass, Workspace};
use crate::gemm::{Gated, Left, Matrix, Samples, multiply, multiply_panels, multiply_samples};
use crate::need::Need;
use crate::network::{Dense, Operation};
use thinned_lanes::Backend;

/// So many rows of a mask pay for what is done for it once.
const MANY_ROWS: usize = 16;

impl Pass<'_> {
    /// Draws the one mask of a site, its units as a list and the factors of those alone.
    pub(super) fn draw_kept<B: Backend>(&self, site: usize, draw: Draw, workspace: &mut Workspace) {
        let (factors, kept) = (&mut workspace.factors[site], &mut workspace.kept[site]);
        self.draw_gates::<B>(&self.graph.sites[site], draw, 1, factors);
        kept.set(factors.len(), nonzero(factors));
        factors.retain(|factor| *factor != 0.0);
    }

    /// The product of dense node `index`, without gates of its own, as far as it is needed.
    pub(super) fn thinned_product<B: Backend>(
        &self,
        dense: &Dense,
        needs: &[Need],
        index: usize,
        draw: Draw,
        output: &mut [f32],
        workspace: &mut Workspace,
    ) {
        let (inputs, units) = self.kernel_shape(dense);
        let (source, site) = match (&self.graph.nodes[dense.source].operation, needs[dense.source]) {
            (&Operation::Dropout { source, site }, Need::Gates | Need::Groups { .. }) => (source, site),
            _ => {
                return match needs[index] {
                    Need::Kept(site) => self.product_to_kept::<B>(dense, site, output, workspace),
                    _ => self.product::<B>(dense, workspace.values[dense.source].len() / inputs, output, workspace),
                };
            }
        };
        let writes_all = !matches!(needs[index], Need::Kept(_));
        if writes_all && units <= NARROW && draw.masks == Masks::Shared && self.rows >= MANY_ROWS {
            let thin = (needs[source] == Need::Kept(site)).then_some(site);
            return self.narrow_product::<B>(dense, (source, site), thin, output, workspace);
        }
        let Workspace { values, factors, kept, columns, subnetwork, kernels, lists, class_lists, .. } = workspace;
        if let (Need::Groups { .. }, Some(kernels)) = (needs[dense.source], &*kernels) {
            let x = Samples { values: &values[source], factors: &factors[site], rows: self.rows, width: inputs };
            return multiply_samples::<B>(x, self.packed::<B>(dense, kernels), output, class_lists);
        }
        let matrix = &self.parameters[dense.kernel];
        let columns = match needs[index] {
            Need::Kept(site) => &kept[site],
            _ => {
                columns.set(units, 0..units as u32);
                columns
            }
        };
        let is_thin = needs[source] == Need::Kept(site);
        let width = if is_thin { kept[site].kept().len() } else { inputs };
        let (values, rows_per_mask) = (&values[source], self.rows_per_mask(draw));
        let x = Left::Gated(Gated { values, factors: &factors[site], rows_per_mask, width });
        let kernel = if is_thin {
            let rows = kept[site].kept().iter().map(|&row| row as usize).enumerate();
            subnetwork.gather::<B>(matrix, units, width, rows, columns);
            subnetwork
        } else if let Need::Kept(_) = needs[index] {
            // The rows that the one mask drops are in no list.
            let rows = (0..inputs).zip(&factors[site]).filter(|(_, factor)| **factor != 0.0).map(|(row, _)| (row, row));
            subnetwork.gather::<B>(matrix, units, inputs, rows, columns);
            subnetwork
        } else if let Some(kernels) = kernels {
            self.packed::<B>(dense, kernels)
        } else {
            subnetwork.pack::<B>(Matrix::row_major(matrix, inputs, units));
            subnetwork
        };
        multiply_panels::<B>(x, kernel, output, lists, false);
    }

    /// The product with all inputs to the units that `site` keeps.
    fn product_to_kept<B: Backend>(&self, dense: &Dense, site: usize, output: &mut [f32], workspace: &mut Workspace) {
        let (inputs, units) = self.kernel_shape(dense);
        let Workspace { values, kept, kept_columns, scratch, .. } = workspace;
        let columns = &kept[site];
        columns.take_rows::<B>(self.parameters[dense.kernel].chunks_exact(units), kept_columns);
        let x = Matrix::row_major(&values[dense.source], self.rows, inputs);
        multiply::<B>(x, Matrix::row_major(kept_columns, inputs, columns.kept().len()), output, scratch);
    }

    /// Bias and activation of the kept units alone.
    pub(super) fn finish_kept<B: Backend>(&self, dense: &Dense, kept: &[u32], output: &mut [f32]) {
        if let Some(bias) = dense.bias
            && !kept.is_empty()
        {
            let bias: Vec<f32> = kept.iter().map(|&unit| self.parameters[bias][unit as usize]).collect();
            for row in output.chunks_exact_mut(kept.len()) {
                row.iter_mut().zip(&bias).for_each(|(value, bias)| *value += bias);
            }
        }
        dense.activation.apply::<B>(output, kept.len());
    }
}

/// Where a mask has factors that are not zero.
pub(super) fn nonzero(factors: &[f32]) -> impl Iterator<Item = u32> {
    (0..).zip(factors).filter(|(_, factor)| **factor != 0.0).map(|(place, _)| place)
}
