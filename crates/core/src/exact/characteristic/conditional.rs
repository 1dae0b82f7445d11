//! `E[O | δ_i = 1]` of a logistic unit for all of its gates at once.
//!
//! Knowing that `δ_i = 1` replaces the factor `q + p e^{i t a}` of `φ` by `e^{i t a}`. Where the angle is small the
//! quotient of the two is the series `1 + Σ ζ_m (i t a)^m` of [`Series`], and
//! `E[O | δ_i = 1] − E O = Σ_m ζ_m a^m ∫ t^m Im(i^m φ) / sinh πt dt`: moments of `φ` that all gates share. At the nodes
//! where the gate is a factor the product of the others is that of those before it and those after it; no division meets
//! a factor near zero.

use crate::activation::logistic;
use crate::exact::affine::AffineUnits;
use crate::exact::characteristic::MOST_NODES;
use crate::exact::characteristic::column::{self, Column};
use crate::exact::characteristic::cumulants::{PAIRS, Series};
use crate::exact::characteristic::exponent::{Exponent, class, halve};
use crate::exact::characteristic::factors::{Factor, RUN, multiply};
use crate::exact::characteristic::grid::{self, Grid};
use crate::exact::characteristic::integrals::{Integrals, lanes};
use crate::exact::characteristic::logistic::Logistic;
use crate::exact::characteristic::transform::{Transform, runs};
use core::ops::Range;
use thinned_lanes::{Backend, F64x2};

/// The means of one unit given its gates, under way: run after run of nodes, so that where it pauses never changes a bit.
pub struct ConditionalMeans<B: Backend> {
    column: Column,
    series: Vec<Series>,
    gates: usize,
    grid: Grid,
    exponent: Exponent<B>,
    transform: Transform,
    room: LeaveOneOut,
    apart: Vec<f64>,               // by member, from the nodes where it is a factor
    moments: Vec<[B::F64; PAIRS]>, // by block that is complete
    live: Option<Range<usize>>,    // nodes of the block at hand that are not silent
    waiting: Range<usize>,         // those that wait for its factors
}

impl<B: Backend> ConditionalMeans<B> {
    /// Of one unit, as [`logistic`](super::logistic) has them; nothing where it takes too many nodes.
    pub fn new(units: &AffineUnits, unit: usize, c: f64, lambda: f64) -> Option<Self> {
        let series = column::series(units);
        let column = column::of(units, unit, (lambda, -libm::log(c)), &series);
        let step = grid::step(column.extent());
        if grid::count(step) > MOST_NODES {
            return None;
        }
        let grid = Grid::new(step);
        Some(Self {
            exponent: Exponent::new(&column, &series.0, &grid),
            transform: Transform::silent(&grid, column.mean),
            room: LeaveOneOut::default(),
            apart: vec![0.0; column.coefficients.len()],
            moments: Vec::with_capacity(grid.blocks.len()),
            live: None,
            waiting: 0..0,
            series: series.0,
            gates: units.gates(),
            column,
            grid,
        })
    }

    /// How far the means can be off, at most: as for the statistics of the unit.
    pub fn error_bound(&self) -> f64 {
        Logistic::error_bound(self.column.magnitude(), self.exponent.roughness(&self.grid))
    }

    /// Takes in about `products` factors more, one at one node each; returns whether none is left.
    pub fn step(&mut self, products: usize) -> bool {
        let mut left = products;
        while left > 0 {
            let b = self.moments.len();
            let Some(block) = self.grid.blocks.get(b) else { return true };
            let factors = &self.exponent.factors[..self.exponent.factor_counts[b]];
            let Some(live) = self.live.clone() else {
                let live = self.transform.small::<B>(&self.exponent.blocks[b], &self.grid, block.clone());
                self.waiting = if factors.is_empty() { 0..0 } else { live.clone() };
                self.live = Some(live);
                continue;
            };
            let Some(run) = runs(self.waiting.clone()).next() else {
                let scale = self.exponent.blocks[b].scale;
                self.moments.push(block_moments::<B>(&self.transform, &self.grid, live, scale));
                self.live = None;
                continue;
            };
            left = left.saturating_sub(factors.len() * run.len());
            self.waiting.start = run.end;
            self.room.add::<B>(factors, &self.grid, run, &mut self.transform, &mut self.apart);
        }
        false
    }

    /// `E[O | δ_i = 1]` by gate, after the factors that are left; for a gate with a coefficient of 0 that is `E O`.
    pub fn finish(mut self) -> Vec<f64> {
        self.step(usize::MAX);
        let (column, mut moments) = (&self.column, self.moments);
        let whole: f64 = moments.iter().map(|moments| lanes(moments[0])[0]).sum();
        // From the lowest block up: moments of all nodes below the top of a block, in its variable.
        for b in (1..moments.len()).rev() {
            let mut below = moments[b];
            halve::<B>(&mut below);
            moments[b - 1].iter_mut().zip(below).for_each(|(sum, below)| *sum = *sum + below);
        }
        let (least, largest) = (logistic(column.least), logistic(column.largest));
        let mut means = vec![(0.5 + whole).max(least).min(largest); self.gates];
        for (member, (&a, &gate)) in column.coefficients.iter().zip(&column.gates).enumerate() {
            let k = class(a, self.grid.blocks.len());
            let together = moments.get(k).map_or(0.0, |moments| {
                let scaled = a / self.exponent.blocks[k].scale;
                respond::<B>(moments, &self.series[column.series[member]], scaled)
            });
            means[gate] = (0.5 + (self.apart[member] + together)).max(least).min(largest);
        }
        means
    }
}

