//! Exact statistics over all subnetworks, in double precision from the single-precision weights.
//!
//! [`upstream`] finds which gates a unit depends on, [`plan`] what a method would cost, [`reference`] walks every mask,
//! [`subnetwork`] is one pass, [`statistics`] what the sums become, [`rounding`] how far any of it can be off.

pub mod affine;
pub mod plan;
pub mod reference;
pub mod rounding;
pub mod statistics;
pub mod subnetwork;
pub mod sum;
pub mod upstream;
