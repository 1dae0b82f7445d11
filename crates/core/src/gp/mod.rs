//! Gaussian processes: kernels, the posterior by Cholesky in double precision, draws, the marginal likelihood.
//!
//! A process has a prior mean of zero and a covariance function `k`. Of targets `y = f(x) + ε`, `ε ~ N(0, noise)`, it gives
//! (Rasmussen and Williams 2006, algorithm 2.1), with `K + (noise + jitter)·I = L·Lᵀ` and `α = L⁻ᵀ L⁻¹ y`,
//!
//! * `E f(x*) = k*ᵀ α`, `Cov f(x*) = k** − V Vᵀ` with `V = k* L⁻ᵀ`,
//! * `log p(y) = −½ yᵀα − Σ log Lᵢᵢ − (n/2) log 2π`, summed over the columns of `y`, which share the kernel.
//!
//! `kernel` describes covariance functions and `family` computes them row by row; `factor` makes `L` and solves with it, tile by
//! tile through the products of `tile`; `process` is the fit, `prediction` its posterior, `draws` are samples, `evidence` is the
//! gradient of the marginal likelihood and `search` climbs it. Each works in steps, and no result depends on their size.

pub mod condition;
pub mod draws;
pub mod evidence;
pub mod factor;
pub mod family;
pub mod kernel;
pub mod points;
pub mod prediction;
pub mod process;
pub mod search;
#[cfg(test)]
mod tests;
pub mod tile;

use crate::error::Error;

/// `length` zeros, or an error that says for what there is no memory.
fn zeros(length: Option<usize>, what: &str) -> Result<Vec<f64>, Error> {
    let mut values = Vec::new();
    let room = length.is_some_and(|length| values.try_reserve_exact(length).is_ok());
    let Some(length) = length.filter(|_| room) else {
        return Err(Error::range(format!("Cannot hold {what}: there is no memory for it, fewer rows are wanted")));
    };
    values.resize(length, 0.0);
    Ok(values)
}