/// `Σ_k w_k τ^m Im(i^m φ)` over the nodes, in pairs of orders.
fn block_moments<B: Backend>(transform: &Transform, grid: &Grid, nodes: Range<usize>, scale: f64) -> [B::F64; PAIRS] {
    let mut moments = [B::F64::splat(0.0); PAIRS];
    for k in nodes.rev() {
        let tau = grid.nodes[k] * scale;
        let weight = grid.weights[k];
        let mut term = B::F64::load(&[weight * transform.imaginary[k], weight * tau * transform.real[k]]);
        let turn = B::F64::splat(-tau * tau);
        for moment in &mut moments {
            *moment = *moment + term;
            term = term * turn;
        }
    }
    moments
}

/// `Im φ` and the response to a gate of scaled coefficient `a`, integrated.
fn respond<B: Backend>(moments: &[B::F64; PAIRS], series: &Series, a: f64) -> f64 {
    let square = B::F64::splat(a * a);
    let mut sum = B::F64::splat(0.0);
    for (moment, response) in moments.iter().zip(&series.response).rev() {
        sum = sum * square + *moment * B::F64::load(response);
    }
    let ([plain, _], [even, odd]) = (lanes(moments[0]), lanes(sum));
    plain + (even + a * odd)
}

/// Room for the products of one run of nodes.
#[derive(Default)]
struct LeaveOneOut {
    before: Vec<Run>,    // by factor: φ times those before it
    rotations: Vec<Run>, // by factor: e^{i t a}
}

/// A complex number at every node of a run.
#[derive(Clone, Copy)]
struct Run {
    real: [f64; RUN],
    imaginary: [f64; RUN],
}

impl Run {
    const ONE: Self = Self { real: [1.0; RUN], imaginary: [0.0; RUN] };

    /// `self · (shift + scale · rotation)`.
    fn times(&self, shift: f64, scale: f64, rotation: &Self) -> Self {
        let mut product = Self::ONE;
        for k in 0..RUN {
            let (re, im) = (shift + scale * rotation.real[k], scale * rotation.imaginary[k]);
            product.real[k] = self.real[k] * re - self.imaginary[k] * im;
            product.imaginary[k] = self.real[k] * im + self.imaginary[k] * re;
        }
        product
    }
}

impl LeaveOneOut {
    /// Adds `Σ w Im(φ_{−i} e^{i t a_i})` of every factor to `apart`, and multiplies `φ` by all of them.
    fn add<B: Backend>(
        &mut self,
        factors: &[Factor],
        grid: &Grid,
        run: Range<usize>,
        transform: &mut Transform,
        apart: &mut [f64],
    ) {
        let nodes = &grid.nodes[run.clone()];
        let (real, imaginary) = (&mut transform.real[run.clone()], &mut transform.imaginary[run.clone()]);
        if silent_without_any::<B>(factors, grid, run.clone(), real, imaginary) {
            real.fill(0.0);
            imaginary.fill(0.0);
            return;
        }
        self.before.clear();
        self.rotations.clear();
        let mut product = Run::ONE;
        product.real[..nodes.len()].copy_from_slice(real);
        product.imaginary[..nodes.len()].copy_from_slice(imaginary);
        for factor in factors {
            let mut rotation = Run::ONE;
            factor.rotations(nodes, &mut rotation.real, &mut rotation.imaginary);
            self.before.push(product);
            product = product.times(factor.rate, factor.keep, &rotation);
            self.rotations.push(rotation);
        }
        real.copy_from_slice(&product.real[..nodes.len()]);
        imaginary.copy_from_slice(&product.imaginary[..nodes.len()]);
        let mut after = Run::ONE;
        let weights = &grid.weights[run];
        for ((factor, before), rotation) in factors.iter().zip(&self.before).zip(&self.rotations).rev() {
            let others = before.times(0.0, 1.0, &after).times(0.0, 1.0, rotation);
            apart[factor.member] += weights.iter().zip(&others.imaginary).rev().map(|(w, im)| w * im).sum::<f64>();
            after = after.times(factor.rate, factor.keep, rotation);
        }
    }
}

/// Whether two separate sets of factors silence every node: then no product that leaves one factor out can be heard.
fn silent_without_any<B: Backend>(
    factors: &[Factor],
    grid: &Grid,
    run: Range<usize>,
    real: &[f64],
    imaginary: &[f64],
) -> bool {
    let used = |factors: &[Factor]| {
        let (mut real, mut imaginary) = (real.to_vec(), imaginary.to_vec());
        multiply::<B>(factors, &grid.nodes[run.clone()], &grid.silences[run.clone()], &mut real, &mut imaginary)
    };
    let first = used(factors);
    first < factors.len() && used(&factors[first..]) < factors.len() - first
}
