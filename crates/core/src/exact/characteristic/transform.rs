//! `φ(t) = E e^{itX}` at the nodes of a grid.

use crate::exact::characteristic::cumulants::PAIRS;
use crate::exact::characteristic::exponent::{Exponent, Polynomial};
use crate::exact::characteristic::factors::{Factor, RUN, multiply};
use crate::exact::characteristic::grid::Grid;
use crate::exact::characteristic::integrals::lanes;
use crate::exact::characteristic::small::{beyond_linear, exponential_minus_1, sine_defect};
use core::ops::Range;
use thinned_lanes::{Backend, F64x2};

/// `φ`, or what is left of it, at every node; with `1 − Re φ` and `μt − Im φ`, which divisions by powers of a small `t`
/// want free of cancellation.
#[derive(Clone, Debug)]
pub struct Transform {
    /// `Re φ`.
    pub real: Vec<f64>,
    /// `Im φ`.
    pub imaginary: Vec<f64>,
    /// `1 − Re φ`.
    pub lack: Vec<f64>,
    /// `μt − Im φ`.
    pub drift: Vec<f64>,
}

impl Transform {
    /// `e^{itμ} (E e^{it(X−μ)} − 1 + t²σ²/2)`, for a unit without factors: what a parabola about the mean leaves over.
    ///
    /// Every integral is linear in `φ`. That of `e^{itμ} (1 − t²σ²/2)` is the function at the mean and half its second
    /// derivative times `σ²`, in closed form; the rest is of order `σ⁴` or `κ₃`, and so is its rounding.
    pub fn remainder<B: Backend>(exponent: &Exponent<B>, grid: &Grid, mean: f64) -> Self {
        let mut polynomial = exponent.blocks[0];
        let [second, third] = lanes(polynomial.coefficients[1]);
        polynomial.coefficients[1] = B::F64::load(&[0.0, third]);
        let mut transform = Self::silent(grid, 0.0);
        polynomial.evaluate(&grid.nodes, &mut transform.real, &mut transform.imaginary);
        for (k, t) in grid.nodes.iter().enumerate() {
            let tau = t * polynomial.scale;
            let rest = (transform.real[k], transform.imaginary[k]);
            let curved = beyond_linear((rest.0 - tau * tau * second, rest.1));
            let (re, im) = (curved.0 + rest.0, curved.1 + rest.1);
            let (sine, cosine) = libm::sincos(t * mean);
            transform.real[k] = cosine * re - sine * im;
            transform.imaginary[k] = cosine * im + sine * re;
            transform.lack[k] = -transform.real[k];
            transform.drift[k] = -transform.imaginary[k];
        }
        transform
    }

    /// Multiplies `φ` of the small gates by all factors at one node near 0.
    ///
    /// With `c = 1 − Re φ`, `d = μt − Im φ` and a factor `f = (1 − p v) + i (pθ − p s)`, `v = 1 − cos θ`, `s = θ − sin θ`,
    /// every term of the new `c` and `d` is as small as they are: the kernels divide them by `t²` and `t³`.
    fn careful(&mut self, factors: &[Factor], grid: &Grid, k: usize) {
        let t = grid.nodes[k];
        let (mut lack, mut drift) = (self.lack[k], self.drift[k]);
        let mut imaginary = self.imaginary[k];
        for factor in factors {
            let angle = t * factor.coefficient;
            let (sine, cosine) = libm::sincos(0.5 * angle);
            let (versine, sine) = (factor.keep * (2.0 * sine * sine), 2.0 * sine * cosine);
            let defect = factor.keep * sine_defect(angle, sine);
            let sine = factor.keep * sine;
            drift += defect + lack * sine + imaginary * versine;
            (lack, imaginary) = (
                lack + (versine - lack * versine) + imaginary * sine,
                imaginary + (sine - lack * sine) - imaginary * versine,
            );
        }
        (self.real[k], self.imaginary[k]) = (1.0 - lack, imaginary);
        (self.lack[k], self.drift[k]) = (lack, drift);
    }

    /// A transform that is 0 at every node.
    pub fn silent(grid: &Grid, mean: f64) -> Self {
        let count = grid.nodes.len();
        let drift = grid.nodes.iter().map(|t| mean * t).collect();
        Self { real: vec![0.0; count], imaginary: vec![0.0; count], lack: vec![1.0; count], drift }
    }

