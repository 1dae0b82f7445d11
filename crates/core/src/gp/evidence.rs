//! The gradient of the log marginal likelihood by the logarithms of the parameters.
//!
//! `∂ log p(y)/∂θ = ½ Σᵢⱼ Wᵢⱼ ∂Kᵢⱼ/∂θ` with `W = Σ_outputs α αᵀ − outputs·A⁻¹` (Rasmussen and Williams 2006, eq. 5.9), and `A⁻¹ = V·Vᵀ`
//! of the rows `V = L⁻ᵀ`, which are zero before their diagonal. `½ n³` products in all, beside the `n³/6` of the factor.

use super::family::Row;
use super::kernel::Workspace;
use super::process::Process;
use super::tile::{Rows, TILE, subtract_products};
use super::zeros;
use crate::error::Error;
use std::rc::Rc;
use thinned_lanes::Backend;

/// The gradient on its way.
#[derive(Debug)]
pub struct Evidence {
    process: Rc<Process>,
    inverse: Vec<f64>, // V, [rows, rows]
    space: Workspace,
    /// By the parameters of the kernel in their order, and by the noise.
    pub gradient: Vec<f64>,
    solved: usize,
    summed: usize,
}

impl Evidence {
    /// Of a fitted process.
    ///
    /// # Errors
    /// `Range` where there is no memory.
    pub fn new(process: Rc<Process>) -> Result<Self, Error> {
        let size = process.points.rows;
        Ok(Self {
            inverse: zeros(size.checked_mul(size), "the inverse of the kernel matrix")?,
            gradient: vec![0.0; process.kernel.parameters() + 1],
            space: Workspace::default(),
            process,
            solved: 0,
            summed: 0,
        })
    }

    /// Blocks of 64 rows of the stage that is under way: of the inverse, then of the sum.
    pub fn remaining(&self) -> usize {
        let blocks = self.process.points.rows.div_ceil(TILE);
        if self.solved < blocks { blocks - self.solved } else { blocks - self.summed }
    }

    /// Whether the inverse is still to be computed.
    pub fn inverts(&self) -> bool {
        self.solved < self.process.points.rows.div_ceil(TILE)
    }

    /// Does so many blocks of the stage that is under way.
    pub fn step<B: Backend>(&mut self, blocks: usize) {
        let inverts = self.inverts();
        for _ in 0..blocks.min(self.remaining()) {
            if inverts {
                self.invert::<B>();
            } else {
                self.sum::<B>();
            }
        }
    }

    fn invert<B: Backend>(&mut self) {
        let size = self.process.points.rows;
        let first = self.solved * TILE;
        let rows = first..size.min(first + TILE);
        let own = &mut self.inverse[first * size..rows.end * size];
        for row in rows {
            own[(row - first) * size + row] = 1.0;
        }
        self.process.factor.solve_rows::<B>(own, first);
        self.solved += 1;
    }

    fn sum<B: Backend>(&mut self) {
        let Process { kernel, points, weights, outputs, noise, .. } = &*self.process;
        let size = points.rows;
        let first = self.summed * TILE;
        let rows = first..size.min(first + TILE);
        // −A⁻¹ of these rows up to their diagonal: both factors are zero before the first column of the block.
        let mut inverse = vec![0.0; rows.len() * rows.end];
        for left in (0..rows.end).step_by(TILE) {
            let width = TILE.min(rows.end - left);
            let from = |row: usize| Rows { data: &self.inverse[row * size + first..], stride: size };
            let shape = [rows.len(), width, size - first];
            subtract_products::<B>(&mut inverse[left..], rows.end, shape, from(first), from(left));
        }
        let [kernel_gradient @ .., noise_gradient] = &mut self.gradient[..] else { return };
        for row in rows.clone() {
            let along = &mut inverse[(row - first) * rows.end..][..=row];
            for (column, value) in along.iter_mut().enumerate() {
                *value *= *outputs as f64;
                for own in weights.chunks_exact(size) {
                    *value += own[row] * own[column];
                }
                // The upper half is the same as the lower.
                *value *= if column < row { 1.0 } else { 0.5 };
            }
            *noise_gradient += along[row] * noise;
            let point = Row { x: points.row(row), own: Some(row) };
            kernel.add_gradient::<B>(point, points, along, &mut self.space, kernel_gradient);
        }
        self.summed += 1;
    }
}
