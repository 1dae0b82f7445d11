//! Which gates a unit depends on: only those are enumerated (THEORY §4.1: those of earlier layers, never its own).
//!
//! The question is structural: a gate counts when a path leads from it to the unit, whatever the weights on the path,
//! and when it can be dropped at all (`rate > 0`). A connection gate lies on the paths of its own column alone.

use crate::activation::Activation;
use crate::error::Error;
use crate::network::{Dense, Graph, Operation};

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

/// How many groups of how many units with how many gates: what a plan needs, without a list of the gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Groups of this size.
    pub groups: usize,
    /// Units of each.
    pub units: usize,
    /// Gates of each.
    pub gates: usize,
}

/// Gates in all groups together, at most: a list of them is held while a run lasts.
const MOST_LISTED: usize = 1 << 24;

/// The sizes of what [`groups`] returns.
///
/// # Errors
/// As [`groups`].
pub fn counts(graph: &Graph, node: usize, unit: Option<usize>) -> Result<Vec<Count>, Error> {
    let target = check(graph, node, unit)?;
    if let Operation::Dense(dense) = &graph.nodes[target].operation {
        let units = if unit.is_some() { 1 } else { graph.nodes[target].width };
        return Ok(match own_columns(graph, dense) {
            Some(site) => {
                let column = graph.sites[site].len() / graph.nodes[target].width;
                vec![Count { groups: units, units: 1, gates: gates_above(graph, dense.source, None).len() + column }]
            }
            None => vec![Count { groups: 1, units, gates: gates_above(graph, target, None).len() }],
        });
    }
    let sizes = groups(graph, node, unit)?.into_iter();
    Ok(sizes.map(|group| Count { groups: 1, units: group.units.len(), gates: group.gates.len() }).collect())
}

/// The groups of all units of `node`, or of one; a dropout node stands for the activities that enter it.
///
/// A softmax unit depends on the gates of its whole layer. With connection gates every unit has a group of its own.
///
/// # Errors
/// `Range` when the node or the unit does not exist, or when the lists would be too long to hold.
pub fn groups(graph: &Graph, node: usize, unit: Option<usize>) -> Result<Vec<Group>, Error> {
    let target = check(graph, node, unit)?;
    let width = graph.nodes[target].width;
    let units: Vec<usize> = unit.map_or_else(|| (0..width).collect(), |unit| vec![unit]);
    let mut listed = 0;
    let mut list = |gates: &[Gate]| {
        listed += gates.len();
        let too_long = || {
            format!(
                "Cannot list the gates upstream of layer \"{}\" unit by unit: more than 2^24",
                graph.nodes[node].name
            )
        };
        if listed > MOST_LISTED { Err(Error::range(too_long())) } else { Ok(()) }
    };
    let mut groups: Vec<Group> = Vec::new();
    if let Operation::Dense(dense) = &graph.nodes[target].operation {
        let Some(site) = own_columns(graph, dense) else {
            return Ok(vec![Group { gates: gates_above(graph, target, None), units }]);
        };
        // Units differ by their own columns of connections alone.
        let everything = gates_above(graph, dense.source, None);
        for unit in units {
            let column = (unit..graph.sites[site].len()).step_by(width).map(|gate| (site, gate));
            let gates: Vec<Gate> = everything.iter().copied().chain(column).collect();
            list(&gates)?;
            groups.push(Group { gates, units: vec![unit] });
        }
        return Ok(groups);
    }
    for unit in units {
        let gates = gates_above(graph, target, Some(unit));
        match groups.iter_mut().find(|group| group.gates == gates) {
            Some(group) => group.units.push(unit),
            None => {
                list(&gates)?;
                groups.push(Group { units: vec![unit], gates });
            }
        }
    }
    Ok(groups)
}

/// The node whose activities are meant, after making sure that it and the unit exist.
fn check(graph: &Graph, node: usize, unit: Option<usize>) -> Result<usize, Error> {
    if node >= graph.nodes.len() {
        return Err(Error::range(format!("Cannot find node {node}: the network has {}", graph.nodes.len())));
    }
    let target = graph.before_gates(node);
    let width = graph.nodes[target].width;
    match unit.filter(|unit| *unit >= width) {
        Some(unit) => Err(Error::range(format!(
            "Cannot select unit {unit} of layer \"{}\": it has {width} units, wanted 0 to {}",
            graph.nodes[node].name,
            width - 1
        ))),
        None => Ok(target),
    }
}

/// The site of connections that makes the units of a dense layer differ; a softmax layer has all of them for every unit.
fn own_columns(graph: &Graph, dense: &Dense) -> Option<usize> {
    dense.site.filter(|site| dense.activation != Activation::Softmax && graph.sites[*site].is_random())
}

/// The gates on any path that ends in `unit` of `target`, or in any of its units.
pub fn gates_above(graph: &Graph, target: usize, unit: Option<usize>) -> Vec<Gate> {
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
                let count = graph.sites[*site].len();
                for unit in (0..units.len()).filter(|&unit| units[unit]) {
                    gates.push((*site, unit % count));
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
            Operation::Fixed(fixed) => {
                if fixed.activation() == Some(Activation::Softmax) {
                    let groups = units.chunks_exact_mut(graph.channels(index));
                    groups.filter(|group| group.contains(&true)).for_each(|group| group.fill(true));
                }
                for unit in (0..units.len()).filter(|&unit| units[unit]) {
                    fixed.reads(unit, &mut |source, place| needed[source][place] = true);
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
    gates.dedup(); // a gate of a channel is met at every place
    gates
}