    /// `φ` of the small gates, with their part of `μ`, at the nodes of a block; returns those up to the last not silent.
    pub fn small<B: Backend>(&mut self, polynomial: &Polynomial<B>, grid: &Grid, block: Range<usize>) -> Range<usize> {
        let (real, imaginary) = (&mut self.real[block.clone()], &mut self.imaginary[block.clone()]);
        polynomial.evaluate(&grid.nodes[block.clone()], real, imaginary);
        let mut end = block.end;
        while end > block.start && self.real[end - 1] < grid.floors[end - 1] {
            end -= 1;
            (self.real[end], self.imaginary[end]) = (0.0, 0.0);
        }
        for k in block.start..end {
            // e^{itμ} (1 + g), g = e^z − 1, by half angles: 1 − cos x = 2 sin²(x/2).
            let grown = exponential_minus_1((self.real[k], self.imaginary[k]));
            let angle = polynomial.mean * grid.nodes[k];
            let (sine, cosine) = libm::sincos(0.5 * angle);
            let (versine, sine) = (2.0 * sine * sine, 2.0 * sine * cosine);
            let cosine = 1.0 - versine;
            let (re, im) = (cosine * grown.0 - sine * grown.1, cosine * grown.1 + sine * grown.0);
            self.real[k] = cosine + re;
            self.imaginary[k] = sine + im;
            self.lack[k] = versine - re;
            self.drift[k] = sine_defect(angle, sine) - im;
        }
        block.start..end
    }
}

/// A transform under way: run after run of nodes, so that where it pauses never changes a bit.
///
/// Nodes are left at 0 where the small gates of their block alone silence them, and runs of nodes where the factors do.
pub struct Partial {
    /// What it has come to.
    pub transform: Transform,
    mean: f64,
    blocks: usize,      // that are begun
    live: Range<usize>, // nodes of the last of them that wait for their factors
}

impl Partial {
    /// Nothing yet.
    pub fn new(grid: &Grid, mean: f64) -> Self {
        Self { transform: Transform::silent(grid, mean), mean, blocks: 0, live: 0..0 }
    }

    /// Multiplies about `products` factors more, one at one node each; returns whether none is left.
    pub fn step<B: Backend>(&mut self, exponent: &Exponent<B>, grid: &Grid, products: usize) -> bool {
        let mut left = products;
        while left > 0 {
            if let Some(run) = runs(self.live.clone()).next() {
                let factors = &exponent.factors[..exponent.factor_counts[self.blocks - 1]];
                left = left.saturating_sub(factors.len() * run.len());
                self.live.start = run.end;
                self.multiply::<B>(factors, grid, run);
            } else if self.blocks < grid.blocks.len() {
                self.enter(exponent, grid);
            } else {
                return true;
            }
        }
        false
    }

    /// The small gates of the next block.
    fn enter<B: Backend>(&mut self, exponent: &Exponent<B>, grid: &Grid) {
        let block = grid.blocks[self.blocks].clone();
        let factors = &exponent.factors[..exponent.factor_counts[self.blocks]];
        let live = self.transform.small::<B>(&exponent.blocks[self.blocks], grid, block.clone());
        self.blocks += 1;
        if factors.is_empty() {
            return;
        }
        if block.start == 0 {
            live.for_each(|k| self.transform.careful(factors, grid, k));
        } else {
            self.live = live;
        }
    }

    fn multiply<B: Backend>(&mut self, factors: &[Factor], grid: &Grid, run: Range<usize>) {
        let Transform { real, imaginary, lack, drift } = &mut self.transform;
        let (re, im) = (&mut real[run.clone()], &mut imaginary[run.clone()]);
        multiply::<B>(factors, &grid.nodes[run.clone()], &grid.silences[run.clone()], re, im);
        for k in run {
            lack[k] = 1.0 - real[k];
            drift[k] = self.mean * grid.nodes[k] - imaginary[k];
        }
    }
}

impl<B: Backend> Polynomial<B> {
    /// `Σ c_m (iτ)^m` at `nodes`, a multiple of four of them.
    fn evaluate(&self, nodes: &[f64], real: &mut [f64], imaginary: &mut [f64]) {
        for (quad, nodes) in nodes.chunks_exact(4).enumerate() {
            let taus: [f64; 4] = core::array::from_fn(|i| nodes[i] * self.scale);
            let squares = taus.map(|tau| B::F64::splat(-tau * tau));
            // Four nodes side by side: one chain of products alone would wait for itself.
            let mut sums = [self.coefficients[PAIRS - 1]; 4];
            for coefficient in self.coefficients[1..PAIRS - 1].iter().rev() {
                for (sum, square) in sums.iter_mut().zip(squares) {
                    *sum = *sum * square + *coefficient;
                }
            }
            for i in 0..4 {
                let [even, odd] = lanes(sums[i] * squares[i]);
                (real[4 * quad + i], imaginary[4 * quad + i]) = (even, taus[i] * odd);
            }
        }
    }
}

/// Nodes in groups that share a fresh sine.
pub fn runs(nodes: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = nodes.end;
    nodes.step_by(RUN).map(move |start| start..end.min(start + RUN))
}
