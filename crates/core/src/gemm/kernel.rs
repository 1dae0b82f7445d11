//! The micro-kernel: one tile of `MR` rows by `H` vectors of outputs in registers over one packed panel of each operand.
//!
//! The simple loop is `for k { for i { for j { c[i][j] += a[k][i] * b[k][j] } } }`. Here `i` and `j` are unrolled, so
//! that a step of `k` is `H` loads of `b`, `MR` broadcasts of `a` and `H · MR` multiply-adds without a store.

use super::pieces::Held;
use thinned_lanes::{Backend, F32x4};

/// Vectors of the widest tile.
const MOST_VECTORS: usize = 4;

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

/// Multiplies packed panels into a block of `c`.
pub fn multiply_block<B: Backend, const MR: usize, const H: usize>(
    block: Block,
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    held: Held,
) {
    for (panel_b, b) in b.chunks_exact(block.k_size * 4 * H).enumerate() {
        let column = panel_b * 4 * H;
        let width = (4 * H).min(block.n_size - column);
        for (panel_a, a) in a.chunks_exact(block.k_size * MR).enumerate() {
            let row = panel_a * MR;
            let height = MR.min(block.m_size - row);
            let origin = (block.m_start + row) * block.stride + block.n_start + column;
            let corner = &mut c[origin..];
            if width == 4 * H {
                whole_tile::<B, MR, H>(a, b, corner, block.stride, height, held);
            } else if width > 2 * H {
                edge_tile::<B, MR, H, H>(a, b, corner, block.stride, height, width, held);
            } else if H == 4 {
                edge_tile::<B, MR, H, 2>(a, b, corner, block.stride, height, width, held);
            } else {
                edge_tile::<B, MR, H, 1>(a, b, corner, block.stride, height, width, held);
            }
        }
    }
}

/// A tile between memory and registers without a stop: a detour takes a tenth of its time.
#[inline(always)]
fn whole_tile<B: Backend, const MR: usize, const H: usize>(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    stride: usize,
    height: usize,
    held: Held,
) {
    let mut sums = [[B::F32::splat(0.0); H]; MR];
    if held == Held::Continued {
        sums.iter_mut().zip(c.chunks(stride)).take(height).for_each(|(sum, line)| *sum = load::<B, H>(line));
    }
    multiply_tile::<B, MR, H, H>(a, b, &mut sums);
    if held == Held::Added {
        sums.iter_mut().zip(c.chunks(stride)).take(height).for_each(|(sum, line)| add::<B, H>(sum, line));
    }
    sums.iter().zip(c.chunks_mut(stride)).take(height).for_each(|(sum, line)| store::<B, H>(*sum, line));
}

/// The first `width` columns of a tile, of which only `V` vectors are computed.
#[inline(never)]
fn edge_tile<B: Backend, const MR: usize, const H: usize, const V: usize>(
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    stride: usize,
    height: usize,
    width: usize,
    held: Held,
) {
    let mut sums = [[B::F32::splat(0.0); V]; MR];
    let mut edge = [0.0; 4 * MOST_VECTORS];
    if held == Held::Continued {
        for (sum, line) in sums.iter_mut().zip(c.chunks(stride)).take(height) {
            edge[..width].copy_from_slice(&line[..width]);
            *sum = load::<B, V>(&edge);
        }
    }
    multiply_tile::<B, MR, H, V>(a, b, &mut sums);
    for (sum, line) in sums.iter_mut().zip(c.chunks_mut(stride)).take(height) {
        if held == Held::Added {
            edge[..width].copy_from_slice(&line[..width]);
            add::<B, V>(sum, &edge);
        }
        store::<B, V>(*sum, &mut edge);
        line.iter_mut().zip(&edge[..width]).for_each(|(place, value)| *place = *value);
    }
}

#[inline(always)]
fn load<B: Backend, const V: usize>(line: &[f32]) -> [B::F32; V] {
    let (quads, _) = line[..4 * V].as_chunks::<4>();
    core::array::from_fn(|vector| B::F32::load(&quads[vector]))
}

#[inline(always)]
fn add<B: Backend, const V: usize>(sums: &mut [B::F32; V], line: &[f32]) {
    sums.iter_mut().zip(load::<B, V>(line)).for_each(|(sum, held)| *sum = *sum + held);
}

#[inline(always)]
fn store<B: Backend, const V: usize>(sums: [B::F32; V], line: &mut [f32]) {
    let (quads, _) = line[..4 * V].as_chunks_mut::<4>();
    sums.into_iter().zip(quads).for_each(|(sum, quad)| sum.store(quad));
}

#[inline(always)]
fn multiply_tile<B: Backend, const MR: usize, const H: usize, const V: usize>(
    a: &[f32],
    b: &[f32],
    sums: &mut [[B::F32; V]; MR],
) {
    // Not a zip: its one index for both panels would be multiplied out in every step, where two pointers just advance.
    let mut b = b.as_chunks::<4>().0.as_chunks::<H>().0.iter();
    for a in a.as_chunks::<MR>().0 {
        let Some(b) = b.next() else { return };
        let b = load::<B, V>(b.as_flattened());
        for (sum, a) in sums.iter_mut().zip(a) {
            let a = B::F32::load_splat(a);
            for (sum, &b) in sum.iter_mut().zip(&b) {
                *sum = B::relaxed_mul_add(a, b, *sum);
            }
        }
    }
}
