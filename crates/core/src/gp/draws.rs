//! Draws from a normal distribution whose covariance matrix may be singular.
//!
//! A posterior over neighbouring points is singular in double precision, so that its Cholesky factor asks for jitter. With pivots
//! (Higham 1990) it does not: columns are eliminated in the order of the largest remaining variance, until what remains is below
//! `points·2⁻⁵²` of the largest variance at the start; what is left out is that little. So `covariance = L·Lᵀ` with
//! `L [points, rank]`, and a draw is `mean + L·z`.
//!
//! # Value stability
//!
//! Number `r` of `z` for an output is made of word `r mod 4` of block `r div 4` of the stream of domain 5, site = output, row 0,
//! sample = draw: `Φ⁻¹((word + ½)/2³²)`.

use super::tile::dot;
use super::zeros;
use crate::error::Error;
use crate::normal::quantile;
use crate::random::{Domain, Stream};
use thinned_lanes::Backend;

/// The pivoted factor on its way.
#[derive(Debug)]
pub struct Draws {
    covariance: Vec<f64>, // [points, points]
    remaining: Vec<f64>,
    factor: Vec<f64>, // [points, points], the first `rank` of each row
    points: usize,
    order: Vec<usize>,
    least: f64,
    done: bool,
}

impl Draws {
    /// From `covariance [points, points]`.
    ///
    /// # Errors
    /// `Shape` for another size, `Range` where there is no memory.
    pub fn new(covariance: Vec<f64>, points: usize) -> Result<Self, Error> {
        if points == 0 || points.checked_mul(points) != Some(covariance.len()) {
            return Err(Error::shape(format!(
                "Cannot draw: the covariances of {points} points are {} numbers, wanted a square",
                covariance.len()
            )));
        }
        let remaining: Vec<f64> = covariance.iter().copied().step_by(points + 1).collect();
        let most = remaining.iter().fold(0.0, |most: f64, &value| most.max(value));
        let least = points as f64 * f64::EPSILON * most;
        let factor = zeros(points.checked_mul(points), "the factor of the covariances")?;
        Ok(Self { covariance, remaining, factor, points, order: Vec::new(), least, done: false })
    }

    /// Columns of the factor so far, all of them once nothing remains.
    pub fn rank(&self) -> usize {
        self.order.len()
    }

    /// Columns that may be left.
    pub fn remaining(&self) -> usize {
        if self.done { 0 } else { self.points - self.order.len() }
    }

    /// Eliminates up to so many columns.
    pub fn step<B: Backend>(&mut self, columns: usize) {
        let points = self.points;
        for _ in 0..columns.min(self.remaining()) {
            let rank = self.order.len();
            let pivot = (0..points).fold(0, |best, i| if self.remaining[i] > self.remaining[best] { i } else { best });
            if self.remaining[pivot] <= self.least {
                self.done = true;
                return;
            }
            let root = self.remaining[pivot].sqrt();
            let own = self.factor[pivot * points..][..rank].to_vec();
            for i in 0..points {
                let row = &mut self.factor[i * points..][..=rank];
                // A row that was eliminated has nothing left.
                if self.remaining[i] == f64::NEG_INFINITY {
                    continue;
                }
                let value = (self.covariance[i * points + pivot] - dot::<B>(&row[..rank], &own)) / root;
                row[rank] = value;
                self.remaining[i] -= value * value;
            }
            self.remaining[pivot] = f64::NEG_INFINITY;
            self.factor[pivot * points + rank] = root;
            self.order.push(pivot);
        }
    }

    /// Draw number `sample` for an output, less its mean: `[points]`.
    pub fn draw<B: Backend>(&self, seed: u64, output: u32, sample: u32) -> Vec<f64> {
        let stream = Stream::new(seed, Domain::GaussianProcess, output, 0, sample);
        let rank = self.rank();
        let mut z = Vec::with_capacity(rank + 3);
        for block in 0..rank.div_ceil(4) {
            z.extend(stream.block(block as u32).map(|word| quantile((f64::from(word) + 0.5) / 4_294_967_296.0)));
        }
        (0..self.points).map(|i| dot::<B>(&self.factor[i * self.points..][..rank], &z[..rank])).collect()
    }
}
