//! What an exact computation will do and cost, known before it starts.

use crate::error::Error;
use crate::exact::upstream::groups;
use crate::network::{Graph, Operation};

/// Seconds of one multiply-add of a reference pass, and of one unit's statistics (two logarithms and eight sums).
///
/// A static table on purpose: a measured one would let the speed of a machine choose the method, and with it the bits.
const SECONDS_PER_PRODUCT: f64 = 6e-10;
const SECONDS_PER_UNIT: f64 = 1.5e-7;

/// The plan for one layer or unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The name of the method.
    pub method: &'static str,
    /// Gates upstream; of the unit that has most, where units differ. The subnetworks are `2^gates`.
    pub gates: usize,
    /// Passes over a subnetwork for each row of input, over all groups of units.
    pub evaluations: f64,
    /// An estimate for one row.
    pub seconds_per_row: f64,
}

/// Plans the statistics of all units of `node`, or of one, by the named method or the cheapest.
///
/// # Errors
/// `Range` when the node, the unit or the method does not exist or does not apply.
pub fn plan(graph: &Graph, node: usize, unit: Option<usize>, method: Option<&str>) -> Result<Plan, Error> {
    let groups = groups(graph, node, unit)?;
    if let Some(method) = method.filter(|method| *method != "reference") {
        return Err(Error::range(format!(
            "Cannot compute layer \"{}\" by method \"{method}\": wanted \"reference\", the one method there is so far",
            graph.nodes[node].name
        )));
    }
    let needed = graph.ancestors(&[graph.before_gates(node)]);
    let products: usize = (0..graph.nodes.len()).filter(|&node| needed[node]).map(|node| products(graph, node)).sum();
    let mut plan = Plan { method: "reference", gates: 0, evaluations: 0.0, seconds_per_row: 0.0 };
    for group in groups {
        let evaluations = (group.gates.len() as f64).exp2();
        plan.gates = plan.gates.max(group.gates.len());
        plan.evaluations += evaluations;
        plan.seconds_per_row +=
            evaluations * (products as f64 * SECONDS_PER_PRODUCT + group.units.len() as f64 * SECONDS_PER_UNIT);
    }
    Ok(plan)
}

fn products(graph: &Graph, node: usize) -> usize {
    match &graph.nodes[node].operation {
        Operation::Dense(dense) => graph.parameters[dense.kernel].shape.iter().product(),
        _ => graph.nodes[node].width,
    }
}
