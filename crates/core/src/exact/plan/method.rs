//! The methods: what they apply to, what they count and what that takes.

use crate::activation::Activation;
use crate::exact::halves::PiecewiseLinear;
use crate::exact::last_layer::Integral;
use crate::exact::linearize::is_affine;
use crate::exact::upstream::Class;
use crate::exact::{conditioned, linear_network, nested};
use crate::network::{Graph, Operation};

/// An algorithm, each in the file of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Every mask, one pass each.
    Reference,
    /// Every mask, gates site by site, many subnetworks at once.
    Nested,
    /// One logistic unit after the other, by two tables of half-masks.
    Split,
    /// One rectified unit after the other, by two sorted halves.
    Halves,
    /// Logistic, tanh and softplus units at any width, by their characteristic function.
    Characteristic,
    /// Linear units over one layer of gates, from cumulants.
    ClosedForm,
    /// Linear networks with gates in several layers, from covariances, which leave the fourth moment open; the same name
    /// outside.
    LinearNetwork,
    /// Gates of earlier layers enumerated, those of the last integrated.
    Conditioned,
}

/// Methods in the order of preference: what keeps most of the relative accuracy of a saturated unit comes first.
pub const METHODS: [Method; 8] = [
    Method::ClosedForm,
    Method::LinearNetwork,
    Method::Halves,
    Method::Split,
    Method::Nested,
    Method::Characteristic,
    Method::Conditioned,
    Method::Reference,
];

/// Seconds of one multiply-add of a reference pass.
const SECONDS_PER_PRODUCT: f64 = 6e-10;
/// Seconds of one unit's sums: powers, and a logarithm where there is one.
const SECONDS_PER_UNIT: f64 = 6e-8;
/// Seconds of one term of a cumulant.
const SECONDS_PER_TERM: f64 = 5e-9;

/// Seconds of one subnetwork of two half-tables, on a machine that is busy with other work as well.
const SECONDS_PER_SPLIT: f64 = 2e-9;
/// Seconds of one entry of a sorted half.
const SECONDS_PER_ENTRY: f64 = 1.5e-8;
/// Seconds of one gate of one unit in a characteristic function, over all its nodes, and of the unit itself.
const SECONDS_PER_FACTOR: f64 = 1e-7;
const SECONDS_PER_INTEGRAL: f64 = 1.5e-5;
/// Seconds of one of several groups of units: its gates, its matrix and its report.
const SECONDS_PER_GROUP: f64 = 1e-4;
/// Gates of which a computer can go through all masks, if not the caller.
pub const MOST_ENUMERATED: usize = 62;
/// Gates of which half the masks, sorted, still fit in memory.
const MOST_GATES_OF_HALVES: usize = 44;

