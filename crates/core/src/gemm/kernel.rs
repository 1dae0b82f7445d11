//! The micro-kernel: one tile of `MR × 8` outputs in registers over one packed panel of each operand.
//!
//! The simple loop is `for k { for i { for j { c[i][j] += a[k][i] * b[k][j] } } }`. Here `i` and `j` are unrolled, so
//! that a step of `k` is two loads of `b`, `MR` broadcasts of `a` and `2 · MR` multiply-adds without a store.

use super::{Backend, NR};
use thinned_lanes::F32x4;

/// Where a packed block lies in `c`.
#[derive(Clone, Copy)]
pub struct Block {
    pub m_start: usize,
    pub m_size: usize,
    pub n_start: usize,
    pub n_size: usize,
    pub k_size: usize,
    pub stride: usize,
}

/// Multiplies packed panels into a block of `c`, going on from what `c` holds or from zero.
pub fn multiply_block<B: Backend, const MR: usize>(block: Block, a: &[f32], b: &[f32], c: &mut [f32], continues: bool) {
    for (panel_b, b) in b.chunks_exact(block.k_size * NR).enumerate() {
        let column = panel_b * NR;
        let width = NR.min(block.n_size - column);
        for (panel_a, a) in a.chunks_exact(block.k_size * MR).enumerate() {
            let row = panel_a * MR;
            let height = MR.min(block.m_size - row);
            let origin = (block.m_start + row) * block.stride + block.n_start + column;
            let mut tile = [[0.0; NR]; MR];
            // A whole line is copied as two vectors; a length known only at run time would be a call to memcpy, which
            // takes a fifth of the time of a tile.
            for (i, line) in tile.iter_mut().enumerate().take(if continues { height } else { 0 }) {
                match c[origin + i * block.stride..].first_chunk::<NR>() {
                    Some(whole) if width == NR => *line = *whole,
                    _ => line[..width].copy_from_slice(&c[origin + i * block.stride..][..width]),
                }
            }
            multiply_tile::<B, MR>(a, b, &mut tile);
            for (i, line) in tile.iter().enumerate().take(height) {
                match c[origin + i * block.stride..].first_chunk_mut::<NR>() {
                    Some(whole) if width == NR => *whole = *line,
                    _ => c[origin + i * block.stride..][..width].copy_from_slice(&line[..width]),
                }
            }
        }
    }
}

#[inline(always)]
fn multiply_tile<B: Backend, const MR: usize>(a: &[f32], b: &[f32], tile: &mut [[f32; NR]; MR]) {
    let mut sums = [[B::F32::splat(0.0); 2]; MR];
    for (sum, line) in sums.iter_mut().zip(tile.iter()) {
        let (halves, _) = line.as_chunks::<4>();
        *sum = [B::F32::load(&halves[0]), B::F32::load(&halves[1])];
    }
    for (a, b) in a.as_chunks::<MR>().0.iter().zip(b.as_chunks::<NR>().0) {
        let (halves, _) = b.as_chunks::<4>();
        let (left, right) = (B::F32::load(&halves[0]), B::F32::load(&halves[1]));
        for (sum, &a) in sums.iter_mut().zip(a) {
            let a = B::F32::splat(a);
            *sum = [B::relaxed_mul_add(a, left, sum[0]), B::relaxed_mul_add(a, right, sum[1])];
        }
    }
    for (sum, line) in sums.iter().zip(tile.iter_mut()) {
        let (halves, _) = line.as_chunks_mut::<4>();
        sum[0].store(&mut halves[0]);
        sum[1].store(&mut halves[1]);
    }
}
