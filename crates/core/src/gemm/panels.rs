//! Right operands of the kernels that walk lists: panels of columns, whose rows lie side by side.

use super::Matrix;
use super::aligned::Aligned;
use super::columns::Columns;
use thinned_lanes::Backend;

/// Vectors of a panel: as many sums of a row as fit the registers, beside a broadcast and a vector of the panel.
pub const VECTORS: usize = 12;
/// Floats from one row of a panel to the next, also in a narrower last panel: a constant spares the kernels a product.
pub const STRIDE: usize = 4 * VECTORS;

/// A matrix in panels of [`STRIDE`] columns, the last one padded.
#[derive(Clone, Debug, Default)]
pub struct Panels {
    data: Aligned, // [panels, rows, STRIDE], and a row more
    rows: usize,
    /// How many columns.
    pub columns: usize,
    line: Vec<f32>, // a row, before it is cut
}

/// Some columns of a matrix.
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a> {
    data: &'a [f32], // [rows + 1, STRIDE], for rows that start at any vector
    /// Vectors of a row that hold columns; those behind them are padding.
    pub vectors: usize,
    /// The number of the first column.
    pub column: usize,
    /// How many columns, without padding.
    pub columns: usize,
}

impl Panels {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of a panel; the last one may have fewer.
    pub const WIDTH: usize = STRIDE;

    /// Room for a matrix, to be written by the caller: `[panels, rows, WIDTH]`, with whatever numbers.
    pub fn blank(&mut self, rows: usize, columns: usize) -> &mut [f32] {
        self.resize(rows, columns);
        &mut self.data
    }

    /// Packs a matrix.
    pub fn pack<B: Backend>(&mut self, b: Matrix) {
        self.resize(b.rows, b.columns);
        for (column, panel) in self.panels_mut() {
            let panel = &mut panel[..b.rows * STRIDE];
            let width = (b.columns - column).min(STRIDE);
            b.block(0, b.rows, column, width).copy_rows::<B, STRIDE>(panel.as_chunks_mut().0);
        }
    }

    /// Packs the given columns of a row-major matrix of `units` columns; row `to` is its row `from` for each pair
    /// `(to, from)`, and what is left out of `rows` rows is not to be used.
    pub fn gather<B: Backend>(
        &mut self,
        matrix: &[f32],
        units: usize,
        rows: usize,
        pairs: impl Iterator<Item = (usize, usize)>,
        columns: &Columns,
    ) {
        self.resize(rows, columns.kept().len());
        self.line.resize(self.columns.next_multiple_of(STRIDE) + 4, 0.0);
        for (to, from) in pairs {
            columns.take::<B>(&matrix[from * units..(from + 1) * units], &mut self.line);
            let panels = self.data.chunks_mut((rows * STRIDE).max(1));
            for (panel, line) in panels.zip(self.line.as_chunks::<STRIDE>().0) {
                panel[to * STRIDE..(to + 1) * STRIDE].copy_from_slice(line);
            }
        }
    }

    /// The panels from left to right.
    pub fn panels(&self) -> impl Iterator<Item = Panel<'_>> {
        (0..self.columns).step_by(STRIDE).map(move |column| {
            let columns = (self.columns - column).min(STRIDE);
            let data = &self.data[self.rows * column..][..(self.rows + 1) * STRIDE];
            Panel { data, vectors: columns.div_ceil(4), column, columns }
        })
    }

    fn panels_mut(&mut self) -> impl Iterator<Item = (usize, &mut [f32])> {
        let panels = self.data.chunks_mut((self.rows * STRIDE).max(1));
        (0..self.columns).step_by(STRIDE).zip(panels)
    }

    fn resize(&mut self, rows: usize, columns: usize) {
        (self.rows, self.columns) = (rows, columns);
        self.data.resize((columns.div_ceil(STRIDE) * rows + 1) * STRIDE);
    }
}

impl<'a> Panel<'a> {
    /// The same panel, copied.
    pub fn copied<'b>(&self, near: &'b mut Aligned) -> Panel<'b> {
        near.resize(self.data.len());
        near.copy_from_slice(self.data);
        Panel { data: near, vectors: self.vectors, column: self.column, columns: self.columns }
    }

    /// The rows from vector `first` on; what lies beyond the panel belongs to the next row.
    pub fn rows_from(&self, first: usize) -> &'a [[f32; STRIDE]] {
        self.data[4 * first..].as_chunks().0
    }
}
