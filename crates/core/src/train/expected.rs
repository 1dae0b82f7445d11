//! Steps without a draw: the gradient that dropout training of one layer has in the mean.

use crate::dynamics::expected::{Method, by_integral};
use crate::dynamics::layer::Layer;
use crate::dynamics::mean_field::{Gradient, approximation};
use crate::dynamics::unit::{Objective, UnitError};
use crate::error::Error;
use crate::network::{Graph, Parameters};
use crate::train::loss::{Loss, Score};
use thinned_lanes::Backend;

/// The layer, its loss, and how their expectation is found.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    layer: Layer,
    loss: Loss,
    objective: Objective,
}

impl Expected {
    /// For a linear layer with `meanSquaredError`, by eq. 27 and 28 of Baldi and Sadowski 2013, or a logistic one with
    /// `binaryCrossentropy`, by the characteristic function.
    ///
    /// # Errors
    /// `Range` for other networks and losses: enumeration would cost `2^n` a row and a step.
    pub fn new(graph: &Graph, loss: Loss) -> Result<Self, Error> {
        let layer = Layer::of(graph)?;
        let name = match loss {
            Loss::MeanSquaredError => "meanSquaredError",
            Loss::BinaryCrossentropy => "binaryCrossentropy",
            _ => "",
        };
        let objective =
            (!name.is_empty()).then(|| Objective::parse(name, layer.activation, layer.units)).transpose()?;
        if let Some(objective) = objective
            && Method::parse("", objective)? != Method::Enumeration
        {
            return Ok(Self { layer, loss, objective });
        }
        Err(Error::range(
            "Cannot train on the expected loss: it is known of linear units with loss \"meanSquaredError\" and of logistic units with \
             loss \"binaryCrossentropy\", wanted one of these",
        ))
    }

    /// Sets the gradient of every parameter to zero.
    pub fn clear(&self, parameters: &Parameters, gradients: &mut Vec<Vec<f32>>) {
        gradients.resize(parameters.len(), Vec::new());
        for (gradient, values) in gradients.iter_mut().zip(parameters) {
            gradient.clear();
            gradient.resize(values.len(), 0.0);
        }
    }

    /// Adds the expected gradients of some rows, each a share of `1 / total`; returns the expected loss and the accuracy, summed over
    /// the rows, and the expected activities, `[rows, units]`. `weights` is empty, or `[rows]`.
    pub fn add<B: Backend>(
        &self,
        graph: &Graph,
        parameters: &Parameters,
        x: &[f32],
        y: &[f32],
        weights: &[f32],
        total: usize,
        gradients: &mut [Vec<f32>],
    ) -> (Score, Vec<f32>) {
        let Self { layer, loss, objective } = *self;
        let units = layer.units;
        let (mut error, mut means) = (0.0, Vec::with_capacity(y.len()));
        for (row, (x, targets)) in x.chunks_exact(graph.input_width()).zip(y.chunks_exact(units)).enumerate() {
            let weight = weights.get(row).map_or(1.0, |&weight| f64::from(weight));
            let objective = Objective { factor: objective.factor * weight, ..objective };
            let share = |slope: f64| (slope / total as f64) as f32;
            for (unit, &target) in targets.iter().enumerate() {
                let over = layer.unit(graph, parameters, x, unit);
                let (Gradient { error: own, bias, weights }, mean) = match objective.error {
                    UnitError::HalfSquare => {
                        (approximation(&over, objective, target.into()), over.expectation()) // exact, being linear
                    }
                    UnitError::CrossEntropy => by_integral::<B>(&over, objective, target.into()),
                };
                error += own;
                means.push(mean as f32);
                let kernel = gradients[layer.kernel].iter_mut().skip(unit).step_by(units);
                kernel.zip(weights).for_each(|(sum, slope)| *sum += share(slope));
                if let Some(parameter) = layer.bias {
                    gradients[parameter][unit] += share(bias);
                }
            }
        }
        // Of its own the score has the accuracy of the expected activities; the loss is the expected one, not that of these.
        let Score { correct, .. } = loss.score(Some(layer.activation), &means, &means, y, &[], units);
        (Score { loss: error, correct }, means)
    }
}
