//! Dense products of single-precision matrices.
//!
//! The simple version is three loops: `c[i][j] = Σ_k a[i][k] · b[k][j]`, summed from the first `k` to the last. This
//! one departs from it in three ways, none of which changes a bit of the result:
//!
//! * Blocks and tiles ([`KC`], [`MC`], [`NC`]): the accumulators of a later block of `k` start from the partial sums
//!   of the earlier one, so every output is still one sum in the order of `k`. Tile sizes therefore do not matter.
//! * Packing: panels of `a` and `b` are copied into the order in which the kernel reads them; edges are padded with
//!   zeros whose products land in lanes that are thrown away.
//! * Vectors along `j`: lanes are different outputs, never parts of one sum.
//!
//! A left operand that is largely zeros takes another way, [`sparse`], to the same sums.
//!
//! On a fusing backend each product-and-sum rounds once or twice as the host likes, in the same order.
//! (Goto and van de Geijn, *Anatomy of high-performance matrix multiplication*, 2008.)

mod aligned;
mod classes;
mod columns;
mod direct;
mod few;
mod kernel;
mod pack;
mod panels;
mod sparse;

use aligned::Aligned;
pub use classes::{ClassLists, GROUP, Samples, multiply as multiply_samples};
pub use columns::Columns;
use core::ops::Range;
pub use pack::Matrix;
pub use panels::Panels;
pub use sparse::{Gated, Left, Lists, multiply as multiply_panels};
use thinned_lanes::Backend;

/// Rows of a packed panel of `b` that stay in the first-level cache with one panel of `a`.
const KC: usize = 256;
/// Rows of `a` packed at a time: `MC · KC` floats, 96 KiB, stay in the second-level cache.
const MC: usize = 96;
/// Columns of `b` packed at a time: `KC · NC` floats, 2 MiB.
const NC: usize = 2048;

/// Left operands with a smaller share of numbers that are not zero are walked by their lists.
const SPARSE: f64 = 0.7;

/// Narrower products cost less than their lists.
const NARROW: usize = 16;

/// Packed panels, kept between products so that none allocates.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    a: Aligned,      // [MC / MR, KC, MR]
    b: [Aligned; 2], // [NC / NR, KC, NR], of each side of a cut
    panels: Panels,
    lists: Lists,
    pieces: Vec<Piece>,
    second: Vec<f32>, // the product of the second side, where it is computed apart
}

/// What becomes of what `c` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// The sum begins at zero and takes its place.
    Replaced,
    /// The sum goes on from it.
    Continued,
    /// The sum begins at zero and is added to it at its end.
    Added,
}

/// A piece of `k`.
#[derive(Clone, Debug)]
struct Piece {
    k: Range<usize>,
    held: Held,
}

/// `k` in pieces of at most `most`, of a sum that begins with what is `held`.
fn pieces(k: Range<usize>, most: usize, held: Held) -> impl Iterator<Item = Piece> {
    k.clone().step_by(most).map(move |start| Piece {
        k: start..k.end.min(start + most),
        held: if start == k.start { held } else { Held::Continued },
    })
}

/// `c = a · b`; `c` is row-major `[a.rows, b.columns]`.
pub fn multiply<B: Backend>(a: Matrix, b: Matrix, c: &mut [f32], scratch: &mut Scratch) {
    if a.columns == 0 {
        c.fill(0.0);
    }
    run::<B>(a, b, c, scratch, false);
}

/// `c = a₁ · b₁ + a₂ · b₂`, the two sides of `k` at `cut`: each is a sum of its own, and then they are added.
///
/// The simple version computes both products and adds them up; here the second one is added to the first while that is in
/// the caches.
pub fn multiply_two<B: Backend>(a: Matrix, b: Matrix, cut: usize, c: &mut [f32], scratch: &mut Scratch) {
    let sides = [0..cut, cut..a.columns];
    let side = |k: &Range<usize>| (a.block(0, a.rows, k.start, k.len()), b.block(k.start, k.len(), 0, b.columns));
    if is_sparse(a, b.columns) && sparse::can_cut(sides[1].clone()) {
        scratch.panels.pack::<B>(b);
        return sparse::multiply_two::<B>(a, &scratch.panels, cut, c, &mut scratch.lists);
    }
    if b.columns > direct::MOST_COLUMNS && sides.iter().all(|side| (1..=KC).contains(&side.len())) {
        scratch.pieces.clear();
        let [first, second] = sides;
        scratch.pieces.extend([Piece { k: first, held: Held::Replaced }, Piece { k: second, held: Held::Added }]);
        return dense::<B>(a, b, 2, c, scratch);
    }
    let mut sum = core::mem::take(&mut scratch.second);
    sum.resize(c.len(), 0.0);
    let [(a, b), (next_a, next_b)] = [&sides[0], &sides[1]].map(side);
    multiply::<B>(a, b, c, scratch);
    multiply::<B>(next_a, next_b, &mut sum, scratch);
    c.iter_mut().zip(&sum).for_each(|(c, sum)| *c += sum);
    scratch.second = sum;
}

