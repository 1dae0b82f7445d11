//! Products with a left operand that is largely zeros: dropped units, ReLU units at rest, blank pixels.
//!
//! The simple version is `for i { for k { for j { c[i][j] += a[i][k] · b[k][j] } } }` without the passes of the middle
//! loop where `a[i][k]` is 0. A sum that starts at +0 never becomes −0 by adding products rounded on their own, so
//! leaving out `0 · b` changes no bit of a finite result, and which of the two products is run may depend on the data.
//! It departs from that in three ways:
//!
//! * The numbers of a row that count are listed once, with their places, and the list serves every column of `b`.
//! * Up to 48 sums of a row stay in registers while the list is walked: one load of `b` for each multiply-add, which
//!   is what the hardware can do, where a dense tile of rows shares its loads.
//! * `k` is walked in steps of [`STEP`], whose piece of `b`, 24 KiB, stays in the first-level cache for all rows.

use super::Matrix;
use super::panels::{Panels, STRIDE, VECTORS};
use super::pieces::{Held, Piece, pieces};
use crate::gates::{gated, gated_one};
use core::ops::Range;
use thinned_lanes::{Backend, F32x4, U32x4};

/// Rows of `b` that are used together.
const STEP: usize = 128;
/// Rows of `a` whose lists are kept at a time.
const ROWS: usize = 64;

/// Lists, kept between products so that none allocates.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    steps: Vec<Piece>,
    lists: Vec<List>, // [ROWS, steps]
}

/// Rows under gates: row `i` is row `i` of the values, which start again when they are fewer, times its mask.
#[derive(Clone, Copy, Debug)]
pub struct Gated<'a> {
    /// `[any, width]`
    pub values: &'a [f32],
    /// `[masks, width]`
    pub factors: &'a [f32],
    /// How many consecutive rows use the same mask.
    pub rows_per_mask: usize,
    /// How many numbers a row has, at least 1.
    pub width: usize,
}

