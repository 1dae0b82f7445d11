//! A fitted process.

use super::condition::condition_number;
use super::factor::Factor;
use super::family::Row;
use super::kernel::{Kernel, Workspace, all_finite};
use super::points::Points;
use super::tile::dot;
use super::zeros;
use crate::error::Error;
use core::f64::consts::PI;
use thinned_lanes::Backend;

/// A Gaussian process given its observations.
#[derive(Debug)]
pub struct Process {
    /// The covariance function of the prior.
    pub kernel: Kernel,
    /// Where it was observed.
    pub points: Points,
    /// Of the kernel matrix with noise and jitter.
    pub factor: Factor,
    /// `A⁻¹ y`, `[outputs, rows]`.
    pub weights: Vec<f64>,
    /// Columns of the targets.
    pub outputs: usize,
    /// Variance of the noise of the observations.
    pub noise: f64,
    /// Of the observations, in nats, summed over the outputs.
    pub log_marginal_likelihood: f64,
    /// Of the kernel matrix with noise and jitter: the ratio of its extreme eigenvalues.
    pub condition_number: f64,
}

/// A process on its way: rows of the kernel matrix, then the tiles of its factor.
#[derive(Debug)]
pub struct Fit {
    kernel: Kernel,
    points: Points,
    targets: Vec<f64>, // [outputs, rows]
    outputs: usize,
    noise: f64,
    jitter: f64,
    matrix: Vec<f64>,
    rows_done: usize,
    space: Workspace,
    factor: Option<Factor>,
    not_finite: Option<Error>,
}

const ACTION: &str = "fit a Gaussian process";

impl Fit {
    /// Of targets `y [rows, outputs]` at `x [rows, inputs]`; noise and jitter are variances, of at least 0.
    ///
    /// # Errors
    /// `Shape` where sizes do not fit, `Range` where there is no memory for `rows²` numbers.
    pub fn new(kernel: Kernel, x: &[f64], y: &[f64], outputs: usize, noise: f64, jitter: f64) -> Result<Self, Error> {
        let points = Points::new(x, kernel.inputs);
        let rows = points.rows;
        if rows == 0 || x.len() != rows * kernel.inputs || y.len() != rows * outputs {
            return Err(Error::shape(format!(
                "Cannot fit a Gaussian process: got {} inputs and {} targets for rows of {} and {outputs}, wanted as many rows",
                x.len(),
                y.len(),
                kernel.inputs
            )));
        }
        let matrix = zeros(rows.checked_mul(rows), &format!("the kernel matrix of {rows} rows"))?;
        let targets = (0..outputs).flat_map(|output| y.iter().skip(output).step_by(outputs).copied()).collect();
        let space = Workspace::default();
        let (factor, not_finite) = (None, None);
        Ok(Self { kernel, points, targets, outputs, noise, jitter, matrix, rows_done: 0, space, factor, not_finite })
    }

    /// What is left of the stage that is under way, in its units: rows, then tiles.
    pub fn remaining(&self) -> usize {
        if self.not_finite.is_some() {
            return 0;
        }
        self.factor.as_ref().map_or(self.points.rows - self.rows_done, Factor::remaining)
    }

    /// Whether rows are still to be computed.
    pub fn fills(&self) -> bool {
        self.factor.is_none()
    }

    /// Does so many units of the stage that is under way.
    pub fn step<B: Backend>(&mut self, units: usize) {
        if let Some(factor) = &mut self.factor {
            return factor.step::<B>(units);
        }
        let size = self.points.rows;
        for _ in 0..units.min(self.remaining()) {
            let i = self.rows_done;
            let row = &mut self.matrix[i * size..][..=i];
            let point = Row { x: self.points.row(i), own: Some(i) };
            self.kernel.row::<B>(point, &self.points, &mut self.space, row);
            row[i] += self.noise + self.jitter;
            if let Err(error) = all_finite(ACTION, row, |j| format!("rows {i} and {j} of x")) {
                self.not_finite = Some(error);
                return;
            }
            self.rows_done += 1;
        }
        if self.rows_done == size {
            self.factor = Some(Factor::new(core::mem::take(&mut self.matrix), size));
        }
    }

    /// Why there is no process, once nothing remains: its matrix is not finite, or not positive definite.
    pub fn refusal(&self) -> Option<Error> {
        if self.not_finite.is_some() {
            return self.not_finite.clone();
        }
        let pivot = self.factor.as_ref()?.refusal()?;
        let own = self.points.row(pivot.row);
        let twin = (0..pivot.row).find(|&other| self.points.row(other) == own);
        let hint = twin.map_or(String::new(), |twin| format!(" (rows {twin} and {} of x are the same)", pivot.row));
        Some(pivot.error(ACTION, self.points.rows, &hint))
    }

    /// The process, once nothing remains.
    ///
    /// # Errors
    /// The refusal, or `Range` before the end.
    pub fn finish<B: Backend>(self) -> Result<Process, Error> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let unfinished = || Error::range("Cannot finish a Gaussian process: rows remain, wanted none");
        if self.remaining() > 0 {
            return Err(unfinished());
        }
        let factor = self.factor.ok_or_else(unfinished)?;
        let size = factor.size;
        let mut weights = self.targets.clone();
        let mut fit = 0.0;
        for (weights, targets) in weights.chunks_exact_mut(size).zip(self.targets.chunks_exact(size)) {
            factor.solve::<B>(weights);
            fit += dot::<B>(weights, targets);
        }
        let constant = factor.half_log_determinant() + 0.5 * size as f64 * libm::log(2.0 * PI);
        Ok(Process {
            condition_number: condition_number::<B>(&factor),
            kernel: self.kernel,
            points: self.points,
            weights,
            outputs: self.outputs,
            noise: self.noise,
            log_marginal_likelihood: -0.5 * fit - self.outputs as f64 * constant,
            factor,
        })
    }
}