/// `c += a · b`: the sum goes on from what `c` holds.
pub fn multiply_add<B: Backend>(a: Matrix, b: Matrix, c: &mut [f32], scratch: &mut Scratch) {
    run::<B>(a, b, c, scratch, true);
}

/// Whether so many numbers of `a` are zero that a product with `columns` columns is faster without them.
pub fn is_sparse(a: Matrix, columns: usize) -> bool {
    a.rows * a.columns > 0 && columns >= NARROW && sparse::density(a) < SPARSE
}

fn run<B: Backend>(a: Matrix, b: Matrix, c: &mut [f32], scratch: &mut Scratch, continues: bool) {
    assert_eq!(a.columns, b.rows);
    assert_eq!(c.len(), a.rows * b.columns);
    if a.rows <= few::MOST_ROWS && b.columns > 1 && b.rows_are_contiguous() {
        if !continues {
            c.fill(0.0);
        }
        return few::multiply_add::<B>(a, b, c);
    }
    if is_sparse(a, b.columns) {
        scratch.panels.pack::<B>(b);
        return multiply_panels::<B>(Left::Plain(a), &scratch.panels, c, &mut scratch.lists, continues);
    }
    if (1..=direct::MOST_COLUMNS).contains(&b.columns) && a.rows_are_contiguous() && a.columns > 0 {
        pack::pack_columns::<8>(b, &mut scratch.b[0]);
        return match B::FUSES {
            true => direct::multiply::<B, 6>(a, &scratch.b[0], b.columns, c, continues),
            false => direct::multiply::<B, 4>(a, &scratch.b[0], b.columns, c, continues),
        };
    }
    let held = if continues { Held::Continued } else { Held::Replaced };
    scratch.pieces.clear();
    scratch.pieces.extend(pieces(0..a.columns, even_part(a.columns, KC, 1), held));
    dense::<B>(a, b, 1, c, scratch);
}

