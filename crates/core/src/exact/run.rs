//! One exact computation: rows and groups of units in a fixed order, by the planned method, step by step.

mod row;
mod share;
#[cfg(test)]
mod tests;
mod walk;

use crate::error::Error;
use crate::exact::conditioned;
use crate::exact::linearize::Forms;
use crate::exact::plan::{MOST_ENUMERATED, Method, Plan, Purpose};
use crate::exact::statistics::Table;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::together;
use crate::exact::upstream::{Group, groups};
use crate::monte_carlo::check_rows;
use crate::network::Network;
use row::{SharedPass, is_finite, put};
use std::rc::Rc;
use thinned_lanes::Backend;
use walk::Walk;

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
    shared: Option<SharedPass>, // of the row at hand, where there are several groups
    results: Vec<Table>,        // by group, rows in order
    error_bound: f64,
    forms: Option<Forms>, // of units that are taken as affine
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
            forms: plan.method.takes_coefficients().then(|| Forms::new(network, target, |_| true)),
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
        if self.row == self.rows {
            return 0.0;
        }
        let group = &self.groups[self.group];
        let of = |group: &Group| self.method.evaluations(group.units.len(), group.gates.len());
        let of_all = |groups: &[Group]| groups.iter().map(of).sum::<f64>();
        let of_rows =
            if self.row + 1 == self.rows { 0.0 } else { of_all(&self.groups) * (self.rows - self.row - 1) as f64 };
        let per_unit = self.method.evaluations_per_unit(group.gates.len());
        let current = self.walk.as_ref().map_or(of(group), |walk| walk.remaining(of(group), per_unit));
        of_rows + of_all(&self.groups[self.group + 1..]) + current
    }

    /// Computes up to `evaluations` more, and at least one.
    ///
    /// # Errors
    /// `Range` when a unit's pre-activations reach too far for the method.
    pub fn step(&mut self, evaluations: u64) -> Result<(), Error> {
        let mut left = evaluations.max(1);
        while left > 0 && self.row < self.rows {
            left = left.saturating_sub(self.advance(left)?);
        }
        Ok(())
    }

    /// The named statistic, `[rows, units]`, when it has a meaning for this activation and the run is complete.
    pub fn statistic(&self, name: &str) -> Option<Vec<f64>> {
        if self.row < self.rows {
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
        let other = self.others.get(other).filter(|_| self.row == self.rows)?;
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

    /// The absolute error that `E`, `V`, `O*` and geometric means do not exceed, over the rows computed so far.
    pub fn error_bound(&self) -> f64 {
        self.error_bound
    }

    /// Works on the current row and group with up to `evaluations`; returns how many it used.
    fn advance(&mut self, evaluations: u64) -> Result<u64, Error> {
        let width = self.network.graph.input_width();
        let mut walk = match self.walk.take() {
            Some(walk) => walk,
            None => self.start()?,
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
        let how = (self.outside, self.method);
        for (layer, (target, group, shared, table, error_bound)) in layers.iter().zip([own].into_iter().chain(others)) {
            if walk.deterministic.target() != target {
                Rc::make_mut(&mut walk.deterministic).aim(target);
            }
            let pass = (&*walk.deterministic, shared, self.forms.as_ref());
            *error_bound = error_bound.max(put(&self.network, group, x, pass, layer, how, table));
        }
        self.group += 1;
        if self.group == self.groups.len() {
            (self.row, self.group, self.shared) = (self.row + 1, 0, None);
        }
        Ok(used)
    }

    /// The walk of the row and group at hand.
    fn start(&mut self) -> Result<Walk<B>, Error> {
        let (network, target) = (&self.network, self.target);
        let width = network.graph.input_width();
        let x = &self.x[self.row * width..(self.row + 1) * width];
        let own = (self.target, &self.groups[self.group]);
        let others = self.others.iter().map(|other| (other.target, &other.group));
        let layers: Vec<(usize, &Group)> = [own].into_iter().chain(others).collect();
        let deterministic = match &self.shared {
            Some(shared) => Rc::clone(&shared.deterministic),
            None => {
                let targets: Vec<usize> = layers.iter().map(|(target, _)| *target).collect();
                let mut deterministic = Subnetwork::new(&network.graph, target);
                deterministic.pass(network, x, &network.graph.ancestors(&targets));
                Rc::new(deterministic)
            }
        };
        if self.shared.is_none() && self.groups.len() > 1 {
            self.shared = Some(SharedPass::new(network, x, &deterministic, self.outside.is_some()));
        }
        Walk::new(network, &layers, x, (deterministic, self.forms.as_ref()), (self.method, self.purpose))
    }

    /// The error of a unit whose statistics are beyond what the method, or double precision, can hold.
    fn too_far(&self) -> Error {
        let state = match self.method {
            Method::Characteristic | Method::Conditioned => {
                "pre-activations of a unit reach beyond 400,000, or its statistics beyond float64; wanted another method, or"
            }
            _ => "a power of its activities, or the bound of its rounding, is too large for float64; wanted",
        };
        Error::range(format!(
            "Cannot compute layer \"{}\" by method \"{}\": {state} weights of another scale",
            self.network.graph.nodes[self.target].name,
            self.method.name()
        ))
    }
}
