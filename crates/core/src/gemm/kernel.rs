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
            let corner = &mut c[origin..];
            if width == NR {
                whole_tile::<B, MR>(a, b, corner, block.stride, height, continues);
            } else if width > NR / 2 {
                edge_tile::<B, MR, 2>(a, b, corner, block.stride, height, width, continues);
            } else {
                edge_tile::<B, MR, 1>(a, b, corner, block.stride, height, width, continues);
            }
        }
    }
}

/// A tile between memory and registers without a stop: a detour takes a tenth of its time.
#[inline(always)]
fn whole_tile<B: Backend, const MR: usize>(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    stride: usize,
    height: usize,
    continues: bool,
) {
    let mut sums = [[B::F32::splat(0.0); 2]; MR];
    if continues {
        sums.iter_mut().zip(c.chunks(stride)).take(height).for_each(|(sum, line)| *sum = load::<B, 2>(line));
    }
    multiply_tile::<B, MR, 2>(a, b, &mut sums);
    sums.iter().zip(c.chunks_mut(stride)).take(height).for_each(|(sum, line)| store::<B, 2>(*sum, line));
}

/// The first `width` columns of a tile, of which only `H` vectors are computed.
#[inline(never)]
fn edge_tile<B: Backend, const MR: usize, const H: usize>(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    stride: usize,
    height: usize,
    width: usize,
    continues: bool,
) {
    let mut sums = [[B::F32::splat(0.0); H]; MR];
    let mut edge = [0.0; NR];
    if continues {
        for (sum, line) in sums.iter_mut().zip(c.chunks(stride)).take(height) {
            edge[..width].copy_from_slice(&line[..width]);
            *sum = load::<B, H>(&edge);
        }
    }
    multiply_tile::<B, MR, H>(a, b, &mut sums);
    for (sum, line) in sums.iter().zip(c.chunks_mut(stride)).take(height) {
        store::<B, H>(*sum, &mut edge);
        line.iter_mut().zip(&edge[..width]).for_each(|(place, value)| *place = *value);
    }
}

#[inline(always)]
fn load<B: Backend, const H: usize>(line: &[f32]) -> [B::F32; H] {
    let (quads, _) = line[..4 * H].as_chunks::<4>();
    core::array::from_fn(|half| B::F32::load(&quads[half]))
}

#[inline(always)]
fn store<B: Backend, const H: usize>(sums: [B::F32; H], line: &mut [f32]) {
    let (quads, _) = line[..4 * H].as_chunks_mut::<4>();
    sums.into_iter().zip(quads).for_each(|(sum, quad)| sum.store(quad));
}

#[inline(always)]
fn multiply_tile<B: Backend, const MR: usize, const H: usize>(a: &[f32], b: &[f32], sums: &mut [[B::F32; H]; MR]) {
    // Not a zip: its one index for both panels would be multiplied out in every step, where two pointers just advance.
    let mut b = b.as_chunks::<NR>().0.iter();
    for a in a.as_chunks::<MR>().0 {
        let Some(b) = b.next() else { return };
        let b = load::<B, H>(b);
        for (sum, &a) in sums.iter_mut().zip(a) {
            let a = B::F32::splat(a);
            for (sum, &b) in sum.iter_mut().zip(&b) {
                *sum = B::relaxed_mul_add(a, b, *sum);
            }
        }
    }
}
