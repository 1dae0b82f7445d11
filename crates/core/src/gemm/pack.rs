//! Views of matrices in any order, and their copies in the order of the kernel.

/// A view of a matrix: element `(row, column)` is `data[row · row_stride + column · column_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    data: &'a [f32],
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// The view of a row-major array `[rows, columns]`.
    pub fn row_major(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns);
        Self { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The same numbers with rows and columns exchanged; nothing moves.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// A part of the matrix.
    pub fn block(self, row: usize, rows: usize, column: usize, columns: usize) -> Self {
        assert!(row + rows <= self.rows && column + columns <= self.columns);
        let first = row * self.row_stride + column * self.column_stride;
        Self { data: self.data.get(first..).unwrap_or(&[]), rows, columns, ..self }
    }

    /// One element.
    pub fn at(&self, row: usize, column: usize) -> f32 {
        self.data[row * self.row_stride + column * self.column_stride]
    }
}

/// Copies a `[k, n]` matrix into panels of `W` columns: `panels[panel][k][column]`, the last one padded with zeros.
pub fn pack_columns<const W: usize>(source: Matrix, panels: &mut Vec<f32>) {
    let (k, n) = (source.rows, source.columns);
    panels.clear();
    panels.resize(n.div_ceil(W) * k * W, 0.0);
    if k == 0 {
        return;
    }
    for (index, panel) in panels.chunks_exact_mut(k * W).enumerate() {
        let first = index * W;
        let width = W.min(n - first);
        let (rows, _) = panel.as_chunks_mut::<W>();
        if source.column_stride == 1 {
            for (row, packed) in rows.iter_mut().enumerate() {
                let start = row * source.row_stride + first;
                packed[..width].copy_from_slice(&source.data[start..start + width]);
            }
        } else {
            // The other stride is 1: read along it, so that each source line is touched once.
            for column in 0..width {
                let start = (first + column) * source.column_stride;
                for (row, packed) in rows.iter_mut().enumerate() {
                    packed[column] = source.data[start + row * source.row_stride];
                }
            }
        }
    }
}
