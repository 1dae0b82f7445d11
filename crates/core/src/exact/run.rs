//! One exact computation: rows and groups of units in a fixed order, by the planned method, step by step.

mod share;
#[cfg(test)]
mod tests;

use crate::activation::Activation;
use crate::error::Error;
use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::conditioned::{self, Conditioned};
use crate::exact::floor::single_precision_floor;
use crate::exact::halves::{Halves, PiecewiseLinear};
use crate::exact::linear_network::{self, LinearWalk};
use crate::exact::linearize::affine_units;
use crate::exact::nested::Nested;
use crate::exact::plan::{MOST_ENUMERATED, Method, Plan, Purpose};
use crate::exact::reach::reach;
use crate::exact::reference::Reference;
use crate::exact::rounding::error_bound;
use crate::exact::statistics::{Beside, Compared, Family, RowStatistics, Table, report};
use crate::exact::subnetwork::Subnetwork;
use crate::exact::unit_by_unit::{UnitByUnit, UnitWalk};
use crate::exact::upstream::{Group, groups};
use crate::exact::{characteristic, closed_form, split, together};
use crate::monte_carlo::check_rows;
use crate::network::Network;
use std::borrow::Cow;
use thinned_lanes::Backend;

pub use share::parts;

/// A run over the rows of a batch; where its steps are cut never changes a bit.
pub struct Run<B: Backend> {
    network: Network,
    x: Vec<f32>, // [rows, inputs]
    rows: usize,
    target: usize,
    method: Method,
    purpose: Purpose,
    groups: Vec<Group>,
    group: usize,
    row: usize,
    walk: Option<Walk<B>>,
    shared: Option<SharedPass>, // of the only row, where there are several groups
    results: Vec<Table>,        // by group, rows in order
    error_bound: f64,
    others: Vec<Other>,
    outside: Option<f64>,
    backend: core::marker::PhantomData<B>,
}

/// Another layer of which the walk gives the statistics.
struct Other {
    target: usize,
    group: Group,
    table: Table,
    error_bound: f64,
}

/// What the groups of a row have in common: the units of an image may be hundreds of groups.
struct SharedPass {
    deterministic: Subnetwork,
    error: f64,
    floor: Option<Vec<f64>>,
}

/// The work on one row of one group.
struct Walk<B: Backend> {
    deterministic: Subnetwork,
    method: MethodWalk<B>,
}

enum MethodWalk<B: Backend> {
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

impl<B: Backend> Run<B> {
    /// A run over all units of `node` or one of them as `plan` says, for the rows of `x`.
    ///
    /// # Errors
    /// `Range` when the node or unit does not exist, or when an enumeration has more than 62 gates (no
    /// computer gets there); `Shape` when `x` is not `rows` rows.
    pub fn new(
        network: &Network,
        node: usize,
        unit: Option<usize>,
        plan: &Plan,
        x: &[f32],
        rows: usize,
    ) -> Result<Self, Error> {
        let graph = &network.graph;
        check_rows(x, rows, graph.input_width())?;
        let target = graph.before_gates(node);
        let groups = match plan.method {
            // It needs no list of the gates, of which there may be millions for every unit.
            Method::LinearNetwork => {
                let units = unit.map_or_else(|| (0..graph.nodes[target].width).collect(), |unit| vec![unit]);
                vec![Group { units, gates: Vec::new() }]
            }
            Method::Conditioned => vec![conditioned::group(graph, target, unit)],
            _ => groups(graph, node, unit)?,
        };
        let enumerated = groups.iter().map(|group| group.gates.len()).max().unwrap_or(0);
        let is_walk = matches!(plan.method, Method::Reference | Method::Nested | Method::Conditioned);
        if is_walk && enumerated > MOST_ENUMERATED {
            return Err(Error::range(format!(
                "Cannot enumerate the masks of {enumerated} gates, wanted at most {MOST_ENUMERATED}"
            )));
        }
        Ok(Self {
            x: x.to_vec(),
            rows,
            target,
            method: plan.method,
            purpose: plan.purpose,
            group: 0,
            row: 0,
            walk: None,
            shared: None,
            results: vec![Table::new(); groups.len()],
            error_bound: 0.0,
            others: Vec::new(),
            outside: None,
            backend: core::marker::PhantomData,
            groups,
            network: network.clone(),
        })
    }

