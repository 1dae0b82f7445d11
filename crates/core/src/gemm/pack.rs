//! Views of matrices in any order, and their copies in the order of the kernel.

use super::aligned::Aligned;
use thinned_lanes::{Backend, F32x4};

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

    /// Whether [`Matrix::row`] has an answer.
    pub fn rows_are_contiguous(&self) -> bool {
        self.column_stride == 1
    }

    /// A row, where its numbers lie side by side.
    pub fn row(&self, row: usize) -> Option<&'a [f32]> {
        (self.column_stride == 1).then(|| &self.data[row * self.row_stride..][..self.columns])
    }

    /// The columns, where the numbers of each lie side by side and those of a row do not.
    pub fn contiguous_columns(&self) -> Option<impl Iterator<Item = &'a [f32]>> {
        let (data, rows, stride) = (self.data, self.rows, self.column_stride);
        (stride != 1 && self.row_stride == 1)
            .then(|| (0..self.columns).map(move |column| &data[column * stride..][..rows]))
    }

    /// Copies each row to its line, padded with zeros.
    pub fn copy_rows<B: Backend, const W: usize>(self, lines: &mut [[f32; W]]) {
        if self.columns < W {
            lines.iter_mut().for_each(|line| line[self.columns..].fill(0.0));
        }
        if self.rows_are_contiguous() {
            for (row, line) in lines.iter_mut().enumerate() {
                let values = &self.data[row * self.row_stride..][..self.columns];
                match values.first_chunk::<W>() {
                    Some(whole) => copy::<B, W>(whole, line),
                    None => line[..self.columns].copy_from_slice(values),
                }
            }
            return;
        }
        let columns: Vec<_> = self.contiguous_columns().into_iter().flatten().collect();
        let (fours, rest) = columns.as_chunks::<4>();
        for (index, lines) in lines.chunks_mut(LINES).enumerate() {
            let rows = index * LINES..index * LINES + lines.len();
            for (index, four) in fours.iter().enumerate() {
                transpose::<B, W>(four.map(|column| &column[rows.clone()]), lines, 4 * index);
            }
            for (index, column) in (4 * fours.len()..).zip(rest) {
                lines.iter_mut().zip(&column[rows.clone()]).for_each(|(line, value)| line[index] = *value);
            }
        }
    }
}

/// Lines that are written together, so that they stay in the first-level cache until all of their columns are there.
const LINES: usize = 32;

/// Copies four vectors at a time; the obvious copy would be a call for each line.
#[inline(always)]
fn copy<B: Backend, const W: usize>(from: &[f32; W], to: &mut [f32; W]) {
    let ((pieces, rest), (pieces_to, rest_to)) = (from.as_chunks::<16>(), to.as_chunks_mut::<16>());
    for (piece, to) in pieces.iter().zip(pieces_to) {
        let vectors: [B::F32; 4] = core::array::from_fn(|index| B::F32::load(&piece.as_chunks().0[index]));
        vectors.iter().zip(to.as_chunks_mut().0).for_each(|(vector, to)| vector.store(to));
    }
    rest_to.copy_from_slice(rest);
}

/// Writes four columns to numbers `first` to `first + 3` of the lines, four lines at a time.
fn transpose<B: Backend, const W: usize>(columns: [&[f32]; 4], lines: &mut [[f32; W]], first: usize) {
    let (fours, rest) = lines.as_chunks_mut::<4>();
    let [a, b, c, d] = columns.map(|column| column.as_chunks::<4>().0);
    for ((((a, b), c), d), lines) in a.iter().zip(b).zip(c).zip(d).zip(&mut *fours) {
        for (line, vector) in lines.iter_mut().zip(B::F32::transpose([a, b, c, d].map(B::F32::load))) {
            line[first..].first_chunk_mut().into_iter().for_each(|place| vector.store(place));
        }
    }
    let done = 4 * fours.len();
    for (row, line) in (done..).zip(rest) {
        line[first..].iter_mut().zip(columns).for_each(|(place, column)| *place = column[row]);
    }
}

/// Writes the first numbers of all columns to the first place, their second numbers to the second, and so on: what is read
/// and what is written lies side by side, where one column at a time would be written in strides.
#[inline(always)]
fn interleave<'a, const W: usize>(columns: [&[f32]; W], places: impl Iterator<Item = &'a mut [f32; W]>) {
    let shortest = columns.iter().map(|column| column.len()).min().unwrap_or(0);
    let columns = columns.map(|column| &column[..shortest]);
    for (row, place) in (0..shortest).zip(places) {
        *place = core::array::from_fn(|column| columns[column][row]);
    }
}

/// Copies a `[k, n]` matrix into panels of `W` columns: `panels[panel][k][column]`, the last one padded with zeros.
pub fn pack_columns<const W: usize>(source: Matrix, panels: &mut Aligned) {
    let (k, n) = (source.rows, source.columns);
    panels.resize(n.div_ceil(W) * k * W);
    if k == 0 {
        return;
    }
    for (index, panel) in panels.chunks_exact_mut(k * W).enumerate() {
        let first = index * W;
        let width = W.min(n - first);
        let (rows, _) = panel.as_chunks_mut::<W>();
        if source.column_stride == 1 {
            if width < W {
                rows.iter_mut().for_each(|packed| packed[width..].fill(0.0));
            }
            for (row, packed) in rows.iter_mut().enumerate() {
                let values = &source.data[row * source.row_stride + first..];
                match values.first_chunk::<W>() {
                    // A length known when compiled is a few moves; one known only when run is a call.
                    Some(whole) if width == W => *packed = *whole,
                    _ => packed[..width].copy_from_slice(&values[..width]),
                }
            }
        } else {
            // The other stride is 1. Columns that are none are read as the last one and blanked.
            let line = |column: usize| &source.data[(first + column.min(width - 1)) * source.column_stride..][..k];
            interleave::<W>(core::array::from_fn(line), rows.iter_mut());
            if width < W {
                rows.iter_mut().for_each(|packed| packed[width..].fill(0.0));
            }
        }
    }
}
