//! What keeps weights small: penalties in the loss, and a limit on the norms of the units.

use crate::concrete;
use crate::gates::Site;
use crate::network::{Graph, Parameter, Parameters};

/// The regulariser of a parameter: `l1·Σ|w| + l2·Σw²` is added to the loss of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// Weight of the absolute values.
    pub l1: f64,
    /// Weight of the squares.
    pub l2: f64,
}

/// The penalties of all parameters, and the regularisers of concrete dropouts.
pub fn penalty(graph: &Graph, parameters: &Parameters) -> f64 {
    let mut total = 0.0;
    for (parameter, values) in graph.parameters.iter().zip(parameters) {
        let Penalty { l1, l2 } = parameter.penalty;
        if l1 != 0.0 {
            total += l1 * values.iter().map(|&value| f64::from(value).abs()).sum::<f64>();
        }
        if l2 != 0.0 {
            total += l2 * values.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>();
        }
    }
    total + concrete::regularize(graph, parameters, None)
}

/// Whether there are any.
pub fn has_penalty(graph: &Graph) -> bool {
    let is_concrete = |site: &Site| site.as_concrete().is_some();
    graph.parameters.iter().any(|parameter| parameter.penalty != Penalty::default())
        || graph.sites.iter().any(is_concrete)
}

/// Adds the gradient of [`penalty`]: `l1·sign w + 2·l2·w`, with `sign 0 = 0`.
pub fn add_gradient(graph: &Graph, parameters: &Parameters, all: &mut [Vec<f32>]) {
    for ((parameter, values), gradient) in graph.parameters.iter().zip(parameters).zip(all.iter_mut()) {
        let (l1, l2) = (parameter.penalty.l1 as f32, 2.0 * parameter.penalty.l2 as f32);
        if l1 != 0.0 {
            let sign = |value: f32| if value == 0.0 { 0.0 } else { value.signum() };
            gradient.iter_mut().zip(values).for_each(|(gradient, &value)| *gradient += l1 * sign(value));
        }
        if l2 != 0.0 {
            gradient.iter_mut().zip(values).for_each(|(gradient, value)| *gradient += l2 * value);
        }
    }
    concrete::regularize(graph, parameters, Some(all));
}

/// Returns `Σ λ‖w‖²` over the parameters, each with its own `λ`, and adds the gradient of it.
pub fn add_prior(prior: &[f64], parameters: &Parameters, all: &mut [Vec<f32>]) -> f64 {
    let mut total = 0.0;
    for ((&decay, values), gradient) in prior.iter().zip(parameters).zip(all) {
        if decay != 0.0 {
            total += decay * values.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>();
            let slope = (2.0 * decay) as f32;
            gradient.iter_mut().zip(values).for_each(|(gradient, value)| *gradient += slope * value);
        }
    }
    total
}

/// Scales the incoming weights of every unit whose norm is above the limit of its kernel down to it (Srivastava et al.
/// 2014, §5.1; Keras' `MaxNorm` over all axes but the last).
///
/// The units are the last axis of a kernel, so that its values are `[incoming, units]` whatever the other axes.
pub fn limit_norms(parameter: &Parameter, values: &mut [f32]) {
    let (Some(limit), Some(&units)) = (parameter.max_norm, parameter.shape.last()) else { return };
    let mut squares = vec![0.0; units];
    for incoming in values.chunks_exact(units) {
        squares.iter_mut().zip(incoming).for_each(|(sum, &value)| *sum += f64::from(value) * f64::from(value));
    }
    let norms = squares.into_iter().map(f64::sqrt).enumerate();
    let factors: Vec<(usize, f64)> =
        norms.filter(|(_, norm)| *norm > limit).map(|(unit, norm)| (unit, limit / norm)).collect();
    if factors.is_empty() {
        return;
    }
    for incoming in values.chunks_exact_mut(units) {
        factors.iter().for_each(|&(unit, factor)| incoming[unit] = (f64::from(incoming[unit]) * factor) as f32);
    }
}
