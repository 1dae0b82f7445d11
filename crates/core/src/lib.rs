//! The mathematics of dropout networks.
//!
//! Data flows one way: a validated [`network::Network`] and a batch of rows go through [`forward`]; [`monte_carlo`]
//! repeats the sampled pass and streams it into [`moments`]; [`exact`] walks every subnetwork in double precision;
//! [`train`] adds the way back. The crate has no clock, no threads, no input or output, no globals and no `unsafe`.
//!
//! Notation follows the papers: a gate is kept with probability `keep = 1 - rate`; `E`, `V`, `G`, `G'` and NWGM are the
//! ensemble mean, variance, weighted geometric means and their normalised ratio (Baldi and Sadowski 2013, §3).

#![forbid(unsafe_code)]

pub mod activation;
pub mod bayes;
pub mod bennett;
pub mod concrete;
pub mod cross_check;
pub mod dynamics;
pub mod entropy;
pub mod error;
pub mod exact;
pub mod exponential;
pub mod exponential64;
pub mod forward;
pub mod gates;
pub mod gemm;
pub mod geometric;
pub mod gp;
pub mod initialize;
pub mod moments;
pub mod monte_carlo;
pub mod need;
pub mod network;
pub mod normal;
pub mod ops;
pub mod random;
pub mod sampled;
pub mod scores;
#[cfg(any(test, feature = "wide"))]
pub mod self_check;
pub mod standardize;
pub mod train;

pub use error::{Error, Kind};
