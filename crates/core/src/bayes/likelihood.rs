//! Log-likelihoods of sampled outputs, streamed.
//!
//! Of `T` samples `ŷ_t` of the outputs of a row, `log p(y) ≈ logsumexp_t log p(y | ŷ_t) − log T` (Gal and Ghahramani 2016, eq. 8): a running
//! maximum and a sum relative to it, in the order of the samples, so that nothing of size `[T, rows]` is held and no cut changes a bit.

use super::prior::no_likelihood;
use crate::error::Error;
use crate::normal::log_density;
use crate::train::loss::Loss;

/// How probable a target is, given the outputs of one subnetwork.
#[derive(Clone, Copy, Debug)]
pub struct Likelihood {
    loss: Loss,
    /// `√τ` and `−½ log τ`.
    root_tau: f64,
    log_deviation: f64,
}

impl Likelihood {
    /// That of the loss; `tau` is the precision of the noise of a squared error.
    ///
    /// # Errors
    /// `Range` for a loss that is no likelihood.
    pub fn new(loss: Loss, tau: f64) -> Result<Self, Error> {
        super::prior::loss_factor(loss, 1).ok_or_else(no_likelihood)?;
        Ok(Self { loss, root_tau: tau.sqrt(), log_deviation: -0.5 * libm::log(tau) })
    }

    /// Numbers of the target of a row.
    pub fn target_width(self, width: usize) -> usize {
        self.loss.target_width(width)
    }

    /// `log p(y | outputs)` in nats, constants included. A class whose single-precision probability is 0 gives `−∞`.
    pub fn log_density(self, outputs: &[f32], target: &[f32]) -> f64 {
        let pairs = outputs.iter().zip(target).map(|(&o, &t)| (f64::from(o), f64::from(t)));
        // 0·log 0 is 0: what is certain not to be costs nothing.
        let term = |t: f64, o: f64| if t == 0.0 { 0.0 } else { t * libm::log(o) };
        match self.loss {
            Loss::GaussianNegativeLogLikelihood => {
                let log_variances = &outputs[target.len()..];
                let all = pairs.zip(log_variances);
                let half = |s: f32| 0.5 * f64::from(s);
                all.map(|((mean, t), &s)| log_density((t - mean) * libm::exp(-half(s)), half(s))).sum()
            }
            Loss::SparseCategoricalCrossentropy => libm::log(outputs[target[0] as usize].into()),
            Loss::CategoricalCrossentropy => pairs.map(|(o, t)| term(t, o)).sum(),
            Loss::BinaryCrossentropy => pairs.map(|(o, t)| term(t, o) + term(1.0 - t, 1.0 - o)).sum(),
            _ => pairs.map(|(o, t)| log_density((t - o) * self.root_tau, self.log_deviation)).sum(),
        }
    }
}

/// `log mean exp` of a stream of numbers, taken relative to the largest so far; of nothing but `−∞` it is `−∞`.
#[derive(Clone, Copy, Debug)]
pub struct LogMeanExp {
    most: f64,
    sum: f64,
    count: f64,
}

impl LogMeanExp {
    /// Of no numbers yet.
    pub const EMPTY: Self = Self { most: f64::NEG_INFINITY, sum: 0.0, count: 0.0 };

    /// Adds a number.
    pub fn push(&mut self, value: f64) {
        self.count += 1.0;
        if value > self.most {
            self.sum = self.sum * libm::exp(self.most - value) + 1.0;
            self.most = value;
        } else if value > f64::NEG_INFINITY {
            self.sum += libm::exp(value - self.most);
        }
    }

    /// Of all numbers so far.
    pub fn value(self) -> f64 {
        self.most + libm::log(self.sum) - libm::log(self.count)
    }
}

/// The log-likelihoods of rows, chunk by chunk, each with all of its samples.
#[derive(Debug)]
pub struct Scored {
    likelihood: Likelihood,
    width: usize,
    targets: Vec<f32>,
    rows: Vec<LogMeanExp>,
    /// Of each sample, summed over the rows of all chunks in their order: `log p(Y | X, ω_t)`.
    pub totals: Vec<f64>,
}

impl Scored {
    /// For outputs of `width` numbers a row.
    pub fn new(likelihood: Likelihood, width: usize, samples: usize) -> Self {
        Self { likelihood, width, targets: Vec::new(), rows: Vec::new(), totals: vec![0.0; samples] }
    }

    /// Begins a chunk of rows by their targets.
    pub fn begin(&mut self, targets: Vec<f32>) {
        let rows = targets.len() / self.likelihood.target_width(self.width).max(1);
        self.rows = vec![LogMeanExp::EMPTY; rows];
        self.targets = targets;
    }

    /// Adds samples `[samples, rows, width]`, the first of which is number `first`.
    ///
    /// # Errors
    /// `Shape` where they are not whole samples of the chunk, or more than there are.
    pub fn add(&mut self, outputs: &[f32], first: usize) -> Result<(), Error> {
        let size = self.rows.len() * self.width;
        if size == 0 || !outputs.len().is_multiple_of(size) || first + outputs.len() / size > self.totals.len() {
            return Err(Error::shape(format!(
                "Cannot score {} outputs from sample {first} on, wanted samples of {size}",
                outputs.len()
            )));
        }
        let targets = self.likelihood.target_width(self.width);
        for (sample, total) in outputs.chunks_exact(size).zip(&mut self.totals[first..]) {
            let rows = sample.chunks_exact(self.width).zip(self.targets.chunks_exact(targets)).zip(&mut self.rows);
            for ((outputs, target), row) in rows {
                let value = self.likelihood.log_density(outputs, target);
                row.push(value);
                *total += value;
            }
        }
        Ok(())
    }

    /// `log p(y)` of the rows of the chunk.
    pub fn predictive(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.value()).collect()
    }
}
