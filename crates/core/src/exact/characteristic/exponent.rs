//! `log φ` as a polynomial, for the gates whose angle `t a` stays small.
//!
//! With `ℓ_m` of [`Series`], `log φ(t) = i t μ + Σ_m (i t)^m Σ_j ℓ_m a_j^m`: sums of powers over the gates, found once,
//! stand for a product over the gates at every node. Gates and nodes are sorted by octaves so that the angles are below
//! 0.95: gates of class `k` have `|a| ≤ 2^k / 16` and belong to the polynomials of the blocks `b ≥ k`, where
//! `t < 15.2 / 2^b`; at the nodes above they remain factors.

use crate::exact::characteristic::column::Column;
use crate::exact::characteristic::cumulants::{PAIRS, Series};
use crate::exact::characteristic::factors::Factor;
use crate::exact::characteristic::grid::Grid;
use thinned_lanes::{Backend, F64x2};

/// Powers of so many gates are added up before the sum joins the others: roundings grow like the larger of both counts.
const CHUNK: usize = 32;

/// `log φ` of one unit on one grid.
pub struct Exponent<B: Backend> {
    /// By block.
    pub blocks: Vec<Polynomial<B>>,
    /// The gates that are factors in some block, the largest classes first.
    pub factors: Vec<Factor>,
    /// By block: how many of them, from the first, are factors there.
    pub factor_counts: Vec<usize>,
}

/// `Σ_m c_m (i τ)^m` over the orders from 2, beside `i t μ`, in the variable `τ = t 2^b / 16` of its block.
#[derive(Clone, Copy)]
pub struct Polynomial<B: Backend> {
    /// `c_2, c_3, …` in pairs; the first pair is that of the orders 0 and 1 and zero.
    pub coefficients: [B::F64; PAIRS],
    /// `μ` of the gates in it, with the constant.
    pub mean: f64,
    /// `τ / t`.
    pub scale: f64,
}

struct Class {
    scaled: Vec<f64>, // a · 16 / 2^k
    members: Vec<usize>,
}

impl<B: Backend> Exponent<B> {
    /// Sorts and sums the gates of `column`.
    pub fn new(column: &Column, series: &[Series], grid: &Grid) -> Self {
        let classes = classes(&column.coefficients, grid.blocks.len());
        let mut sums = [B::F64::splat(0.0); PAIRS];
        let mut blocks: Vec<Polynomial<B>> = Vec::with_capacity(grid.blocks.len());
        for (b, class) in classes[..grid.blocks.len()].iter().enumerate() {
            if b > 0 {
                halve::<B>(&mut sums);
            }
            add_class::<B>(&mut sums, class, column, series);
            blocks.push(Polynomial { coefficients: sums, mean: column.mean, scale: (1u64 << b) as f64 / 16.0 });
        }
        let mut factors: Vec<Factor> = Vec::new();
        let mut factor_counts = vec![0; blocks.len()];
        let mut mean = column.mean_sum;
        for (k, class) in classes.iter().enumerate().skip(1).rev() {
            for &member in &class.members {
                let (a, series) = (column.coefficients[member], &series[column.series[member]]);
                factors.push(Factor::new(member, a, (series.keep, series.rate), grid.step));
                mean.add(-(a * series.keep));
            }
            // The class joins the polynomial in block k: in the block above, it and all larger gates are factors.
            factor_counts[k - 1] = factors.len();
            blocks[k - 1].mean = mean.total();
        }
        Self { blocks, factors, factor_counts }
    }

    /// `Σ_b W_b √n_b`: what the factors add to the rounding of an integral.
    pub fn roughness(&self, grid: &Grid) -> f64 {
        grid.masses.iter().zip(&self.factor_counts).map(|(mass, &count)| mass * (count as f64).sqrt()).sum()
    }

    /// Factors at nodes, one at one node each, that a transform multiplies at most.
    pub fn products(&self, grid: &Grid) -> usize {
        grid.blocks.iter().zip(&self.factor_counts).map(|(block, count)| block.len() * count).sum()
    }
}

/// The class of a coefficient: the least `k` with `|a| ≤ 2^k / 16`, or `last` where that is larger.
pub fn class(a: f64, last: usize) -> usize {
    let (mut scaled, mut class) = (a.abs() * 16.0, 0);
    while scaled > 1.0 && class < last {
        scaled *= 0.5;
        class += 1;
    }
    class
}

fn classes(coefficients: &[f64], last: usize) -> Vec<Class> {
    let mut classes: Vec<Class> = (0..=last).map(|_| Class { scaled: Vec::new(), members: Vec::new() }).collect();
    for (member, &a) in coefficients.iter().enumerate() {
        let class = class(a, last);
        classes[class].scaled.push(a * 16.0 / (1u64 << class) as f64);
        classes[class].members.push(member);
    }
    classes
}

/// `c_m 2^−m`, exactly: the same polynomial in a variable twice as large.
pub fn halve<B: Backend>(sums: &mut [B::F64; PAIRS]) {
    let mut scale = B::F64::load(&[1.0, 0.5]);
    for sum in sums {
        *sum = *sum * scale;
        scale = scale * B::F64::splat(0.25);
    }
}

/// Adds `ℓ_m Σ_j a_j^m` over the gates of a class.
fn add_class<B: Backend>(sums: &mut [B::F64; PAIRS], class: &Class, column: &Column, series: &[Series]) {
    let mut start = 0;
    while start < class.members.len() {
        let index = column.series[class.members[start]];
        let chunk = class.members[start..].iter().take(CHUNK);
        let length = chunk.take_while(|&&member| column.series[member] == index).count();
        let powers = powers::<B>(&class.scaled[start..start + length]);
        for ((sum, power), logarithm) in sums.iter_mut().zip(powers).zip(&series[index].logarithm) {
            *sum = *sum + power * B::F64::load(logarithm);
        }
        start += length;
    }
}

/// `Σ_j a_j^m`, two orders to a vector.
#[inline]
fn powers<B: Backend>(scaled: &[f64]) -> [B::F64; PAIRS] {
    let mut sums = [B::F64::splat(0.0); PAIRS];
    for &a in scaled {
        let square = a * a;
        let mut power = B::F64::load(&[square, square * a]);
        let square = B::F64::splat(square);
        for sum in &mut sums[1..] {
            *sum = *sum + power;
            power = power * square;
        }
    }
    sums
}
