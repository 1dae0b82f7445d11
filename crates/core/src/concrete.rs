//! Concrete dropout: a rate that is learned (Gal, Hron and Kendall 2017).
//!
//! A gate is no coin but the continuous `z = σ((ℓ + log u − log(1 − u)) / t)`, nearly 0 or 1 at a small temperature `t`, which
//! has a slope by the logit `ℓ` of the rate `p = σ(ℓ)`; an activity is multiplied by `(1 − z) / (1 − p)`.

use crate::activation::logistic;
use crate::gates::each_uniform;
use crate::network::{Graph, Operation, Parameters};
use crate::ops::{Fixed, Function};
use crate::random::Stream;

/// Gates of concrete dropout (Gal, Hron and Kendall 2017).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concrete {
    /// Parameter `[1]`: the logit of the rate.
    pub logit: usize,
    /// How far gates are from kept or dropped: 0.1 in the paper.
    pub temperature: f64,
    /// Of `Σ w² / (1 − rate)` over the kernels that read the layer, reshaped or not.
    pub weight_regularizer: f64,
    /// Of `units · (rate log rate + (1 − rate) log(1 − rate))`.
    pub dropout_regularizer: f64,
}

impl Concrete {
    /// Draws the factor of every unit.
    pub fn draw(&self, parameters: &Parameters, stream: &Stream, factors: &mut [f32]) {
        let logit = f64::from(parameters[self.logit][0]);
        let keep = logistic(-logit);
        each_uniform(stream, factors, |u| logistic(-(logit + libm::log(u / (1.0 - u))) / self.temperature) / keep);
    }

    /// The gradient of the loss by the logit, from that by the gated activities `f·x`.
    ///
    /// `f = (1 − z)/(1 − p)`, `∂z/∂ℓ = z(1 − z)/t` and `∂p/∂ℓ = p(1 − p)` give `∂f/∂ℓ = f·(p − z/t)`, with `z = 1 − f(1 − p)`.
    pub fn slope<'a>(
        &self,
        parameters: &Parameters,
        factors: impl Iterator<Item = &'a f32>,
        x: &[f32],
        gradient: &[f32],
    ) -> f32 {
        let p = logistic(parameters[self.logit][0].into());
        let units = x.iter().zip(gradient).zip(factors);
        let terms = units.map(|((&x, &g), &factor)| {
            let factor = f64::from(factor);
            let z = 1.0 - factor * (1.0 - p);
            f64::from(g) * f64::from(x) * factor * (p - z / self.temperature)
        });
        terms.sum::<f64>() as f32
    }
}

/// The regularisers of all concrete dropouts; their gradients are added to `gradients`, where there are any.
///
/// For a layer over `n` units whose readers have kernels `W`: `w·Σ W²/(1 − p) + d·n·(p log p + (1 − p) log(1 − p))`, the KL
/// divergence between the approximate posterior and the prior (Gal et al. 2017, eq. 3) with their `w = l²/N`, `d = 2/(τN)`.
pub fn regularize(graph: &Graph, parameters: &Parameters, mut gradients: Option<&mut [Vec<f32>]>) -> f64 {
    let mut penalty = 0.0;
    for (index, node) in graph.nodes.iter().enumerate() {
        let Operation::Dropout { site, .. } = node.operation else { continue };
        let Some(concrete) = graph.sites[site].as_concrete() else { continue };
        let logit = f64::from(parameters[concrete.logit][0]);
        let (p, keep) = (logistic(logit), logistic(-logit));
        let mut squares = 0.0;
        for kernel in kernels(graph, index) {
            let weights = &parameters[kernel];
            squares += weights.iter().map(|&weight| f64::from(weight) * f64::from(weight)).sum::<f64>();
            if let Some(gradients) = &mut gradients {
                let factor = (2.0 * concrete.weight_regularizer / keep) as f32;
                gradients[kernel].iter_mut().zip(weights).for_each(|(total, weight)| *total += factor * weight);
            }
        }
        let entropy = concrete.dropout_regularizer * graph.sites[site].len() as f64;
        // log p = −softplus(−ℓ) and log(1 − p) = −softplus(ℓ); their difference is ℓ.
        let log_p = -crate::activation::softplus(-logit);
        penalty += concrete.weight_regularizer * squares / keep + entropy * (p * log_p + keep * (log_p - logit));
        let Some(gradients) = &mut gradients else { continue };
        let slope = concrete.weight_regularizer * squares * p / keep + entropy * p * keep * logit;
        gradients[concrete.logit][0] += slope as f32;
    }
    penalty
}

/// The kernels that read node `index`, as it is or in another shape; one that reads it twice, once.
fn kernels(graph: &Graph, index: usize) -> Vec<usize> {
    let mut reads = vec![false; graph.nodes.len()];
    reads[index] = true;
    let mut found = Vec::new();
    for (reader, node) in graph.nodes.iter().enumerate().skip(index + 1) {
        if !node.operation.sources().iter().any(|&source| reads[source]) {
            continue;
        }
        reads[reader] = matches!(&node.operation, Operation::Fixed(Fixed { function: Function::Reshape, .. }));
        found.extend(kernel(node).filter(|kernel| !found.contains(kernel)));
    }
    found
}

/// The kernel of a layer that has one.
fn kernel(node: &crate::network::Node) -> Option<usize> {
    match &node.operation {
        Operation::Dense(dense) => Some(dense.kernel),
        Operation::Fixed(fixed) => match &fixed.function {
            Function::Convolution(convolution) => Some(convolution.kernel),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::network::Builder;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn weights_behind_a_reshape_count_and_those_read_twice_count_once() {
        let concrete = Concrete { logit: 0, temperature: 0.1, weight_regularizer: 0.5, dropout_regularizer: 0.0 };
        let penalty = |reshaped: bool| {
            let mut builder = Builder::default();
            let input = builder.input(4).unwrap();
            let gated = builder.concrete_dropout("gates", input, 0.2, concrete, None).unwrap();
            let read = if reshaped { builder.reshape("flat", gated, &[4]).unwrap() } else { gated };
            let first = builder.dense("a", read, 3, Activation::Linear, false, None, None).unwrap();
            let second = builder.dense("b", read, 3, Activation::Linear, false, None, Some(first)).unwrap();
            let output = builder.add("sum", &[first, second]).unwrap();
            let network = builder.build(output, 7).unwrap();
            let kernel = &network.parameters[network.graph.dense(first).unwrap().kernel];
            let squares: f64 = kernel.iter().map(|&w| f64::from(w) * f64::from(w)).sum();
            (regularize(&network.graph, &network.parameters, None), 0.5 * squares / 0.8)
        };
        for reshaped in [false, true] {
            let (found, wanted) = penalty(reshaped);
            assert!((found - wanted).abs() < 1e-7 * wanted, "{found} {wanted} reshaped: {reshaped}");
        }
    }
}
