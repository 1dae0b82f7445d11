//! Products with few columns, which would not repay a packed copy of the left operand.
//!
//! The simple version is `for i { for j { for k { c[i][j] += a[i][k] · b[k][j] } } }`. As in [`super::kernel`] a tile of
//! `MR` rows by some vectors of columns is in registers; here the rows of `a` are read where they lie, each by a pointer of its
//! own, which costs a step of `k` a few additions and spares the copy.

use super::Matrix;
use thinned_lanes::{Backend, F32x4};

/// Vectors of a packed panel of `b`.
const H: usize = 2;
/// More columns than these repay a copy of `a`.
pub const MOST_COLUMNS: usize = 64;

/// `c = a · b`, or `c += a · b` when it continues; `a` with contiguous rows, `b` packed in panels of `4 · H` columns.
pub fn multiply<B: Backend, const MR: usize>(a: Matrix, b: &[f32], columns: usize, c: &mut [f32], continues: bool) {
    for (first, c) in (0..a.rows).step_by(MR).zip(c.chunks_mut(MR * columns)) {
        // The last tile reads its last row more than once and stores it once.
        let lines = core::array::from_fn(|i| a.row((first + i).min(a.rows - 1)).unwrap_or(&[]));
        for (panel, b) in b.chunks_exact(a.columns * 4 * H).enumerate() {
            let column = panel * 4 * H;
            let width = (columns - column).min(4 * H);
            if width > 4 {
                tile::<B, MR, H>(lines, b, c, columns, column..column + width, continues);
            } else {
                tile::<B, MR, 1>(lines, b, c, columns, column..column + width, continues);
            }
        }
    }
}

/// The first `V` vectors of a panel.
#[inline(always)]
fn tile<B: Backend, const MR: usize, const V: usize>(
    lines: [&[f32]; MR],
    b: &[f32],
    c: &mut [f32],
    stride: usize,
    columns: core::ops::Range<usize>,
    continues: bool,
) {
    let mut edge = [[0.0; 4]; V];
    let mut sums = [[B::F32::splat(0.0); V]; MR];
    if continues {
        for (sums, line) in sums.iter_mut().zip(c.chunks(stride)) {
            edge.as_flattened_mut()[..columns.len()].copy_from_slice(&line[columns.clone()]);
            *sums = edge.each_ref().map(B::F32::load);
        }
    }
    let panel = b.as_chunks::<4>().0.as_chunks::<H>().0;
    let lines = lines.map(|line| &line[..panel.len()]);
    for (k, b) in panel.iter().enumerate() {
        for (sums, line) in sums.iter_mut().zip(&lines) {
            let a = B::F32::load_splat(&line[k]);
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum = B::relaxed_mul_add(a, B::F32::load(b), *sum);
            }
        }
    }
    for (sums, line) in sums.into_iter().zip(c.chunks_mut(stride)) {
        let line = &mut line[columns.clone()];
        if let Some(whole) = line.as_chunks_mut::<4>().0.first_chunk_mut::<V>() {
            sums.into_iter().zip(whole).for_each(|(sum, quad)| sum.store(quad));
        } else {
            sums.into_iter().zip(&mut edge).for_each(|(sum, quad)| sum.store(quad));
            line.copy_from_slice(&edge.as_flattened()[..line.len()]);
        }
    }
}
