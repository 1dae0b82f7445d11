//! Products by packed panels and a tile of registers, without a look at what is zero.

use super::pack::{self, Matrix};
use super::pieces::Piece;
use super::{Scratch, kernel};
use thinned_lanes::Backend;

/// Rows of a packed panel of `b` that stay in the first-level cache with one panel of `a`.
pub const KC: usize = 256;
/// Rows of `a` packed at a time: `MC · KC` floats, 96 KiB, stay in the second-level cache.
const MC: usize = 96;
/// Columns of `b` packed at a time: `KC · NC` floats, 2 MiB.
const NC: usize = 2048;

/// The product by the pieces of `k` in `scratch`, so many of them `together` for each block of `c`.
pub fn multiply<B: Backend>(a: Matrix, b: Matrix, together: usize, c: &mut [f32], scratch: &mut Scratch) {
    // A fused multiply-add needs no register for the product, which leaves room for two more rows of accumulators:
    // 12 + one row of b (2) + one broadcast of a = 15 registers, all that V8 gives. Unfused: 8 + 2 + 1 + products.
    if B::WIDE {
        blocks::<B, 5, 4, 16>(a, b, together, c, scratch);
    } else if B::FUSES {
        blocks::<B, 6, 2, 8>(a, b, together, c, scratch);
    } else {
        blocks::<B, 4, 2, 8>(a, b, together, c, scratch);
    }
}

/// Tiles of `MR` rows by `NR` columns, `H` vectors.
fn blocks<B: Backend, const MR: usize, const H: usize, const NR: usize>(
    a: Matrix,
    b: Matrix,
    together: usize,
    c: &mut [f32],
    Scratch { a: packed_a, b: packed_b, pieces, .. }: &mut Scratch,
) {
    let (m, n) = (a.rows, b.columns);
    let (mc, nc) = (even_part(m, MC, MR), even_part(n, NC, NR));
    for n_start in (0..n).step_by(nc) {
        let n_size = nc.min(n - n_start);
        for pieces in pieces.chunks(together) {
            for (Piece { k, .. }, packed) in pieces.iter().zip(&mut *packed_b) {
                pack::pack_columns::<NR>(b.block(k.start, k.len(), n_start, n_size), packed);
            }
            for m_start in (0..m).step_by(mc) {
                let m_size = mc.min(m - m_start);
                for (Piece { k, held }, packed_b) in pieces.iter().zip(&*packed_b) {
                    pack::pack_columns::<MR>(a.block(m_start, m_size, k.start, k.len()).transposed(), packed_a);
                    let tile = kernel::Block { m_start, m_size, n_start, n_size, k_size: k.len(), stride: n };
                    kernel::multiply_block::<B, MR, H>(tile, packed_a, packed_b, c, *held);
                }
            }
        }
    }
}

/// The size of the parts when `total` is cut into as few parts of at most about `most` as it takes, all nearly alike:
/// a small rest would be packed and stored like a whole part and multiply little.
pub fn even_part(total: usize, most: usize, multiple: usize) -> usize {
    total.div_ceil(total.div_ceil(most).max(1)).next_multiple_of(multiple).max(1)
}
