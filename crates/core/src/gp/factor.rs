//! The Cholesky factor of a covariance matrix, and what is solved with it.
//!
//! ```text
//! for j: for i ≥ j: L[i][j] = (A[i][j] − Σ_{t<j} L[i][t]·L[j][t]) / L[j][j],   L[j][j] = √(…)
//! ```
//!
//! The departure: that, tile by tile of 64 columns, each tile finished before the next is begun, its sums taken 64 terms at a time
//! (left-looking; Golub and Van Loan 2013, §4.2). Rows appended below `A` come out as `a·L⁻ᵀ`, which is what
//! [`Factor::solve_rows`] does.

use super::tile::{Rows, TILE, add_scaled, dot, subtract_products};
use crate::error::Error;
use thinned_lanes::Backend;

/// A symmetric matrix on its way to its lower factor.
#[derive(Debug)]
pub struct Factor {
    /// Rows and columns.
    pub size: usize,
    matrix: Vec<f64>, // [size, size], the lower half of it
    diagonal: Vec<f64>,
    /// The next tile: its row and column in tiles.
    next: [usize; 2],
    refusal: Option<Pivot>,
}

/// A pivot that is not above what rounding makes of zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pivot {
    /// Which row.
    pub row: usize,
    /// Its value.
    pub value: f64,
    /// What it would have to exceed: `size·2⁻⁵²` of the diagonal of its row.
    pub least: f64,
}

impl Factor {
    /// To be factored: the lower half of `matrix [size, size]`.
    pub fn new(matrix: Vec<f64>, size: usize) -> Self {
        let diagonal = (0..size).map(|row| matrix[row * size + row]).collect();
        Self { size, matrix, diagonal, next: [0, 0], refusal: None }
    }

    /// The tiles still to do, a tile of column `j` counting `j + 1`: that many products of tiles.
    pub fn remaining(&self) -> usize {
        if self.refusal.is_some() {
            return 0;
        }
        let tiles = self.size.div_ceil(TILE);
        let [row, column] = self.next;
        (column..tiles).map(|j| (j + 1) * (tiles - if j == column { row } else { j })).sum()
    }

    /// Does tiles that count `units`, and no more than one beyond.
    pub fn step<B: Backend>(&mut self, units: usize) {
        let tiles = self.size.div_ceil(TILE);
        let mut done = 0;
        while done < units && self.next[1] < tiles && self.refusal.is_none() {
            let [row, column] = self.next;
            self.tile::<B>(row, column);
            done += column + 1;
            self.next = if row + 1 < tiles { [row + 1, column] } else { [column + 1, column + 1] };
        }
    }

    /// The pivot that ended the factorisation: the matrix is not positive definite in this precision.
    pub fn refusal(&self) -> Option<Pivot> {
        self.refusal
    }

