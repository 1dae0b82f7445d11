//! Dense products of single-precision matrices.
//!
//! The simple version is three loops: `c[i][j] = Σ_k a[i][k] · b[k][j]`, summed from the first `k` to the last. This
//! one departs from it in three ways, none of which changes a bit of the result:
//!
//! * Blocks and tiles ([`dense`]): the accumulators of a later block of `k` start from the partial sums
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
mod dense;
mod direct;
mod few;
mod kernel;
mod pack;
mod panels;
mod pieces;
mod sparse;
#[cfg(test)]
mod tests;

use aligned::Aligned;
pub use classes::{ClassLists, GROUP, Samples, multiply as multiply_samples};
pub use columns::Columns;
use core::ops::Range;
pub use pack::Matrix;
pub use panels::Panels;
use pieces::{Held, Piece, pieces};
pub use sparse::{Gated, Left, Lists, multiply as multiply_panels};
use thinned_lanes::Backend;

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
    if b.columns > direct::MOST_COLUMNS && sides.iter().all(|side| (1..=dense::KC).contains(&side.len())) {
        scratch.pieces.clear();
        let [first, second] = sides;
        scratch.pieces.extend([Piece { k: first, held: Held::Replaced }, Piece { k: second, held: Held::Added }]);
        return dense::multiply::<B>(a, b, 2, c, scratch);
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
    scratch.pieces.extend(pieces(0..a.columns, dense::even_part(a.columns, dense::KC, 1), held));
    dense::multiply::<B>(a, b, 1, c, scratch);
}