impl Method {
    /// The name in options and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Nested => "nested",
            Self::Split => "split",
            Self::Halves => "halves",
            Self::Characteristic => "characteristic",
            Self::ClosedForm | Self::LinearNetwork => "closedForm",
            Self::Conditioned => "conditioned",
        }
    }

    /// Whether it takes the coefficients of affine units as given, and bounds its own error alone.
    pub fn takes_coefficients(self) -> bool {
        matches!(self, Self::Split | Self::Halves | Self::Characteristic | Self::ClosedForm)
    }

    /// Whether a variance far below that of a coin is known to an absolute error alone.
    pub fn is_absolute(self) -> bool {
        matches!(self, Self::Characteristic | Self::Conditioned)
    }

    /// Why the method does not apply to the units of `target`, or nothing.
    pub fn refusal(self, graph: &Graph, target: usize, unit: Option<usize>, gates: usize) -> Option<&'static str> {
        let activation = graph.activation(target);
        let affine =
            || (!is_affine(graph, target)).then_some("what it reads must be one layer of gates over fixed units");
        match self {
            Self::Reference | Self::Nested => None,
            Self::Split if !matches!(activation, Some(Activation::Sigmoid { .. })) => Some("it is for logistic units"),
            Self::Halves if PiecewiseLinear::of(activation).is_none() => Some("it is for ReLU and leaky ReLU units"),
            Self::Halves if gates > MOST_GATES_OF_HALVES => Some("it sorts half the masks, which fit up to 44 gates"),
            Self::Characteristic if matches!(Integral::of(graph, target), None | Some(Integral::Linear)) => {
                Some("it is for logistic, tanh and softplus units")
            }
            Self::ClosedForm if activation.is_some_and(|activation| activation != Activation::Linear) => {
                Some("it is for linear units")
            }
            Self::Split | Self::Halves | Self::Characteristic | Self::ClosedForm => affine(),
            Self::Conditioned => conditioned::refusal(graph, target, unit),
            Self::LinearNetwork => linear_network::refusal(graph, target),
        }
    }

    /// Evaluations for one row of a group of `units` units with `gates` gates.
    pub fn evaluations(self, units: usize, gates: usize) -> f64 {
        match self {
            Self::Reference | Self::Nested => (gates as f64).exp2(),
            Self::Split | Self::Halves => units as f64 * self.evaluations_per_unit(gates),
            Self::Conditioned => (gates as f64).exp2() * units as f64,
            Self::Characteristic | Self::ClosedForm | Self::LinearNetwork => units as f64,
        }
    }

    /// Evaluations for one row of one unit, where units are walked through one by one.
    pub fn evaluations_per_unit(self, gates: usize) -> f64 {
        let gates = gates as f64;
        match self {
            Self::Split => gates.exp2(),
            // Each half is written once, entry by entry as gates are merged into it, and read once or twice.
            Self::Halves => 4.0 * ((gates / 2.0).floor().exp2() + (gates / 2.0).ceil().exp2()),
            _ => 1.0,
        }
    }

    /// An estimate of the seconds for one row of all groups of one class.
    pub fn seconds(self, graph: &Graph, node: usize, unit: Option<usize>, class: &Class) -> f64 {
        let target = graph.before_gates(node);
        let (gates, units) = (class.gates() as f64, class.units() as f64);
        let evaluations = self.evaluations(class.units(), class.gates());
        let sums = evaluations * graph.nodes[target].width as f64 * SECONDS_PER_UNIT;
        let each = match self {
            Self::Reference => {
                let (needed, random) = (graph.ancestors(&[target]), graph.random_nodes());
                let nodes = (0..graph.nodes.len()).filter(|&node| needed[node] && random[node]);
                let products: usize = nodes.map(|node| products(graph, node)).sum();
                evaluations * products as f64 * SECONDS_PER_PRODUCT + 2.0 * sums
            }
            // Out of reach: the details do not matter.
            Self::Nested if class.gates() > MOST_ENUMERATED => sums,
            Self::Nested => nested::seconds(graph, target, &class.like),
            Self::Split => evaluations * SECONDS_PER_SPLIT + units * SECONDS_PER_UNIT,
            Self::Halves => evaluations * SECONDS_PER_ENTRY,
            Self::Characteristic => units * integral_seconds(gates),
            Self::Conditioned => return conditioned::seconds(graph, target, unit, integral_seconds),
            Self::ClosedForm => units * gates * SECONDS_PER_TERM,
            Self::LinearNetwork => linear_network::work(graph, target) * SECONDS_PER_PRODUCT / class.groups as f64,
        };
        let more = if class.groups > 1 { SECONDS_PER_GROUP } else { 0.0 };
        (each + more) * class.groups as f64
    }
}

/// An estimate of the seconds of one unit's characteristic function.
pub fn integral_seconds(gates: f64) -> f64 {
    gates * SECONDS_PER_FACTOR + SECONDS_PER_INTEGRAL
}

/// Multiply-adds of a node.
pub fn products(graph: &Graph, node: usize) -> usize {
    match &graph.nodes[node].operation {
        Operation::Dense(dense) => graph.parameters[dense.kernel].shape.iter().product(),
        Operation::Fixed(fixed) => fixed.products(graph.nodes[node].width),
        _ => graph.nodes[node].width,
    }
}
