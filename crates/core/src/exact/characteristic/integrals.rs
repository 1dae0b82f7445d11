//! What a kind of unit needs to turn its `φ` into statistics.

use crate::exact::affine::{UnitStatistics, without_rounding};
use crate::exact::characteristic::column::Column;
use crate::exact::characteristic::grid::Grid;
use crate::exact::characteristic::transform::Transform;
use thinned_lanes::{Backend, F64x2};

/// The kernels of the integrals of one kind of unit, at the nodes of one grid.
pub trait Integrals: Sized {
    /// The kernels of a grid.
    fn new(grid: &Grid) -> Self;

    /// The absolute error of a unit with `|X| ≤ magnitude` and `factors = Σ W √n`.
    fn error_bound(magnitude: f64, factors: f64) -> f64;

    /// A unit that no gate changes: `X = x`.
    fn constant(x: f64, error_bound: f64) -> UnitStatistics;

    /// A unit of which every `X` is beyond `±45`, where a constant or a line is the function to `3e-20`.
    fn saturated(column: &Column, error_bound: f64) -> UnitStatistics;

    /// From all of `φ`.
    fn wide<B: Backend>(&self, column: &Column, transform: &Transform, error_bound: f64) -> UnitStatistics;

    /// From what [`Transform::remainder`] leaves of `φ` and from the parabola that it takes away.
    fn narrow<B: Backend>(&self, column: &Column, remainder: &Transform, error_bound: f64) -> UnitStatistics;
}

/// `w_k · kernel(t_k)` at every node.
pub fn weigh(grid: &Grid, kernel: impl Fn(f64) -> f64) -> Vec<f64> {
    grid.nodes.iter().zip(&grid.weights).map(|(t, w)| w * kernel(*t)).collect()
}

/// `Σ kernel · values` over a multiple of four nodes, from the last to the first: the terms grow, and with them the
/// roundings.
pub fn dot<B: Backend>(kernel: &[f64], values: &[f64]) -> f64 {
    let mut sum = B::F64::splat(0.0);
    let (kernel, values) = (kernel.as_chunks::<2>().0, values.as_chunks::<2>().0);
    for (kernel, values) in kernel.iter().zip(values).rev() {
        sum = sum + B::F64::load(kernel) * B::F64::load(values);
    }
    let [even, odd] = lanes(sum);
    even + odd
}

/// The lanes of a vector.
pub fn lanes<V: F64x2>(vector: V) -> [f64; 2] {
    let mut lanes = [0.0; 2];
    vector.store(&mut lanes);
    lanes
}

/// A variance of values within `range`: at most `range²/4`, and 0 where it is negative by rounding alone.
pub fn plausible_variance(variance: f64, range: f64, error_bound: f64) -> f64 {
    without_rounding(variance, error_bound).min(0.25 * range * range)
}
