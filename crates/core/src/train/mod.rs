//! Training: the loss, the way back, the update.
//!
//! [`trainer`] runs one [`step`]: for each [`part`] of the batch a gated forward pass, [`loss`] at the output, [`backward`]
//! through the graph; the sum of the parts along the tree of [`reduce`]; [`constraint`] and [`clip`] on the gradient; then
//! [`update`] by the rule of [`optimizer`] at the pace of [`schedule`]. [`evaluation`] is
//! the network as it is predicted with.

pub mod backward;
pub mod clip;
pub mod constraint;
pub mod evaluation;
pub mod expected;
pub mod loss;
pub mod metric;
pub mod optimizer;
pub mod part;
pub mod reduce;
pub mod schedule;
mod step;
pub mod trainer;
pub mod update;
