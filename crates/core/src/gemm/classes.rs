//! Products of samples under gates of their own, four samples at a time.
//!
//! The simple version is, for each sample, `for k { if kept { for j { c[j] += x[k] · b[k][j] } } }`: half of the work of a
//! dense product at rate ½, but with a load of `b` for every multiply-add. Of four consecutive samples the inputs fall
//! into sixteen classes, by which of the samples have something there that is not zero. It departs from the simple version
//! in this way: the inputs are taken class by class, in their order within a class. Then
//!
//! * what no sample has is passed over, and nothing that was dropped is multiplied;
//! * a class that `p` samples share is a small dense product of `p` rows, whose vectors of `b` are loaded once;
//! * where the values are the same for all samples (they come before the first gate), a class has one sum, which is
//!   added to each of its samples: a quarter of the products of a dense pass, whatever the rates.
//!
//! So the order of a sum depends on the four samples of a group, but on nothing else: groups start at multiples of four.
//! (Srivastava et al. 2014 for the thinned network; the classes are our own.)

mod list;
mod products;

use super::aligned::Aligned;
use super::panels::Panels;
use list::ClassList;
use products::Tile;
use thinned_lanes::Backend;

/// Samples of a group.
pub const GROUP: usize = 4;
/// Groups whose lists are kept at a time: all of them read one panel of `b` before the next.
const LISTS: usize = 64;
/// Groups that pay for a copy of their panel: read from front to back it comes from far memory at several times the rate at
/// which the rows of a class do, and what is written lies near.
const GROUPS_THAT_PAY: usize = 8;

/// Rows under gates of their own, sample by sample.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    /// `[rows, width]`, the same for all samples, or `[samples, rows, width]`
    pub values: &'a [f32],
    /// `[samples, rows, width]`
    pub factors: &'a [f32],
    /// Of each sample.
    pub rows: usize,
    /// Numbers of a row.
    pub width: usize,
}

/// Lists, kept between products so that none allocates.
#[derive(Clone, Debug, Default)]
pub struct ClassLists {
    lists: Vec<ClassList>,
    classes: Vec<u32>, // [width], of the row at hand
    near: Aligned,     // the panel at hand, in one place for all
}

/// `c = x · b` for all samples, `c` being `[samples, rows, columns of b]`.
pub fn multiply<B: Backend>(x: Samples, b: &Panels, c: &mut [f32], lists: &mut ClassLists) {
    let samples = x.factors.len() / (x.rows * x.width);
    assert!(samples.is_multiple_of(GROUP), "groups are whole");
    let groups = samples / GROUP * x.rows;
    lists.lists.resize(LISTS.min(groups), ClassList::default());
    for first in (0..groups).step_by(LISTS) {
        let part = first..groups.min(first + LISTS);
        for (group, list) in part.clone().zip(&mut lists.lists) {
            list.fill::<B>(x, group, &mut lists.classes);
        }
        for panel in b.panels() {
            let panel = if part.len() < GROUPS_THAT_PAY { panel } else { panel.copied(&mut lists.near) };
            for (group, list) in part.clone().zip(&lists.lists) {
                let mut tile = Tile::default();
                products::add::<B>(list, panel, x.is_shared(), &mut tile);
                for (sample, sums) in tile.iter().enumerate() {
                    let line = &mut c[x.line(group, sample) * b.columns + panel.column..][..panel.columns];
                    line.copy_from_slice(&sums.as_flattened()[..panel.columns]);
                }
            }
        }
    }
}

impl<'a> Samples<'a> {
    /// Whether all samples have the same values.
    fn is_shared(&self) -> bool {
        self.values.len() == self.rows * self.width
    }

    /// The number of a line of `[samples, rows]`: its row is the same for all samples of a group.
    fn line(&self, group: usize, sample: usize) -> usize {
        (group / self.rows * GROUP + sample) * self.rows + group % self.rows
    }

