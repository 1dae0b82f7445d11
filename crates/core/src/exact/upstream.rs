//! Which gates a unit depends on: only those are enumerated (THEORY: gates of earlier layers, never its own).
//!
//! The question is structural: a gate counts when a path leads from it to the unit, whatever the weights on the path,
//! and when it can be dropped at all (`rate > 0`). A connection gate lies on the paths of its own column alone.

use crate::activation::Activation;
use crate::error::Error;
use crate::network::{Graph, Operation};

/// One gate: site and index within it.
pub type Gate = (usize, usize);

/// Units of a node that depend on the same gates, and those gates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Units whose statistics this group yields, ascending.
    pub units: Vec<usize>,
    /// In the order of sites, then of gates.
    pub gates: Vec<Gate>,
}

/// The groups of all units of `node`, or of one; a dropout node stands for the activities that enter it.
///
/// A softmax unit depends on the gates of its whole layer. With connection gates every unit has a group of its own.
///
/// # Errors
/// `Range` when the node or the unit does not exist.
pub fn groups(graph: &Graph, node: usize, unit: Option<usize>) -> Result<Vec<Group>, Error> {
    if node >= graph.nodes.len() {
        return Err(Error::range(format!("Cannot find node {node}: the network has {}", graph.nodes.len())));
    }
    let target = graph.before_gates(node);
    let width = graph.nodes[target].width;
    if let Some(unit) = unit.filter(|unit| *unit >= width) {
        return Err(Error::range(format!(
            "Cannot select unit {unit} of layer \"{}\": it has {width} units, wanted 0 to {}",
            graph.nodes[node].name,
            width - 1
        )));
    }
    let units: Vec<usize> = unit.map_or_else(|| (0..width).collect(), |unit| vec![unit]);
    if let Operation::Dense(dense) = &graph.nodes[target].operation {
        let everything = gates_above(graph, dense.source, None);
        return Ok(match dense.site.filter(|_| dense.activation != Activation::Softmax) {
            // Units differ by their own columns of connections alone.
            Some(site) if graph.sites[site].is_random() => {
                let column = |unit: usize| (unit..graph.sites[site].len()).step_by(width).map(move |gate| (site, gate));
                let gates = |unit: usize| everything.iter().copied().chain(column(unit)).collect();
                units.into_iter().map(|unit| Group { gates: gates(unit), units: vec![unit] }).collect()
            }
            _ => vec![Group { gates: gates_above(graph, target, None), units }],
        });
    }
    let mut groups: Vec<Group> = Vec::new();
    for unit in units {
        let gates = gates_above(graph, target, Some(unit));
        match groups.iter_mut().find(|group| group.gates == gates) {
            Some(group) => group.units.push(unit),
            None => groups.push(Group { units: vec![unit], gates }),
        }
    }
    Ok(groups)
}

/// The gates on any path that ends in `unit` of `target`, or in any of its units.
fn gates_above(graph: &Graph, target: usize, unit: Option<usize>) -> Vec<Gate> {
    let mut needed: Vec<Vec<bool>> = graph.nodes.iter().map(|node| vec![false; node.width]).collect();
    let mut gates = Vec::new();
    match unit {
        Some(unit) => needed[target][unit] = true,
        None => needed[target].fill(true),
    }
    for index in (0..=target).rev() {
        let mut units = core::mem::take(&mut needed[index]);
        if !units.contains(&true) {
            continue;
        }
        match &graph.nodes[index].operation {
            Operation::Input => {}
            Operation::Dense(dense) => {
                if dense.activation == Activation::Softmax {
                    units.fill(true);
                }
                if let Some(site) = dense.site {
                    let columns = (0..graph.sites[site].len()).filter(|gate| units[gate % units.len()]);
                    gates.extend(columns.map(|gate| (site, gate)));
                }
                needed[dense.source].fill(true);
            }
            Operation::Dropout { source, site } => {
                for unit in (0..units.len()).filter(|&unit| units[unit]) {
                    gates.push((*site, unit));
                    needed[*source][unit] = true;
                }
            }
            Operation::Concat { sources } => {
                let mut first = 0;
                for &source in sources {
                    let width = needed[source].len();
                    (0..width).for_each(|unit| needed[source][unit] |= units[first + unit]);
                    first += width;
                }
            }
            Operation::Add { sources } => {
                for &source in sources {
                    needed[source].iter_mut().zip(&units).for_each(|(needed, unit)| *needed |= unit);
                }
            }
        }
    }
    gates.retain(|&(site, gate)| graph.sites[site].rate(gate) > 0.0);
    gates.sort_unstable();
    gates
}
