//! Products of a few rows, which would not repay a packed copy of the right operand.
//!
//! The simple version is `for i { for k { for j { c[i][j] += a[i][k] · b[k][j] } } }`. Departures, neither of which
//! changes a bit of a finite result: zeros of `a` are passed over (see [`super::sparse`]), and [`DEPTH`] rows of `b` are
//! added in one walk along `c`, each sum still in the order of `k`. So `b` is read once, as it lies in memory.

use super::Matrix;
use thinned_lanes::{Backend, F32x4};

/// More rows than these are packed for.
pub const MOST_ROWS: usize = 4;
/// Rows of `b` for one load and store of `c`.
const DEPTH: usize = 4;

/// `c += a · b` where the rows of `b` lie side by side.
pub fn multiply_add<B: Backend>(a: Matrix, b: Matrix, c: &mut [f32]) {
    for (i, line) in c.chunks_exact_mut(b.columns).enumerate() {
        let mut waiting = [(0.0, &[][..]); DEPTH];
        let mut length = 0;
        for k in 0..a.columns {
            let value = a.at(i, k);
            if value != 0.0 {
                waiting[length] = (value, b.row(k).unwrap_or(&[]));
                length += 1;
            }
            if length == DEPTH {
                add::<B, DEPTH>(waiting, line);
                length = 0;
            }
        }
        waiting[..length].iter().for_each(|&last| add::<B, 1>([last], line));
    }
}

/// `line += Σ value · row`, from the first to the last.
fn add<B: Backend, const N: usize>(terms: [(f32, &[f32]); N], line: &mut [f32]) {
    let terms = terms.map(|(value, row)| (value, &row[..line.len()]));
    let quads = terms.map(|(value, row)| (B::F32::splat(value), row.as_chunks::<4>().0));
    let (line_quads, rest) = line.as_chunks_mut::<4>();
    for (j, place) in line_quads.iter_mut().enumerate() {
        let mut sum = B::F32::load(place);
        for (value, row) in &quads {
            sum = B::relaxed_mul_add(*value, B::F32::load(&row[j]), sum);
        }
        sum.store(place);
    }
    for (value, row) in terms {
        // As vectors again, for a fusing backend to round as it does elsewhere.
        let mut edge = [[0.0; 4]; 2];
        edge[0][..rest.len()].copy_from_slice(rest);
        edge[1][..rest.len()].copy_from_slice(&row[row.len() - rest.len()..]);
        let sum = B::relaxed_mul_add(B::F32::splat(value), B::F32::load(&edge[1]), B::F32::load(&edge[0]));
        sum.store(&mut edge[0]);
        rest.copy_from_slice(&edge[0][..rest.len()]);
    }
}
