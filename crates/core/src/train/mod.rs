//! Training: the loss, the way back, the update.
//!
//! [`trainer`] runs one step: a gated forward pass, [`loss`] at the output, [`backward`] through the graph,
//! [`optimizer`] over the parameters.

pub mod backward;
pub mod loss;
pub mod optimizer;
pub mod trainer;
