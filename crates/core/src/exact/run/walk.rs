//! One row of one group of units by the planned method.

use crate::activation::Activation;
use crate::error::Error;
use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::conditioned::Conditioned;
use crate::exact::halves::{Halves, PiecewiseLinear};
use crate::exact::last_layer::Integral;
use crate::exact::linear_network::{self, LinearWalk};
use crate::exact::linearize::Forms;
use crate::exact::nested::Nested;
use crate::exact::plan::{Method, Purpose};
use crate::exact::reference::Reference;
use crate::exact::statistics::RowStatistics;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::unit_by_unit::{UnitByUnit, UnitWalk};
use crate::exact::upstream::Group;
use crate::exact::{characteristic, closed_form, split};
use crate::network::Network;
use std::rc::Rc;
use thinned_lanes::Backend;

/// The work on one row of one group.
pub struct Walk<B: Backend> {
    pub deterministic: Rc<Subnetwork>,
    /// Where it stands.
    pub method: MethodWalk<B>,
}

/// The walk of a method.
pub enum MethodWalk<B: Backend> {
    Reference(Reference),
    Nested(Nested),
    UnitByUnit(UnitByUnit),
    Conditioned(Box<Conditioned<B>>),
    /// A formula for each unit, of so many, and what they have come to.
    Formula {
        units: usize,
        formula: characteristic::ByRange,
        done: Vec<UnitStatistics>,
    },
    LinearNetwork(LinearWalk),
}

impl<B: Backend> Walk<B> {
    /// Of the first of `layers`, nodes with their groups, and of others that its walk passes.
    ///
    /// # Errors
    /// `Range` where the method has no function for the activation, which a plan never asks for.
    pub fn new(
        network: &Network,
        layers: &[(usize, &Group)],
        x: &[f32],
        (deterministic, forms): (Rc<Subnetwork>, Option<&Forms>),
        (method, purpose): (Method, Purpose),
    ) -> Result<Self, Error> {
        let (target, group) = layers[0];
        let activation = network.graph.activation(target);
        let affine = |deterministic: &Subnetwork| match forms {
            Some(forms) => Ok(forms.affine_units(network, group, deterministic)),
            None => Err(no_function(network, target, method)),
        };
        let integral = || Integral::of(&network.graph, target).ok_or_else(|| no_function(network, target, method));
        let method = match method {
            Method::Reference => MethodWalk::Reference(Reference::new(network, layers, x, &deterministic)),
            Method::Nested => MethodWalk::Nested(Nested::new(network, layers, x, &deterministic, purpose)),
            Method::Split => {
                let Some(Activation::Sigmoid { c, lambda }) = activation else {
                    return Err(no_function(network, target, method));
                };
                let constants = (c, lambda);
                let units = affine(&deterministic)?;
                let start = move |units: &AffineUnits, unit: usize| split::walk::<B>(units, unit, constants, purpose);
                MethodWalk::UnitByUnit(UnitByUnit::new(units, Box::new(start)))
            }
            Method::Halves => {
                let units = affine(&deterministic)?;
                let function = PiecewiseLinear::of(activation);
                let function = function.ok_or_else(|| no_function(network, target, method))?;
                let start = move |units: &AffineUnits, unit: usize| {
                    Box::new(Halves::new(units, unit, function)) as Box<dyn UnitWalk>
                };
                MethodWalk::UnitByUnit(UnitByUnit::new(units, Box::new(start)))
            }
            Method::Characteristic => {
                let kind = integral()?.kind().ok_or_else(|| no_function(network, target, method))?;
                let units = affine(&deterministic)?;
                MethodWalk::Formula { units: units.units(), formula: kind.by_range::<B>(units), done: Vec::new() }
            }
            Method::Conditioned => {
                let walk = Conditioned::new(network, group, x, &deterministic, (integral()?, purpose));
                MethodWalk::Conditioned(Box::new(walk))
            }
            Method::ClosedForm => {
                let units = affine(&deterministic)?;
                MethodWalk::Formula {
                    units: units.units(),
                    formula: Box::new(move |range| closed_form::selected(&units, range)),
                    done: Vec::new(),
                }
            }
            Method::LinearNetwork => MethodWalk::LinearNetwork(LinearWalk::new(&network.graph, target)),
        };
        Ok(Self { deterministic, method })
    }

    /// Evaluations left, of so many for the row and for each unit.
    pub fn remaining(&self, of_row: f64, per_unit: f64) -> f64 {
        match &self.method {
            MethodWalk::Reference(walk) => walk.remaining(),
            MethodWalk::Nested(walk) => walk.remaining(),
            MethodWalk::Conditioned(walk) => walk.remaining(),
            MethodWalk::Formula { units, done, .. } => (units - done.len()) as f64,
            MethodWalk::LinearNetwork(walk) => (of_row * walk.left()).ceil(),
            MethodWalk::UnitByUnit(walk) => walk.remaining(per_unit),
        }
    }

    /// Uses up to `evaluations`; returns how many, and the row of each layer when it is complete.
    pub fn step(
        &mut self,
        network: &Network,
        group: &Group,
        x: &[f32],
        evaluations: u64,
    ) -> (u64, Option<Vec<RowStatistics>>) {
        let of_units = |units| vec![RowStatistics { units, log_totals: Vec::new() }];
        match &mut self.method {
            MethodWalk::Reference(walk) => {
                let used = walk.step(network, group, x, evaluations);
                (used, (walk.remaining() == 0.0).then(|| walk.finish()))
            }
            MethodWalk::Nested(walk) => {
                let used = walk.step::<B>(network, evaluations);
                (used, (walk.remaining() == 0.0).then(|| walk.finish()))
            }
            MethodWalk::Conditioned(walk) => {
                let used = walk.step(network, evaluations);
                (used, (walk.remaining() == 0.0).then(|| vec![walk.finish()]))
            }
            MethodWalk::UnitByUnit(walk) => {
                let (used, units) = walk.step(evaluations);
                (used, units.map(of_units))
            }
            MethodWalk::LinearNetwork(walk) => {
                if !walk.step(network, &self.deterministic) {
                    return (1, None);
                }
                let bound = linear_network::moments_error(network, self.deterministic.target(), x);
                (1, Some(of_units(walk.statistics(&self.deterministic, &group.units, bound))))
            }
            MethodWalk::Formula { units, formula, done } => {
                let first = done.len();
                let end = (first as u64).saturating_add(evaluations).min(*units as u64) as usize;
                let found = formula(first..end);
                // A piece of a long unit counts as well, so that every step ends.
                let used = found.len().max(1) as u64;
                done.extend(found);
                let units = (done.len() == *units).then(|| core::mem::take(done));
                (used, units.map(of_units))
            }
        }
    }
}

fn no_function(network: &Network, target: usize, method: Method) -> Error {
    let name = &network.graph.nodes[target].name;
    Error::range(format!(
        "Cannot compute layer \"{name}\" by method \"{}\": it is not for its activation",
        method.name()
    ))
}