    /// A row of the factor up to its diagonal.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.matrix[row * self.size..][..=row]
    }

    /// The largest number on the diagonal of `A`, and so of all of it.
    pub fn largest(&self) -> f64 {
        self.diagonal.iter().fold(0.0, |most: f64, &value| most.max(value))
    }

    /// `½ log det A`.
    pub fn half_log_determinant(&self) -> f64 {
        (0..self.size).map(|row| libm::log(self.row(row)[row])).sum()
    }

    /// Replaces `v` by `A⁻¹ v`.
    pub fn solve<B: Backend>(&self, v: &mut [f64]) {
        for i in 0..self.size {
            let (before, own) = v.split_at_mut(i);
            own[0] = (own[0] - dot::<B>(&self.row(i)[..i], before)) / self.row(i)[i];
        }
        for i in (0..self.size).rev() {
            let (before, own) = v.split_at_mut(i);
            own[0] /= self.row(i)[i];
            add_scaled::<B>(before, -own[0], &self.row(i)[..i]);
        }
    }

    /// Replaces each row `v` of `rows [count, size]`, which is zero before column `first`, by `v·L⁻ᵀ`.
    pub fn solve_rows<B: Backend>(&self, rows: &mut [f64], first: usize) {
        let size = self.size;
        let count = rows.len() / size.max(1);
        for top in (0..count).step_by(TILE) {
            let height = TILE.min(count - top);
            let rows = &mut rows[top * size..(top + height) * size];
            let mut tile = [0.0; TILE * TILE];
            for column in first / TILE..size.div_ceil(TILE) {
                let width = TILE.min(size - column * TILE);
                copy(&mut tile, TILE, 0, rows, size, column * TILE, [height, width]);
                for t in first / TILE..column {
                    let above = Rows { data: &self.matrix[column * TILE * size + t * TILE..], stride: size };
                    let own = Rows { data: &rows[t * TILE..], stride: size };
                    subtract_products::<B>(&mut tile, TILE, [height, width, TILE], own, above);
                }
                self.divide::<B>(&mut tile, column, [height, width]);
                copy(rows, size, column * TILE, &tile, TILE, 0, [height, width]);
            }
        }
    }

    fn tile<B: Backend>(&mut self, row: usize, column: usize) {
        let size = self.size;
        let [height, width] = [row, column].map(|index| TILE.min(size - index * TILE));
        let (top, left) = (row * TILE * size, column * TILE);
        let mut tile = [0.0; TILE * TILE];
        copy(&mut tile, TILE, 0, &self.matrix[top..], size, left, [height, width]);
        for t in 0..column {
            let rows = |index: usize| Rows { data: &self.matrix[index * TILE * size + t * TILE..], stride: size };
            subtract_products::<B>(&mut tile, TILE, [height, width, TILE], rows(row), rows(column));
        }
        if row == column {
            self.factor_diagonal::<B>(&mut tile, left, width);
        } else {
            self.divide::<B>(&mut tile, column, [height, width]);
        }
        copy(&mut self.matrix[top..], size, left, &tile, TILE, 0, [height, width]);
    }

    /// Factors a tile on the diagonal whose first row is `first`.
    fn factor_diagonal<B: Backend>(&mut self, tile: &mut [f64], first: usize, width: usize) {
        for j in 0..width {
            let own = &tile[j * TILE..][..=j];
            let value = own[j] - dot::<B>(&own[..j], &own[..j]);
            let least = self.size as f64 * f64::EPSILON * self.diagonal[first + j];
            // Written so that a pivot that is no number is refused as well.
            if !(value > least && value.is_finite()) {
                self.refusal = Some(Pivot { row: first + j, value, least });
                return;
            }
            let root = value.sqrt();
            tile[j * TILE + j] = root;
            for i in j + 1..width {
                let (above, below) = tile.split_at_mut(i * TILE);
                below[j] = (below[j] - dot::<B>(&below[..j], &above[j * TILE..][..j])) / root;
            }
        }
    }

    /// Divides a tile by the transpose of the tile on the diagonal of its column.
    fn divide<B: Backend>(&self, tile: &mut [f64], column: usize, [height, width]: [usize; 2]) {
        for row in tile.chunks_exact_mut(TILE).take(height) {
            for j in 0..width {
                let own = &self.row(column * TILE + j)[column * TILE..];
                row[j] = (row[j] - dot::<B>(&row[..j], &own[..j])) / own[j];
            }
        }
    }
}

impl Pivot {
    /// The error of a matrix with this pivot; `hint` says what about its row.
    pub fn error(self, action: &str, size: usize, hint: &str) -> Error {
        let Self { row, value, least } = self;
        Error::range(format!(
            "Cannot {action}: pivot {row} of the kernel matrix of {size} rows is {value:e}, above {least:e} is wanted, so in \
             double precision the matrix is not positive definite{hint}; add noise (the variance of the observations) or \
             jitter, or leave out rows that say the same"
        ))
    }
}

/// Copies `[height, width]` numbers from one matrix into another, each from a first column on.
fn copy(
    target: &mut [f64],
    target_stride: usize,
    target_column: usize,
    source: &[f64],
    stride: usize,
    column: usize,
    [height, width]: [usize; 2],
) {
    for row in 0..height {
        target[row * target_stride + target_column..][..width]
            .copy_from_slice(&source[row * stride + column..][..width]);
    }
}
