//! The WebAssembly boundary and nothing else: check sizes, delegate to the core, convert the error.
//!
//! Arrays come in as copies and go out as copies; nothing that JavaScript holds points into this memory. Every loop
//! over subnetworks or batches is on the other side, in slices, so that no call runs for long.

mod bayes;
mod builder;
#[cfg(feature = "whole")]
mod cross_check;
#[cfg(feature = "whole")]
mod dynamics;
mod error;
#[cfg(feature = "whole")]
mod exact;
#[cfg(feature = "whole")]
mod gp;
mod metric;
#[cfg(feature = "whole")]
mod monte_carlo;
mod network;
mod scores;
#[cfg(feature = "wide")]
mod self_check;
#[cfg(feature = "whole")]
mod training;
mod words;

use thinned_lanes::Best;
