//! Products of rows with rows, `c −= a·bᵀ`, of matrices that are held row by row.
//!
//! ```text
//! for i: for j: c[i][j] -= Σ_t a[i][t] · b[j][t]
//! ```
//!
//! The departures: `t` goes through in stretches of 64, each a sum of its own in the order of `t`, which is subtracted before the
//! next; and rows are packed four side by side, those of `a` and those of `b`, so that lanes lie along `j` and sixteen sums stay
//! in eight registers. Missing rows are packed as zeros and their sums are not stored. Every sum has that one order whichever
//! block it falls in, so how rows are cut into calls changes no bit.

use thinned_lanes::{Backend, F64x2};

/// Rows and columns of a tile of a factor, and terms of a stretch: two packed tiles, 32 KiB each, stay in a second-level cache.
pub const TILE: usize = 64;

/// Rows packed side by side.
const SIDE: usize = 4;

/// Rows of a matrix, from the first number of the first of them.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The numbers.
    pub data: &'a [f64],
    /// From one row to the next.
    pub stride: usize,
}

impl Rows<'_> {
    /// Writes `terms` of up to 64 rows as `[rows/4, terms, 4]`.
    fn pack(&self, rows: usize, terms: core::ops::Range<usize>, packed: &mut [[f64; SIDE]]) {
        let depth = terms.len();
        for (group, packed) in packed.chunks_exact_mut(depth).enumerate().take(rows.div_ceil(SIDE)) {
            packed.fill([0.0; SIDE]);
            for side in 0..SIDE.min(rows - group * SIDE) {
                let row = &self.data[(group * SIDE + side) * self.stride..][terms.clone()];
                packed.iter_mut().zip(row).for_each(|(packed, &value)| packed[side] = value);
            }
        }
    }
}

/// `c [rows, columns] −= a [rows, depth] · (b [columns, depth])ᵀ`, at most 64 rows and columns; rows of `c` are `stride` apart.
pub fn subtract_products<B: Backend>(
    c: &mut [f64],
    stride: usize,
    [rows, columns, depth]: [usize; 3],
    a: Rows<'_>,
    b: Rows<'_>,
) {
    let mut packed = [[[0.0; SIDE]; TILE * TILE / SIDE]; 2];
    let [left, right] = &mut packed;
    for first in (0..depth).step_by(TILE) {
        let terms = first..depth.min(first + TILE);
        a.pack(rows, terms.clone(), left);
        b.pack(columns, terms.clone(), right);
        for (j, right) in (0..columns).step_by(SIDE).zip(right.chunks_exact(terms.len())) {
            for (i, left) in (0..rows).step_by(SIDE).zip(left.chunks_exact(terms.len())) {
                let sums = block::<B>(left, right);
                for (row, sums) in (i..rows).zip(sums) {
                    let own = &mut c[row * stride + j..];
                    own.iter_mut().zip(sums).take(columns - j).for_each(|(value, sum)| *value -= sum);
                }
            }
        }
    }
}

/// Sixteen sums over the terms of four rows and four.
#[inline(always)]
fn block<B: Backend>(left: &[[f64; SIDE]], right: &[[f64; SIDE]]) -> [[f64; SIDE]; SIDE] {
    let mut sums = [[B::F64::splat(0.0); 2]; SIDE];
    for (a, b) in left.iter().zip(right) {
        let b = [B::F64::load(&[b[0], b[1]]), B::F64::load(&[b[2], b[3]])];
        for side in 0..SIDE {
            let a = B::F64::splat(a[side]);
            sums[side] = [a.mul_add(b[0], sums[side][0]), a.mul_add(b[1], sums[side][1])];
        }
    }
    sums.map(|[low, high]| {
        let mut lanes = [[0.0; 2]; 2];
        low.store(&mut lanes[0]);
        high.store(&mut lanes[1]);
        [lanes[0][0], lanes[0][1], lanes[1][0], lanes[1][1]]
    })
}

/// The sum of products: even terms, odd terms, then both, then an odd last one.
pub fn dot<B: Backend>(a: &[f64], b: &[f64]) -> f64 {
    let (pairs_a, last_a) = a.as_chunks::<2>();
    let (pairs_b, last_b) = b.as_chunks::<2>();
    let mut sum = B::F64::splat(0.0);
    for (a, b) in pairs_a.iter().zip(pairs_b) {
        sum = B::F64::load(a).mul_add(B::F64::load(b), sum);
    }
    match (last_a, last_b) {
        ([a], [b]) => sum.sum() + a * b,
        _ => sum.sum(),
    }
}

/// `target += factor·row`.
pub fn add_scaled<B: Backend>(target: &mut [f64], factor: f64, row: &[f64]) {
    let (pairs, last) = target.as_chunks_mut::<2>();
    let (row_pairs, row_last) = row.as_chunks::<2>();
    let vector = B::F64::splat(factor);
    for (pair, row) in pairs.iter_mut().zip(row_pairs) {
        vector.mul_add(B::F64::load(row), B::F64::load(pair)).store(pair);
    }
    if let ([value], [other]) = (last, row_last) {
        *value += factor * other;
    }
}