    /// Computes the statistics of other layers in the same walk.
    ///
    /// # Errors
    /// `Range` when one does not exist, or the walk does not pass it ([`together::passes`]).
    pub fn with_others(mut self, others: &[usize], unit: Option<usize>) -> Result<Self, Error> {
        for &node in others {
            let found = groups(&self.network.graph, node, unit)?;
            let lead = (self.target, self.groups.as_slice());
            if !together::passes(&self.network.graph, lead, (node, &found), self.method) {
                return Err(Error::range(format!(
                    "Cannot compute layer \"{}\" together with layer \"{}\": its gates are not the first ones of a walk",
                    self.network.graph.nodes[node].name, self.network.graph.nodes[self.target].name
                )));
            }
            let target = self.network.graph.before_gates(node);
            let other = |group| Other { target, group, table: Table::new(), error_bound: 0.0 };
            self.others.extend(found.into_iter().map(other));
        }
        Ok(self)
    }

    /// Reports the ends of the range of each unit as well, but for a probability of `outside`, and its own error bound.
    pub fn with_reach(self, outside: f64) -> Self {
        Self { outside: Some(outside), ..self }
    }

    /// Evaluations left, over all rows and groups, as the plan counts them.
    pub fn remaining(&self) -> f64 {
        let Some(group) = self.groups.get(self.group) else { return 0.0 };
        let evaluations = |group: &Group| self.method.evaluations(group.units.len(), group.gates.len());
        let later: f64 = self.groups[self.group + 1..].iter().map(|group| evaluations(group) * self.rows as f64).sum();
        let current = match &self.walk {
            Some(Walk { method: MethodWalk::Reference(walk), .. }) => walk.remaining(),
            Some(Walk { method: MethodWalk::Nested(walk), .. }) => walk.remaining(),
            Some(Walk { method: MethodWalk::Conditioned(walk), .. }) => walk.remaining(),
            Some(Walk { method: MethodWalk::Formula { units, done, .. }, .. }) => (units - done.len()) as f64,
            Some(Walk { method: MethodWalk::LinearNetwork(walk), .. }) => (evaluations(group) * walk.left()).ceil(),
            Some(Walk { method: MethodWalk::UnitByUnit(walk), .. }) => {
                walk.remaining(self.method.evaluations_per_unit(group.gates.len()))
            }
            _ => evaluations(group),
        };
        later + evaluations(group) * (self.rows - self.row - 1) as f64 + current
    }

    /// Computes up to `evaluations` more, and at least one.
    ///
    /// # Errors
    /// `Range` when a unit's pre-activations reach too far for the method.
    pub fn step(&mut self, evaluations: u64) -> Result<(), Error> {
        let mut left = evaluations.max(1);
        while left > 0 && self.group < self.groups.len() {
            left = left.saturating_sub(self.advance(left)?);
        }
        Ok(())
    }

    /// The named statistic, `[rows, units]`, when it has a meaning for this activation and the run is complete.
    pub fn statistic(&self, name: &str) -> Option<Vec<f64>> {
        if self.group < self.groups.len() {
            return None;
        }
        let find = |table: &Table| table.iter().find(|(other, _)| *other == name).map(|(_, values)| values.clone());
        let columns: Vec<Vec<f64>> = self.results.iter().map(find).collect::<Option<_>>()?;
        let units = self.units();
        let mut values = vec![0.0; self.rows * units.len()];
        for (group, column) in self.groups.iter().zip(&columns) {
            let places = group.units.iter().map(|unit| units.partition_point(|other| other < unit));
            let places: Vec<usize> = places.collect();
            for (row, found) in column.chunks_exact(places.len()).enumerate() {
                found.iter().zip(&places).for_each(|(value, place)| values[row * units.len() + place] = *value);
            }
        }
        Some(values)
    }

    /// The same of a layer of [`Run::with_others`], by its place among them.
    pub fn statistic_of(&self, other: usize, name: &str) -> Option<Vec<f64>> {
        let other = self.others.get(other).filter(|_| self.group == self.groups.len())?;
        other.table.iter().find(|(found, _)| *found == name).map(|(_, values)| values.clone())
    }

