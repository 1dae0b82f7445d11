//! What a detail costs, and whether it applies.

use crate::activation::Activation;
use crate::error::Error;
use crate::exact::blocks;
use crate::exact::joint::classes;
use crate::exact::last_layer::Integral;
use crate::exact::linear_network;
use crate::exact::linearize::is_affine;
use crate::exact::plan::integral_seconds;
use crate::exact::upstream::{gates_above, groups};
use crate::network::Graph;

/// Units whose covariances one call holds, at most: some 50 MB of sums.
const MOST_UNITS: usize = 2048;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Covariances and entropies of all units of a layer.
    Joint,
    /// `E[O | δ = 1]` of all units or one.
    Given,
}

/// Its cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetailPlan {
    /// Gates upstream; of those that units have each to themselves, as many as one of them has.
    pub gates: usize,
    /// Numbers of one row of the result.
    pub values: f64,
    /// For one row.
    pub evaluations: f64,
    /// For one row.
    pub seconds_per_row: f64,
}

/// Seconds of one pair of units in one mask.
const SECONDS_PER_PAIR: f64 = 0.5e-9;
/// Seconds of one unit in one mask: an exponential.
const SECONDS_PER_CURVE: f64 = 3e-8;
/// The same of one of several classes, and of the sums over them: a logarithm and a quotient as well.
const SECONDS_PER_CLASS: f64 = 1.5e-7;

/// What the activations and entropies of a layer take in one mask, beside the sums.
fn seconds_of_units(graph: &Graph, target: usize) -> f64 {
    let units = graph.nodes[target].width as f64;
    if classes(graph, target).is_some() {
        return (units + 1.0) * SECONDS_PER_CLASS;
    }
    match graph.activation(target) {
        None | Some(Activation::Linear | Activation::Relu | Activation::LeakyRelu { .. }) => 0.0,
        Some(_) => units * SECONDS_PER_CURVE,
    }
}

/// Plans a detail of `node`.
///
/// # Errors
/// `Range` where it does not apply, saying why.
pub fn plan(graph: &Graph, node: usize, unit: Option<usize>, detail: Detail) -> Result<DetailPlan, Error> {
    let target = graph.before_gates(node);
    let width = graph.nodes[target].width;
    let refuse = |what: &str, why: String| {
        Err(Error::range(format!("Cannot compute {what} of layer \"{}\": {why}", graph.nodes[node].name)))
    };
    match detail {
        Detail::Joint => {
            if width > MOST_UNITS {
                return refuse("the covariances", format!("it has {width} units, wanted at most {MOST_UNITS}"));
            }
            let values = (width * width) as f64;
            if linear_network::applies(graph, target) {
                let seconds_per_row = linear_network::work(graph, target) * 1e-9;
                let needed = graph.ancestors(&[target]);
                let nodes = graph.nodes.iter().zip(needed).filter(|(_, needed)| *needed);
                let gates =
                    nodes.filter_map(|(node, _)| node.operation.site()).map(|site| graph.sites[site].random_gates());
                return Ok(DetailPlan { gates: gates.sum(), values, evaluations: width as f64, seconds_per_row });
            }
            let gates = gates_above(graph, target, None);
            let masks = (gates.len() as f64).exp2();
            let each = SECONDS_PER_PAIR * values + seconds_of_units(graph, target);
            let seconds_per_row = blocks::seconds(graph, &[target], &gates) + masks * each;
            Ok(DetailPlan { gates: gates.len(), values, evaluations: masks, seconds_per_row })
        }
        Detail::Given => {
            let what = "means given a gate";
            if !is_affine(graph, target) {
                return refuse(what, "what it reads must be one layer of gates over fixed units".to_owned());
            }
            let integral = Integral::of(graph, target);
            if matches!(integral, None | Some(Integral::Softplus)) {
                return refuse(what, "they are for linear, logistic and tanh units".to_owned());
            }
            let groups = groups(graph, node, unit)?;
            let gates = groups[0].gates.len();
            if groups.iter().any(|group| group.gates.len() != gates) {
                return refuse(what, "its units have different numbers of gates, wanted a single unit".to_owned());
            }
            let units = if unit.is_some() { 1.0 } else { width as f64 };
            let values = units * gates as f64;
            let seconds_per_row = units * 3.0 * integral_seconds(gates as f64);
            Ok(DetailPlan { gates, values, evaluations: units, seconds_per_row })
        }
    }
}
