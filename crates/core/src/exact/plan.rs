//! Which method an exact computation will use and what it will cost, known before it starts.
//!
//! Costs come from a static table on purpose: a measured one would let the speed of a machine choose the method, and
//! with it the bits of the result.

use crate::activation::Activation;
use crate::error::Error;
use crate::exact::linearize::is_affine;
use crate::exact::upstream::{Group, groups};
use crate::exact::{linear_network, nested};
use crate::network::{Graph, Operation};

/// An algorithm, each in the file of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Every mask, one pass each.
    Reference,
    /// Every mask, gates site by site in Gray order.
    Nested,
    /// Linear units over one layer of gates, from cumulants.
    ClosedForm,
    /// Linear networks with gates in several layers, from covariances, which leave the fourth moment open; the same name
    /// outside.
    LinearNetwork,
}

/// Methods in the order of preference where costs are alike: what loses least to rounding comes first.
const METHODS: [Method; 4] = [Method::ClosedForm, Method::LinearNetwork, Method::Reference, Method::Nested];

/// What the statistics are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be reported.
    Report,
    /// To be compared with sampled ones, which takes the fourth moment as well.
    CrossCheck,
}

/// Seconds of one multiply-add of a reference pass.
const SECONDS_PER_PRODUCT: f64 = 6e-10;
/// Seconds of one unit's sums: powers, and a logarithm where there is one.
const SECONDS_PER_UNIT: f64 = 6e-8;
/// Seconds of one unit's activation.
const SECONDS_PER_EXPONENTIAL: f64 = 2e-8;
/// Seconds of one term of a cumulant.
const SECONDS_PER_TERM: f64 = 5e-9;

/// The plan for one layer or unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The method for every group of units.
    pub method: Method,
    /// Gates upstream; of the unit that has most, where units differ. The subnetworks are `2^gates`.
    pub gates: usize,
    /// Evaluations for each row of input, over all groups of units: passes of an enumeration, units of a formula.
    pub evaluations: f64,
    /// An estimate for one row.
    pub seconds_per_row: f64,
}

impl Method {
    /// The name in options and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Nested => "nested",
            Self::ClosedForm | Self::LinearNetwork => "closedForm",
        }
    }

    /// Why the method does not apply to the units of `target`, or nothing.
    fn refusal(self, graph: &Graph, target: usize) -> Option<&'static str> {
        let activation = graph.dense(target).map(|dense| dense.activation);
        let affine =
            || (!is_affine(graph, target)).then_some("what it reads must be one layer of gates over fixed units");
        match self {
            Self::Reference | Self::Nested => None,
            Self::ClosedForm if activation.is_some_and(|activation| activation != Activation::Linear) => {
                Some("it is for linear units")
            }
            Self::ClosedForm => affine(),
            Self::LinearNetwork => {
                (!linear_network::applies(graph, target)).then_some("it is for units that follow their gates linearly")
            }
        }
    }

    /// Evaluations for one row of a group.
    pub fn evaluations(self, group: &Group) -> f64 {
        match self {
            Self::Reference | Self::Nested => (group.gates.len() as f64).exp2(),
            Self::ClosedForm | Self::LinearNetwork => group.units.len() as f64,
        }
    }

    /// An estimate of the seconds for one row of a group.
    fn seconds(self, graph: &Graph, target: usize, group: &Group) -> f64 {
        let (gates, units) = (group.gates.len() as f64, group.units.len() as f64);
        match self {
            Self::Reference => {
                let needed = graph.ancestors(&[target]);
                let nodes = (0..graph.nodes.len()).filter(|&node| needed[node]);
                let products: usize = nodes.map(|node| products(graph, node)).sum();
                let sums = graph.nodes[target].width as f64 * SECONDS_PER_UNIT;
                self.evaluations(group) * (products as f64 * SECONDS_PER_PRODUCT + 2.0 * sums)
            }
            Self::Nested => {
                let (products, curved) = nested::work(graph, target, group);
                let sums = self.evaluations(group) * graph.nodes[target].width as f64 * SECONDS_PER_UNIT;
                products * SECONDS_PER_PRODUCT + curved * SECONDS_PER_EXPONENTIAL + sums
            }
            Self::ClosedForm => units * gates * SECONDS_PER_TERM,
            Self::LinearNetwork => linear_network::work(graph, target) * SECONDS_PER_PRODUCT,
        }
    }
}

/// Plans the statistics of all units of `node`, or of one, by the named method or the cheapest.
///
/// # Errors
/// `Range` when the node, the unit or the method does not exist or does not apply.
pub fn plan(
    graph: &Graph,
    node: usize,
    unit: Option<usize>,
    method: Option<&str>,
    purpose: Purpose,
) -> Result<Plan, Error> {
    let groups = groups(graph, node, unit)?;
    let target = graph.before_gates(node);
    let seconds = |method: Method| groups.iter().map(|group| method.seconds(graph, target, group)).sum::<f64>();
    let method = match method {
        Some(name) => named(graph, node, target, name)?,
        None => {
            let serves = |method: &Method| purpose == Purpose::Report || *method != Method::LinearNetwork;
            let applicable =
                METHODS.into_iter().filter(serves).filter(|method| method.refusal(graph, target).is_none());
            let cheapest = applicable.min_by(|a, b| seconds(*a).total_cmp(&seconds(*b)));
            cheapest.unwrap_or(Method::Reference)
        }
    };
    let evaluations = groups.iter().map(|group| method.evaluations(group)).sum();
    let gates = groups.iter().map(|group| group.gates.len()).max().unwrap_or(0);
    Ok(Plan { method, gates, evaluations, seconds_per_row: seconds(method) })
}

fn named(graph: &Graph, node: usize, target: usize, name: &str) -> Result<Method, Error> {
    let layer = &graph.nodes[node].name;
    let candidates: Vec<Method> = METHODS.into_iter().filter(|method| method.name() == name).collect();
    if let Some(method) = candidates.iter().find(|method| method.refusal(graph, target).is_none()) {
        return Ok(*method);
    }
    match candidates.last().and_then(|method| method.refusal(graph, target)) {
        None => {
            let mut names = METHODS.map(Method::name).to_vec();
            names.dedup();
            let message = format!("Cannot compute layer \"{layer}\" by method \"{name}\": wanted one of {names:?}");
            Err(Error::range(message))
        }
        Some(why) => Err(Error::range(format!(
            "Cannot compute layer \"{layer}\" by method \"{name}\": {why}; without a method the cheapest is taken"
        ))),
    }
}

/// Multiply-adds of a node.
pub fn products(graph: &Graph, node: usize) -> usize {
    match &graph.nodes[node].operation {
        Operation::Dense(dense) => graph.parameters[dense.kernel].shape.iter().product(),
        _ => graph.nodes[node].width,
    }
}