/// The product by the pieces of `k` in `scratch`, so many of them `together` for each block of `c`.
fn dense<B: Backend>(a: Matrix, b: Matrix, together: usize, c: &mut [f32], scratch: &mut Scratch) {
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
fn even_part(total: usize, most: usize, multiple: usize) -> usize {
    total.div_ceil(total.div_ceil(most).max(1)).next_multiple_of(multiple).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::philox;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn noise(length: usize, stream: u32) -> Vec<f32> {
        (0..length).map(|i| philox([i as u32, stream, 0, 0], [1, 2])[0] as i32 as f32 / 2f32.powi(31)).collect()
    }

    /// The simple version.
    fn naive_multiply(a: Matrix, b: Matrix, c: &mut [f32]) {
        for i in 0..a.rows {
            for j in 0..b.columns {
                for k in 0..a.columns {
                    c[i * b.columns + j] += a.at(i, k) * b.at(k, j);
                }
            }
        }
    }

    const SIZES: [(usize, usize, usize); 16] = [
        (9, 0, 3),
        (0, 5, 3),
        (1, 1, 1),
        (1, 8, 3),
        (4, 8, 16),
        (5, 9, 17),
        (3, 7, 0),
        (6, 16, 256),
        (7, 17, 257),
        (95, 33, 40),
        (96, 8, 5),
        (97, 31, 513),
        (2, 1024, 9),
        (2, 1025, 300),
        (13, 50, 1),
        (128, 10, 256),
    ];

    #[test]
    fn scalar_product_has_the_bits_of_three_loops() {
        for (m, n, k) in SIZES {
            let (a, b) = (noise(m * k, 1), noise(k * n, 2));
            let mut expected = vec![0.0; m * n];
            let (a, b) = (Matrix::row_major(&a, m, k), Matrix::row_major(&b, k, n));
            naive_multiply(a, b, &mut expected);
            let mut actual = vec![f32::NAN; m * n];
            multiply::<Scalar>(a, b, &mut actual, &mut Scratch::default());
            assert_eq!(actual, expected, "{m}x{n}x{k}");
        }
    }

    #[test]
    fn the_best_backend_agrees_with_the_scalar_one() {
        for (m, n, k) in SIZES {
            let (a, b, start) = (noise(m * k, 1), noise(n * k, 2), noise(m * n, 3));
            // Transposed views, as the backward pass uses them.
            let (a, b) = (Matrix::row_major(&a, k, m).transposed(), Matrix::row_major(&b, n, k).transposed());
            let (mut scalar, mut best) = (start.clone(), start);
            multiply_add::<Scalar>(a, b, &mut scalar, &mut Scratch::default());
            multiply_add::<Best>(a, b, &mut best, &mut Scratch::default());
            if Best::FUSES {
                // Each of k sums rounds once instead of twice; terms are below 1 in magnitude.
                assert!(scalar.iter().zip(&best).all(|(s, b)| (s - b).abs() <= 1e-5 * (k as f32 + 1.0)));
            } else {
                assert_eq!(scalar, best, "{m}x{n}x{k}");
            }
        }
    }

    #[test]
    fn two_sides_are_two_sums() {
        for (m, n, cut, k) in [
            (13, 80, 5, 12),
            (97, 133, 56, 128),
            (130, 70, 1, 257),
            (100, 65, 256, 512),
            (7, 65, 30, 600),
            (20, 10, 64, 128),
            (3, 70, 4, 9),
            (9, 66, 0, 5),
            (9, 66, 5, 5),
        ] {
            for keep in [2, 5] {
                let mut a = noise(m * k, 1);
                a.iter_mut().enumerate().filter(|(i, _)| i * 7 % 5 >= keep).for_each(|(_, value)| *value = 0.0);
                let b = noise(k * n, 2);
                let transposed: Vec<f32> = (0..k * m).map(|i| a[i % m * k + i / m]).collect();
                let b = Matrix::row_major(&b, k, n);
                let views = [Matrix::row_major(&a, m, k), Matrix::row_major(&transposed, k, m).transposed()];
                let product = |k: Range<usize>| {
                    let mut c = vec![0.0; m * n];
                    naive_multiply(views[0].block(0, m, k.start, k.len()), b.block(k.start, k.len(), 0, n), &mut c);
                    c
                };
                let sums = product(0..cut).into_iter().zip(product(cut..k)).map(|(first, second)| first + second);
                let expected: Vec<f32> = sums.collect();
                for a in views {
                    let mut actual = vec![f32::NAN; m * n];
                    multiply_two::<Scalar>(a, b, cut, &mut actual, &mut Scratch::default());
                    assert_eq!(actual, expected, "{m}x{n}x{k} at {cut}, {keep} of 5");
                }
            }
        }
    }

    #[test]
    fn a_product_that_skips_zeros_has_the_bits_of_three_loops() {
        for (m, n, k) in [(1, 16, 1), (3, 17, 127), (65, 48, 128), (64, 49, 129), (7, 95, 300), (130, 200, 37)] {
            for keep in [0, 1, 2] {
                let mut a = noise(m * k, 1);
                a.iter_mut().enumerate().filter(|(i, _)| i * 7 % 5 >= keep).for_each(|(_, value)| *value = 0.0);
                let (b, start) = (noise(k * n, 2), noise(m * n, 3));
                let transposed: Vec<f32> = (0..k * m).map(|i| a[i % m * k + i / m]).collect();
                let b = Matrix::row_major(&b, k, n);
                let views = [Matrix::row_major(&a, m, k), Matrix::row_major(&transposed, k, m).transposed()];
                let mut expected = start.clone();
                naive_multiply(views[0], b, &mut expected);
                for a in views {
                    let mut actual = start.clone();
                    multiply_add::<Scalar>(a, b, &mut actual, &mut Scratch::default());
                    assert_eq!(actual, expected, "{m}x{n}x{k}, {keep} of 5");
                }
            }
        }
    }
}
