//! Which method an exact computation will use and what it will cost, known before it starts.
//!
//! Costs come from a static table on purpose: a measured one would let the speed of a machine choose the method, and
//! with it the bits of the result.

use crate::activation::Activation;
use crate::error::Error;
use crate::exact::halves::PiecewiseLinear;
use crate::exact::last_layer::Integral;
use crate::exact::linearize::is_affine;
use crate::exact::upstream::{Class, classes};
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
const METHODS: [Method; 8] = [
    Method::ClosedForm,
    Method::LinearNetwork,
    Method::Halves,
    Method::Split,
    Method::Nested,
    Method::Characteristic,
    Method::Conditioned,
    Method::Reference,
];

/// A method that takes no longer than this for a row is fast enough for the order of preference to decide.
const SECONDS_OF_NO_MATTER: f64 = 2e-3;

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

/// The plan for one layer or unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The method for every group of units.
    pub method: Method,
    /// What for.
    pub purpose: Purpose,
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
    fn refusal(self, graph: &Graph, target: usize, unit: Option<usize>, gates: usize) -> Option<&'static str> {
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
    fn seconds(self, graph: &Graph, node: usize, unit: Option<usize>, class: &Class) -> f64 {
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
    refuse_noise(graph, node)?;
    let classes = classes(graph, node, unit)?;
    let target = graph.before_gates(node);
    let gates = classes.iter().map(Class::gates).max().unwrap_or(0);
    // Conditioning is one walk over the outer gates, and its estimate already for all units.
    let walks = |method: Method| match method {
        Method::Conditioned => vec![Class { groups: 1, like: conditioned::group(graph, target, unit) }],
        _ => classes.clone(),
    };
    let seconds =
        |method: Method| walks(method).iter().map(|class| method.seconds(graph, node, unit, class)).sum::<f64>();
    let has_fourth = |method: Method| match method {
        Method::LinearNetwork => false,
        Method::Characteristic | Method::Conditioned => Integral::of(graph, target) != Some(Integral::Softplus),
        _ => true,
    };
    let serves = |method: &Method| purpose == Purpose::Report || has_fourth(*method);
    let method = match method {
        Some(name) => {
            let method = named(graph, node, (target, unit), gates, name)?;
            if !serves(&method) {
                return Err(Error::range(format!(
                    "Cannot cross-check layer \"{}\" by method \"{name}\": it leaves the fourth moment of these units open; \
                     without a method another is taken",
                    graph.nodes[node].name
                )));
            }
            method
        }
        None => {
            let applies = |method: &Method| method.refusal(graph, target, unit, gates).is_none();
            let applicable = METHODS.into_iter().filter(serves).filter(applies);
            let estimates: Vec<(Method, f64)> = applicable.map(|method| (method, seconds(method))).collect();
            let preferred = estimates.iter().find(|(_, seconds)| *seconds <= SECONDS_OF_NO_MATTER);
            let cheapest = || estimates.iter().min_by(|a, b| a.1.total_cmp(&b.1));
            preferred.or_else(cheapest).map_or(Method::Reference, |(method, _)| *method)
        }
    };
    let evaluations =
        walks(method).iter().map(|class| class.groups as f64 * method.evaluations(class.units(), class.gates())).sum();
    Ok(Plan { method, purpose, gates, evaluations, seconds_per_row: seconds(method) })
}

/// Refuses what no enumeration of subnetworks reaches, before any work.
fn refuse_noise(graph: &Graph, node: usize) -> Result<(), Error> {
    let Some(found) = graph.nodes.get(node) else { return Ok(()) };
    let needed = graph.ancestors(&[graph.before_gates(node)]);
    let is_noise = |index: &usize| {
        let site = graph.nodes[*index].operation.site().map(|site| &graph.sites[site]);
        needed[*index] && site.is_some_and(|site| site.is_random() && !site.is_thinning())
    };
    let names: Vec<&str> =
        (0..graph.nodes.len()).filter(is_noise).map(|index| graph.nodes[index].name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Error::range(format!(
        "Cannot compute exact statistics of layer \"{}\": it depends on {names:?}, whose noise does not thin a network; \
         wanted dropout, spatial dropout or connection gates alone: predictMC() samples the others",
        found.name
    )))
}

fn named(
    graph: &Graph,
    node: usize,
    (target, unit): (usize, Option<usize>),
    gates: usize,
    name: &str,
) -> Result<Method, Error> {
    let layer = &graph.nodes[node].name;
    let candidates: Vec<Method> = METHODS.into_iter().filter(|method| method.name() == name).collect();
    if let Some(method) = candidates.iter().find(|method| method.refusal(graph, target, unit, gates).is_none()) {
        return Ok(*method);
    }
    match candidates.last().and_then(|method| method.refusal(graph, target, unit, gates)) {
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
        Operation::Fixed(fixed) => fixed.products(graph.nodes[node].width),
        _ => graph.nodes[node].width,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::Scaling;
    use crate::network::{Builder, Network};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Two layers of gates, linear below `output`.
    fn network(output: Activation) -> Network {
        let mut builder = Builder::default();
        let mut source = builder.input(2).unwrap();
        for (name, activation) in [("h", Activation::Linear), ("o", output)] {
            let gated = builder.dropout(&format!("d{name}"), source, &[0.5], Scaling::Inverted).unwrap();
            source = builder.dense(name, gated, 2, activation, true, None, None).unwrap();
        }
        builder.build(source, 1).unwrap()
    }

    #[test]
    fn a_method_without_fourth_moments_does_not_serve_a_cross_check() {
        for (activation, name) in [(Activation::Linear, "closedForm"), (Activation::Softplus, "conditioned")] {
            let network = network(activation);
            let graph = &network.graph;
            let by = |method, purpose| plan(graph, graph.output, None, method, purpose);
            assert_eq!(by(Some(name), Purpose::Report).map(|plan| plan.method.name()), Ok(name));
            let error = by(Some(name), Purpose::CrossCheck).unwrap_err();
            assert!(error.to_string().contains("fourth moment"), "{error}");
            assert_ne!(by(None, Purpose::CrossCheck).map(|plan| plan.method.name()), Ok(name));
        }
    }

    #[test]
    fn units_with_more_gates_than_the_first_count() {
        // The first 40 units have no gate, the last one has 40.
        for (activation, name) in [
            (Activation::Tanh, "characteristic"),
            (Activation::Sigmoid { c: 1.0, lambda: 1.0 }, "characteristic"),
            (Activation::Relu, "halves"),
            (Activation::LeakyRelu { alpha: 0.1 }, "halves"),
        ] {
            let mut builder = Builder::default();
            let input = builder.input(40).unwrap();
            let gated = builder.dropout("d", input, &[0.5], Scaling::Inverted).unwrap();
            let sum = builder.dense("sum", gated, 1, Activation::Linear, true, None, None).unwrap();
            let joined = builder.concat("joined", &[input, sum]).unwrap();
            let output = builder.activation("o", joined, activation).unwrap();
            let graph = builder.build(output, 1).unwrap().graph;
            let found = plan(&graph, graph.output, None, None, Purpose::Report).unwrap();
            assert_eq!((found.method.name(), found.gates), (name, 40), "{activation:?}");
            let nested = plan(&graph, graph.output, None, Some("nested"), Purpose::Report).unwrap();
            assert!(nested.seconds_per_row > 60.0, "2^40 subnetworks in {} s", nested.seconds_per_row);
        }
    }
}
