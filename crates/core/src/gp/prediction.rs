//! The posterior at new points.

use super::family::Row;
use super::kernel::{Workspace, all_finite};
use super::points::Points;
use super::process::Process;
use super::tile::{Rows, TILE, dot, subtract_products};
use super::zeros;
use crate::error::Error;
use std::rc::Rc;
use thinned_lanes::Backend;

/// Rows that go through the factor together: it is read once for all of them.
const BLOCK: usize = 32;

/// Mean, variance and, where asked for, covariance of a process at new points.
#[derive(Debug)]
pub struct Prediction {
    /// What it is for, as messages say it.
    action: String,
    process: Rc<Process>,
    points: Points,
    space: Workspace,
    solved: Vec<f64>, // [points, rows of the process]; of the block under way only, without covariances
    /// `[points, outputs]`.
    pub mean: Vec<f64>,
    /// `[points]`, the same of every output.
    pub variance: Vec<f64>,
    /// `[points, points]`, or empty.
    pub covariance: Vec<f64>,
    next: usize,
    /// Blocks of rows of the covariance that are done.
    covered: usize,
}

impl Prediction {
    /// At `x [points, inputs]`.
    ///
    /// # Errors
    /// `Shape` where there is no point or sizes do not fit, `Range` where there is no memory.
    pub fn new(action: &str, process: Rc<Process>, x: &[f64], full: bool) -> Result<Self, Error> {
        let inputs = process.points.inputs;
        let points = Points::new(x, inputs);
        if points.rows == 0 || x.len() != points.rows * inputs {
            return Err(Error::shape(format!("Cannot {action}: x has {} numbers, wanted rows of {inputs}", x.len())));
        }
        let (count, size) = (points.rows, process.points.rows);
        let kept = if full { count } else { BLOCK.min(count) };
        Ok(Self {
            action: action.to_string(),
            solved: zeros(kept.checked_mul(size), "the covariances with the rows of the fit")?,
            covariance: if full { zeros(count.checked_mul(count), "the covariances")? } else { Vec::new() },
            mean: vec![0.0; count * process.outputs],
            variance: vec![0.0; count],
            space: Workspace::default(),
            process,
            points,
            next: 0,
            covered: 0,
        })
    }

    /// Blocks of 32 points of the stage that is under way: of means, then of covariances.
    pub fn remaining(&self) -> usize {
        let blocks = self.points.rows.div_ceil(BLOCK);
        if self.next < blocks {
            blocks - self.next
        } else if self.covariance.is_empty() {
            0
        } else {
            blocks - self.covered
        }
    }

    /// Whether means are still to be computed.
    pub fn predicts(&self) -> bool {
        self.next < self.points.rows.div_ceil(BLOCK)
    }

    /// Does so many blocks of the stage that is under way.
    ///
    /// # Errors
    /// `Range` where a covariance or mean is not finite, or a variance is below 0 by more than rounding can explain.
    pub fn step<B: Backend>(&mut self, blocks: usize) -> Result<(), Error> {
        let predicts = self.predicts();
        for _ in 0..blocks.min(self.remaining()) {
            if predicts {
                self.predict::<B>()?;
            } else {
                self.cover::<B>()?;
            }
        }
        Ok(())
    }

    fn predict<B: Backend>(&mut self) -> Result<(), Error> {
        let Process { kernel, points, factor, weights, outputs, .. } = &*self.process;
        let first = self.next * BLOCK;
        let rows = first..self.points.rows.min(first + BLOCK);
        let size = points.rows;
        let from = if self.covariance.is_empty() { 0 } else { first * size };
        let solved = &mut self.solved[from..from + rows.len() * size];
        for (row, covariances) in rows.clone().zip(solved.chunks_exact_mut(size)) {
            let x = self.points.row(row);
            kernel.row::<B>(Row { x, own: None }, points, &mut self.space, covariances);
            let of = |column| format!("row {row} of x and row {column} of the fit");
            all_finite(&self.action, covariances, of)?;
            for output in 0..*outputs {
                let mean = dot::<B>(covariances, &weights[output * size..][..size]);
                if !mean.is_finite() {
                    return Err(Error::range(format!(
                        "Cannot {}: the mean of row {row} of x is not finite, a finite number is wanted: targets or inputs of a \
                         smaller scale",
                        self.action
                    )));
                }
                self.mean[row * outputs + output] = mean;
            }
        }
        factor.solve_rows::<B>(solved, 0);
        for (row, solved) in rows.clone().zip(solved.chunks_exact(size)) {
            let prior = kernel.diagonal(self.points.row(row));
            all_finite(&self.action, &[prior], |_| format!("row {row} of x with itself"))?;
            let variance = prior - dot::<B>(solved, solved);
            let bound = self.process.variance_error_bound(prior);
            // A bound that is no number refuses too.
            if variance.is_nan() || bound.is_nan() || variance < -bound {
                return Err(Error::range(format!(
                    "Cannot {}: the variance of row {row} of x is {variance:e}, at least {:e} is wanted, which rounding \
                     explains; the kernel matrix has a condition number of {:e}, and more noise or jitter makes it smaller",
                    self.action, -bound, self.process.condition_number
                )));
            }
            // Below 0 by rounding only, as was just checked.
            self.variance[row] = variance.max(0.0);
        }
        self.next += 1;
        Ok(())
    }

    /// A block of rows of `k(x*, x*) − V·Vᵀ`, up to its diagonal, and what mirrors it.
    fn cover<B: Backend>(&mut self) -> Result<(), Error> {
        let (size, count) = (self.process.points.rows, self.points.rows);
        let first = self.covered * BLOCK;
        let rows = first..count.min(first + BLOCK);
        for row in rows.clone() {
            let own = Row { x: self.points.row(row), own: Some(row) };
            let covariances = &mut self.covariance[row * count..][..rows.end];
            self.process.kernel.row::<B>(own, &self.points, &mut self.space, covariances);
            all_finite(&self.action, &covariances[..=row], |column| format!("rows {row} and {column} of x"))?;
        }
        for left in (0..rows.end).step_by(TILE) {
            let width = TILE.min(rows.end - left);
            let tile = &mut self.covariance[first * count + left..];
            let solved = |row: usize| Rows { data: &self.solved[row * size..], stride: size };
            subtract_products::<B>(tile, count, [rows.len(), width, size], solved(first), solved(left));
        }
        for row in rows {
            for column in 0..row {
                self.covariance[column * count + row] = self.covariance[row * count + column];
            }
            self.covariance[row * count + row] = self.variance[row];
        }
        self.covered += 1;
        Ok(())
    }
}

impl Process {
    /// What rounding may have moved a posterior variance by, whose prior variance is given: `V` is solved for with a relative error
    /// of about `size·2⁻⁵²·√condition`, and `V·Vᵀ` is at most the prior variance.
    pub fn variance_error_bound(&self, prior: f64) -> f64 {
        self.points.rows as f64 * f64::EPSILON * self.condition_number.sqrt().max(1.0) * prior.abs()
    }
}