    /// The units of a layer of [`Run::with_others`] of which statistics are computed.
    pub fn units_of(&self, other: usize) -> &[usize] {
        self.others.get(other).map_or(&[], |other| &other.group.units)
    }

    /// [`Run::error_bound`] of a layer of [`Run::with_others`].
    pub fn error_bound_of(&self, other: usize) -> f64 {
        self.others.get(other).map_or(0.0, |other| other.error_bound)
    }

    /// The absolute error that no statistic but the Cartwright-Field ratios exceeds, over the rows computed so far.
    pub fn error_bound(&self) -> f64 {
        self.error_bound
    }

    /// Works on the current row and group with up to `evaluations`; returns how many it used.
    fn advance(&mut self, evaluations: u64) -> Result<u64, Error> {
        let width = self.network.graph.input_width();
        let mut walk = match self.walk.take() {
            Some(walk) => walk,
            None => self.start(),
        };
        let x = &self.x[self.row * width..(self.row + 1) * width];
        let group = &self.groups[self.group];
        let (used, layers) = walk.step(&self.network, group, x, evaluations);
        let Some(layers) = layers else {
            self.walk = Some(walk);
            return Ok(used);
        };
        if layers.iter().flat_map(|layer| &layer.units).any(|unit| !is_finite(unit, self.outside.is_some())) {
            return Err(self.too_far());
        }
        let own = (self.target, group, self.shared.as_ref(), &mut self.results[self.group], &mut self.error_bound);
        let others = self.others.iter_mut().map(|other| {
            let Other { target, group, table, error_bound } = other;
            (*target, &*group, None, table, error_bound)
        });
        for (layer, (target, group, shared, table, error_bound)) in layers.iter().zip([own].into_iter().chain(others)) {
            walk.deterministic.aim(target);
            let pass = (&walk.deterministic, shared);
            *error_bound = error_bound.max(put(&self.network, group, x, pass, layer, self.outside, table));
        }
        self.row += 1;
        if self.row == self.rows {
            (self.row, self.group) = (0, self.group + 1);
        }
        Ok(used)
    }

    /// The walk of the row and group at hand.
    fn start(&mut self) -> Walk<B> {
        let (network, target) = (&self.network, self.target);
        let width = network.graph.input_width();
        let x = &self.x[self.row * width..(self.row + 1) * width];
        let own = (self.target, &self.groups[self.group]);
        let others = self.others.iter().map(|other| (other.target, &other.group));
        let layers: Vec<(usize, &Group)> = [own].into_iter().chain(others).collect();
        let deterministic = match &self.shared {
            Some(shared) => shared.deterministic.clone(),
            None => {
                let targets: Vec<usize> = layers.iter().map(|(target, _)| *target).collect();
                let mut deterministic = Subnetwork::new(&network.graph, target);
                deterministic.pass(network, x, &network.graph.ancestors(&targets));
                deterministic
            }
        };
        if self.shared.is_none() && self.rows == 1 && self.groups.len() > 1 {
            self.shared = Some(SharedPass {
                error: error_bound(network, target, 0, x),
                floor: self.outside.map(|_| single_precision_floor(network, &deterministic)),
                deterministic: deterministic.clone(),
            });
        }
        Walk::new(network, &layers, x, deterministic, (self.method, self.purpose))
    }

