//! Exact statistics over all subnetworks, in double precision from the single-precision weights.
//!
//! [`upstream`] finds which gates a unit depends on, [`plan`] chooses a method and says its cost, [`run`] takes rows and
//! units through it. [`reference`] walks every mask and defines the truth; each other method is a file with the conditions
//! under which it applies, most of them over [`affine`] pre-activations that [`linearize`] finds. [`statistics`] is what
//! all of them report, [`rounding`] how far a pass can be off.

pub mod affine;
pub mod blocks;
pub mod characteristic;
pub mod closed_form;
pub mod conditioned;
pub mod detail;
pub mod floor;
pub mod given;
pub mod halves;
pub mod joint;
pub mod lane_sum;
pub mod last_layer;
pub mod layer_sums;
pub mod linear_network;
pub mod linearize;
pub mod nested;
pub mod plan;
pub mod reach;
pub mod reference;
pub mod rounding;
pub mod run;
pub mod shares;
pub mod split;
pub mod statistics;
pub mod subnetwork;
pub mod sum;
pub mod together;
pub mod unit_by_unit;
pub mod upstream;
pub mod weighted_moments;