/// The left operand of a product.
#[derive(Clone, Copy, Debug)]
pub enum Left<'a> {
    /// As it is.
    Plain(Matrix<'a>),
    /// Multiplied by gates while it is listed.
    Gated(Gated<'a>),
}

/// The numbers of one row and one step that are not zero.
#[derive(Clone, Debug)]
struct List {
    length: usize,
    values: [f32; STEP],
    places: [u32; STEP], // in the step
}

impl Default for List {
    fn default() -> Self {
        Self { length: 0, values: [0.0; STEP], places: [0; STEP] }
    }
}

impl List {
    /// Writes one number as number `length`; returns the length with it or, if it is zero, without: no branch, which would be
    /// guessed wrongly every other time.
    #[inline(always)]
    fn push(&mut self, length: usize, place: u32, value: f32) -> usize {
        self.values[length % STEP] = value;
        self.places[length % STEP] = place;
        length + usize::from(value.to_bits() << 1 != 0)
    }

    /// Takes what is not zero of up to [`STEP`] numbers.
    #[inline(always)]
    fn fill<B: Backend>(&mut self, values: &[f32]) {
        // Not in memory until the end: each vector would wait for the one before to be written and read again.
        let mut length = 0;
        let (quads, rest) = values.as_chunks::<4>();
        for (index, quad) in quads.iter().enumerate() {
            length = self.push_four::<B>(length, 4 * index as u32, B::F32::load(quad));
        }
        for (index, &value) in rest.iter().enumerate() {
            length = self.push(length, (4 * quads.len() + index) as u32, value);
        }
        self.length = length;
    }

    /// The same of numbers under gates.
    #[inline(always)]
    fn fill_gated<B: Backend>(&mut self, values: &[f32], factors: &[f32]) {
        let mut length = 0;
        let ((quads, rest), (factor_quads, factor_rest)) = (values.as_chunks::<4>(), factors.as_chunks::<4>());
        for (index, (quad, factors)) in quads.iter().zip(factor_quads).enumerate() {
            let values = gated::<B>(B::F32::load(quad), B::F32::load(factors));
            length = self.push_four::<B>(length, 4 * index as u32, values);
        }
        for (index, (value, factor)) in rest.iter().zip(factor_rest).enumerate() {
            length = self.push(length, (4 * quads.len() + index) as u32, gated_one(*value, *factor));
        }
        self.length = length;
    }

    #[inline(always)]
    fn push_four<B: Backend>(&mut self, length: usize, place: u32, values: B::F32) -> usize {
        let bits = values.to_bits();
        // Not a comparison of floats: a NaN counts. The list is never longer than what was read, so four fit.
        let kept = B::U32::splat(0).less_than(bits.shift_left(1)).high_bits();
        let places = B::U32::splat(place) + B::U32::load(&[0, 1, 2, 3]);
        if let Some(end) = self.values[length..].first_chunk_mut() {
            B::F32::from_bits(bits.compress(kept)).store(end);
        }
        if let Some(end) = self.places[length..].first_chunk_mut() {
            places.compress(kept).store(end);
        }
        length + kept.count_ones() as usize
    }
}

/// `c = a · b` or, when it `continues`, `c += a · b`; `c` is row-major.
pub fn multiply<B: Backend>(a: Left, b: &Panels, c: &mut [f32], lists: &mut Lists, continues: bool) {
    if b.rows() == 0 && !continues {
        c.fill(0.0);
    }
    lists.steps.clear();
    lists.steps.extend(pieces(0..b.rows(), STEP, if continues { Held::Continued } else { Held::Replaced }));
    multiply_steps::<B>(a, b, c, lists);
}

/// Whether [`multiply_two`] can cut `k` here.
pub fn can_cut(k: Range<usize>) -> bool {
    k.start > 0 && k.len() <= STEP
}

/// `c = a · b`, where `k` is cut and each side is a sum of its own.
pub fn multiply_two<B: Backend>(a: Matrix, b: &Panels, cut: usize, c: &mut [f32], lists: &mut Lists) {
    lists.steps.clear();
    lists.steps.extend(pieces(0..cut, STEP, Held::Replaced).chain(pieces(cut..b.rows(), STEP, Held::Added)));
    multiply_steps::<B>(Left::Plain(a), b, c, lists);
}

fn multiply_steps<B: Backend>(a: Left, b: &Panels, c: &mut [f32], Lists { steps, lists }: &mut Lists) {
    let n = b.columns;
    if n == 0 || steps.is_empty() {
        return;
    }
    lists.resize(ROWS * steps.len(), List::default());
    for (part, c) in c.chunks_mut(ROWS * n).enumerate() {
        let rows = c.len() / n;
        let lists = &mut lists[..rows * steps.len()];
        match a {
            Left::Plain(a) => list::<B>(a.block(part * ROWS, rows, 0, a.columns), steps, lists),
            Left::Gated(a) => list_gated::<B>(a, part * ROWS, steps, lists),
        }
        for panel in b.panels() {
            // As many vectors as the panel has or, which costs less code, a few more.
            let run = match panel.vectors.next_multiple_of(3) {
                3 => run::<B, 3>,
                6 => run::<B, 6>,
                9 => run::<B, 9>,
                _ => run::<B, VECTORS>,
            };
            run(panel.rows_from(0), steps, lists, c, n, panel.column..panel.column + panel.columns);
        }
    }
}

/// The share of numbers that are not zero, by a look at a few rows.
pub fn density(a: Matrix) -> f64 {
    const LOOKS: usize = 8;
    let rows = (0..a.rows).step_by(a.rows.div_ceil(LOOKS).max(1));
    let (mut seen, mut counted) = (0, 0);
    for row in rows {
        seen += a.columns;
        counted += (0..a.columns).filter(|&k| a.at(row, k) != 0.0).count();
    }
    counted as f64 / seen.max(1) as f64
}

/// Lists what is not zero of every row, step by step.
fn list<B: Backend>(a: Matrix, steps: &[Piece], lists: &mut [List]) {
    if let Some(mut columns) = a.contiguous_columns() {
        lists.iter_mut().for_each(|list| list.length = 0);
        for (index, Piece { k, .. }) in steps.iter().enumerate() {
            for (place, column) in (0..).zip(columns.by_ref().take(k.len())) {
                let lists = lists.iter_mut().skip(index).step_by(steps.len());
                let pairs = column.iter().zip(lists);
                pairs.for_each(|(&value, list)| list.length = list.push(list.length, place, value));
            }
        }
    } else {
        for (row, lists) in lists.chunks_exact_mut(steps.len()).enumerate() {
            let values = a.row(row).unwrap_or(&[]);
            steps.iter().zip(lists).for_each(|(step, list)| list.fill::<B>(&values[step.k.clone()]));
        }
    }
}

/// Lists what is not zero of every row from `first` on, under its gates.
fn list_gated<B: Backend>(a: Gated, first: usize, steps: &[Piece], lists: &mut [List]) {
    let source_rows = a.values.len() / a.width;
    for (row, lists) in (first..).zip(lists.chunks_exact_mut(steps.len())) {
        let (value_row, mask) = (row % source_rows, row / a.rows_per_mask);
        let values = &a.values[value_row * a.width..][..a.width];
        let factors = &a.factors[mask * a.width..][..a.width];
        for (Piece { k, .. }, list) in steps.iter().zip(lists) {
            list.fill_gated::<B>(&values[k.clone()], &factors[k.clone()]);
        }
    }
}

/// The sums of all listed rows over one panel of `b`.
fn run<B: Backend, const V: usize>(
    panel: &[[f32; STRIDE]],
    steps: &[Piece],
    lists: &[List],
    c: &mut [f32],
    stride: usize,
    columns: Range<usize>,
) {
    for (index, Piece { k, held }) in steps.iter().enumerate() {
        let panel = &panel[k.clone()];
        for (line, list) in c.chunks_mut(stride).zip(lists.iter().skip(index).step_by(steps.len())) {
            let line = &mut line[columns.clone()];
            if let Some(whole) = line.as_chunks_mut::<4>().0.first_chunk_mut::<V>() {
                walk::<B, V>(panel, list, whole, *held);
            } else {
                let mut padded = [[0.0; 4]; V];
                padded.as_flattened_mut()[..line.len()].copy_from_slice(line);
                walk::<B, V>(panel, list, &mut padded, *held);
                line.copy_from_slice(&padded.as_flattened()[..line.len()]);
            }
        }
    }
}

#[inline(always)]
fn walk<B: Backend, const V: usize>(panel: &[[f32; STRIDE]], list: &List, sums: &mut [[f32; 4]; V], held: Held) {
    let mut registers = [B::F32::splat(0.0); V];
    if held == Held::Continued {
        registers.iter_mut().zip(sums.iter()).for_each(|(register, sum)| *register = B::F32::load(sum));
    }
    for (value, &place) in list.values.iter().zip(&list.places).take(list.length) {
        let value = B::F32::load_splat(value);
        let row = panel[place as usize].as_chunks::<4>().0;
        for (register, b) in registers.iter_mut().zip(row) {
            *register = B::relaxed_mul_add(value, B::F32::load(b), *register);
        }
    }
    if held == Held::Added {
        registers.iter_mut().zip(sums.iter()).for_each(|(register, sum)| *register = *register + B::F32::load(sum));
    }
    registers.iter().zip(sums).for_each(|(register, sum)| register.store(sum));
}
