//! The dynamics of a layer over the rows of a batch.

use crate::dynamics::expected::{Method, expected};
use crate::dynamics::layer::Layer;
use crate::dynamics::mean_field::{Gradient, approximation, ensemble, weight_decay};
use crate::dynamics::unit::{Objective, Unit};
use crate::error::Error;
use crate::exact::sum::Sum;
use crate::monte_carlo::check_rows;
use crate::network::Network;
use thinned_lanes::Backend;

/// What is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The exact expectation.
    Expected,
    /// That of the weight-scaled network.
    Ensemble,
    /// The adaptive weight decay.
    WeightDecay,
    /// The sum of the last two.
    Approximation,
}

impl Part {
    /// The part of this name.
    ///
    /// # Errors
    /// `Type` for another one.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "expected" => Ok(Self::Expected),
            "ensemble" => Ok(Self::Ensemble),
            "weightDecay" => Ok(Self::WeightDecay),
            "approximation" => Ok(Self::Approximation),
            _ => Err(Error::word(format!(
                "Cannot find part \"{name}\" of a gradient, wanted \"expected\", \"ensemble\", \"weightDecay\" or \"approximation\""
            ))),
        }
    }

    /// This part of the gradient of one unit.
    ///
    /// # Errors
    /// As [`expected`].
    pub fn of<B: Backend>(
        self,
        unit: &Unit,
        objective: Objective,
        target: f64,
        method: Method,
    ) -> Result<Gradient, Error> {
        match self {
            Self::Expected => Ok(expected::<B>(unit, objective, target, method)?.0),
            Self::Ensemble => Ok(ensemble(unit, objective, target)),
            Self::WeightDecay => Ok(weight_decay(unit, objective, target)),
            Self::Approximation => Ok(approximation(unit, objective, target)),
        }
    }
}

const PARTS: [Part; 4] = [Part::Expected, Part::Ensemble, Part::WeightDecay, Part::Approximation];

/// Compensated sums of errors and gradients.
#[derive(Clone, Debug)]
struct Sums {
    error: Sum,
    kernel: Vec<Sum>, // [inputs, units]
    bias: Vec<Sum>,   // [units]
}

/// A run over all units and rows; where its steps are cut never changes a bit.
pub struct Run<B: Backend> {
    network: Network,
    layer: Layer,
    objective: Objective,
    method: Method,
    x: Vec<f32>, // [rows, inputs]
    y: Vec<f32>, // [rows, units]
    rows: usize,
    done: usize,      // units of rows
    parts: [Sums; 4], // by part
    backend: core::marker::PhantomData<B>,
}

impl<B: Backend> Run<B> {
    /// A run for the rows of `x` with targets `y`, by names of loss and method; see [`Objective::parse`] and [`Method::parse`].
    ///
    /// # Errors
    /// `Range`, `Type` as these and [`Layer::of`]; `Shape` when rows or targets do not fit.
    pub fn new(network: &Network, x: &[f32], y: &[f32], rows: usize, loss: &str, method: &str) -> Result<Self, Error> {
        let layer = Layer::of(&network.graph)?;
        let objective = Objective::parse(loss, layer.activation, layer.units)?;
        let method = Method::parse(method, objective)?;
        check_rows(x, rows, network.graph.input_width())?;
        if y.len() != rows * layer.units {
            return Err(Error::shape(format!(
                "Cannot read the targets: got {} for {rows} rows, wanted {} a row",
                y.len(),
                layer.units
            )));
        }
        let zeros = |count: usize| vec![Sum::default(); count];
        let inputs = network.graph.input_width();
        let none = Sums { error: Sum::default(), kernel: zeros(inputs * layer.units), bias: zeros(layer.units) };
        Ok(Self {
            network: network.clone(),
            layer,
            objective,
            method,
            x: x.to_vec(),
            y: y.to_vec(),
            rows,
            done: 0,
            parts: PARTS.map(|_| none.clone()),
            backend: core::marker::PhantomData,
        })
    }

    /// Units of rows that are left.
    pub fn remaining(&self) -> usize {
        self.rows * self.layer.units - self.done
    }

    /// How expectations are found.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Takes up to `count` units of rows more.
    ///
    /// # Errors
    /// `Range` when a unit has too many gates to be enumerated.
    pub fn step(&mut self, count: usize) -> Result<(), Error> {
        let (units, inputs) = (self.layer.units, self.network.graph.input_width());
        for _ in 0..count.min(self.remaining()) {
            let (row, unit) = (self.done / units, self.done % units);
            let x = &self.x[row * inputs..(row + 1) * inputs];
            let target = f64::from(self.y[row * units + unit]);
            let over = self.layer.unit(&self.network.graph, &self.network.parameters, x, unit);
            for (sums, part) in self.parts.iter_mut().zip(PARTS) {
                let Gradient { error, bias, weights } = part.of::<B>(&over, self.objective, target, self.method)?;
                sums.error.add(error);
                sums.bias[unit].add(bias);
                sums.kernel.iter_mut().skip(unit).step_by(units).zip(weights).for_each(|(sum, slope)| sum.add(slope));
            }
            self.done += 1;
        }
        Ok(())
    }

    /// The mean over the rows: the error, the gradient by the bias `[units]` and by the kernel `[inputs, units]`, one after the other.
    pub fn part(&self, part: Part) -> Vec<f64> {
        let Sums { error, kernel, bias } = &self.parts[part as usize];
        let sums = core::iter::once(error).chain(bias).chain(kernel);
        sums.map(|sum| sum.total() / self.rows as f64).collect()
    }
}