    fn values(&self, group: usize, sample: usize) -> &'a [f32] {
        let line = if self.is_shared() { group % self.rows } else { self.line(group, sample) };
        &self.values[line * self.width..][..self.width]
    }

    fn factors(&self, group: usize, sample: usize) -> &'a [f32] {
        &self.factors[self.line(group, sample) * self.width..][..self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::super::Matrix;
    use super::super::tests::noise;
    use super::*;
    use crate::random::philox;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Gates with every class among them, and numbers that are zero by themselves.
    fn gates(length: usize) -> Vec<f32> {
        (0..length).map(|i| if philox([i as u32, 9, 0, 0], [1, 2])[0] % 5 < 2 { 0.0 } else { 1.25 }).collect()
    }

    struct Product {
        rows: usize,
        width: usize,
        columns: usize,
        values: Vec<f32>,
        factors: Vec<f32>,
        kernel: Vec<f32>,
    }

    impl Product {
        fn new(rows: usize, width: usize, columns: usize, samples: usize, shared: bool) -> Self {
            let mut values = noise(if shared { rows * width } else { samples * rows * width }, 3);
            values.iter_mut().filter(|value| **value < -0.7).for_each(|value| *value = 0.0);
            let (factors, kernel) = (gates(samples * rows * width), noise(width * columns, 4));
            Self { rows, width, columns, values, factors, kernel }
        }

        fn run<B: Backend>(&self) -> Vec<f32> {
            let Self { rows, width, columns, .. } = *self;
            let x = Samples { values: &self.values, factors: &self.factors, rows, width };
            let mut panels = Panels::default();
            panels.pack::<B>(Matrix::row_major(&self.kernel, width, columns));
            let mut c = vec![f32::NAN; self.factors.len() / width * columns];
            multiply::<B>(x, &panels, &mut c, &mut ClassLists::default());
            c
        }

        /// The simple version, in double precision.
        fn exact(&self, line: usize, column: usize) -> f64 {
            let values = &self.values[line * self.width % self.values.len()..][..self.width];
            let factors = &self.factors[line * self.width..][..self.width];
            let weights = self.kernel[column..].iter().step_by(self.columns);
            values.iter().zip(factors).zip(weights).map(|((x, f), w)| f64::from(x * f) * f64::from(*w)).sum()
        }
    }

    const SIZES: [(usize, usize, usize, usize); 8] = [
        (1, 1, 1, 4),
        (2, 5, 10, 8),
        (1, 40, 48, 4),
        (3, 33, 49, 8),
        (1, 200, 35, 264),
        (70, 9, 25, 4),
        (1, 130, 100, 12),
        (2, 64, 84, 4),
    ];

    #[test]
    fn samples_have_the_sums_of_their_gated_rows() {
        for (rows, width, columns, samples) in SIZES {
            for shared in [true, false] {
                let product = Product::new(rows, width, columns, samples, shared);
                for (line, sums) in product.run::<Best>().chunks_exact(columns).enumerate() {
                    for (column, &sum) in sums.iter().enumerate() {
                        let error = f64::from(sum) - product.exact(line, column);
                        assert!(error.abs() < 1e-6 * width as f64, "{rows}x{width}x{columns}, line {line}: {error}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_best_backend_agrees_with_the_scalar_one() {
        for (rows, width, columns, samples) in SIZES {
            for shared in [true, false] {
                let product = Product::new(rows, width, columns, samples, shared);
                let (scalar, best) = (product.run::<Scalar>(), product.run::<Best>());
                if Best::FUSES {
                    assert!(scalar.iter().zip(&best).all(|(s, b)| (s - b).abs() <= 1e-6 * width as f32));
                } else {
                    assert_eq!(scalar, best, "{rows}x{width}x{columns}");
                }
            }
        }
    }

    #[test]
    fn a_group_has_its_bits_whatever_is_computed_with_it() {
        let whole = Product::new(1, 50, 30, 264, false);
        let all = whole.run::<Best>();
        for group in [0, 1, 40, 65] {
            let of_group = group * GROUP * 50..(group + 1) * GROUP * 50;
            let (values, factors) = (whole.values[of_group.clone()].to_vec(), whole.factors[of_group].to_vec());
            let alone = Product { values, factors, kernel: whole.kernel.clone(), ..whole };
            assert_eq!(alone.run::<Best>(), all[group * GROUP * 30..(group + 1) * GROUP * 30]);
        }
    }

    #[test]
    fn a_number_that_is_not_finite_reaches_the_sums() {
        let mut product = Product::new(1, 8, 4, 4, true);
        product.values[3] = f32::NAN;
        product.factors.fill(1.0);
        assert!(product.run::<Best>().iter().all(|sum| sum.is_nan()));
    }

    #[test]
    fn a_number_that_is_dropped_does_not_whatever_it_is() {
        for place in [3, 8] {
            let mut product = Product::new(1, 9, 4, 4, true);
            product.values[place] = f32::INFINITY;
            product.factors.fill(1.0);
            product.factors.chunks_exact_mut(9).for_each(|factors| factors[place] = 0.0);
            assert!(product.run::<Best>().iter().all(|sum| sum.is_finite()));
        }
    }
}