    /// The error of a unit whose statistics are beyond what the method, or double precision, can hold.
    fn too_far(&self) -> Error {
        let state = match self.method {
            Method::Characteristic => "pre-activations of a unit reach beyond 400,000; wanted another method, or",
            _ => "a power of its activities, or the bound of its rounding, is too large for float64; wanted",
        };
        Error::range(format!(
            "Cannot compute layer \"{}\" by method \"{}\": {state} weights of another scale",
            self.network.graph.nodes[self.target].name,
            self.method.name()
        ))
    }
}

/// Appends what is known of a row of one layer to its table; returns the error bound.
fn put(
    network: &Network,
    group: &Group,
    x: &[f32],
    (deterministic, shared): (&Subnetwork, Option<&SharedPass>),
    layer: &RowStatistics,
    outside: Option<f64>,
    table: &mut Table,
) -> f64 {
    let target = deterministic.target();
    let activities = &deterministic.values[target];
    let known = shared.and_then(|shared| shared.floor.as_deref()).map(Cow::Borrowed);
    let floor = outside.map(|_| known.unwrap_or_else(|| single_precision_floor(network, deterministic).into()));
    let ends = outside.map(|outside| reach(network, group, deterministic, &layer.units, outside));
    let compared =
        |index: usize, unit: usize| Some(Compared { floor: floor.as_ref()?[unit], reach: ends.as_ref()?[index] });
    let beside = group.units.iter().enumerate();
    let beside: Vec<Beside> = beside
        .map(|(index, &unit)| Beside { deterministic: activities[unit], compared: compared(index, unit) })
        .collect();
    report(table, Family::of(network.graph.activation(target)), layer, &beside);
    // The deterministic pass has an error of its own, which is that of one subnetwork.
    let pass = shared.map_or_else(|| error_bound(network, target, 0, x), |shared| shared.error);
    layer.units.iter().map(|unit| unit.error_bound).fold(pass, f64::max)
}

/// Whether every moment of a unit that will be reported is a number.
fn is_finite(unit: &UnitStatistics, with_fourth: bool) -> bool {
    let moments = unit.error_bound.is_finite() && unit.mean.is_finite() && unit.variance.is_finite();
    moments && (unit.fourth_moment.is_finite() || !with_fourth)
}

impl<B: Backend> Walk<B> {
    /// Of the first of `layers`, nodes with their groups, and of others that its walk passes.
    fn new(
        network: &Network,
        layers: &[(usize, &Group)],
        x: &[f32],
        deterministic: Subnetwork,
        (method, purpose): (Method, Purpose),
    ) -> Self {
        let (target, group) = layers[0];
        let method = match method {
            Method::Reference => MethodWalk::Reference(Reference::new(network, layers, x, &deterministic)),
            Method::Nested => MethodWalk::Nested(Nested::new(network, layers, x, &deterministic, purpose)),
            Method::Split => {
                let constants = logistic_constants(network, target);
                let units = affine_units(network, group, &deterministic);
                let start = move |units: &AffineUnits, unit: usize| split::walk::<B>(units, unit, constants, purpose);
                MethodWalk::UnitByUnit(UnitByUnit::new(units, Box::new(start)))
            }
            Method::Halves => {
                let units = affine_units(network, group, &deterministic);
                let function = PiecewiseLinear::of(activation(network, target)).unwrap_or(PiecewiseLinear::LINEAR);
                let start = move |units: &AffineUnits, unit: usize| {
                    Box::new(Halves::new(units, unit, function)) as Box<dyn UnitWalk>
                };
                MethodWalk::UnitByUnit(UnitByUnit::new(units, Box::new(start)))
            }
            Method::Characteristic => {
                let family = match activation(network, target) {
                    Some(Activation::Tanh) => characteristic::Kind::Tanh,
                    Some(Activation::Softplus) => characteristic::Kind::Softplus,
                    _ => {
                        let (c, lambda) = logistic_constants(network, target);
                        characteristic::Kind::Logistic { c, lambda }
                    }
                };
                let units = affine_units(network, group, &deterministic);
                MethodWalk::Formula { units: units.units(), formula: family.by_range::<B>(units), done: Vec::new() }
            }
            Method::Conditioned => {
                MethodWalk::Conditioned(Box::new(Conditioned::new(network, group, x, &deterministic, purpose)))
            }
            Method::ClosedForm => {
                let units = affine_units(network, group, &deterministic);
                MethodWalk::Formula {
                    units: units.units(),
                    formula: Box::new(move |range| closed_form::selected(&units, range)),
                    done: Vec::new(),
                }
            }
            Method::LinearNetwork => MethodWalk::LinearNetwork(LinearWalk::new(&network.graph, target)),
        };
        Self { deterministic, method }
    }

    /// Uses up to `evaluations`; returns how many, and the row of each layer when it is complete.
    fn step(
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

fn activation(network: &Network, target: usize) -> Option<Activation> {
    network.graph.activation(target)
}

/// `c` and `λ` of a logistic layer.
fn logistic_constants(network: &Network, target: usize) -> (f64, f64) {
    match activation(network, target) {
        Some(Activation::Sigmoid { c, lambda }) => (c, lambda),
        _ => (1.0, 1.0),
    }
}
