//! Which gates a unit depends on: only those are enumerated (THEORY §4.1: those of earlier layers, never its own).
//!
//! The question is structural: a gate counts when a path leads from it to the unit, whatever the weights on the path,
//! and when it can be dropped at all (`rate > 0`). A connection gate lies on the paths of its own column alone.

use crate::activation::Activation;
use crate::error::Error;
use crate::network::{Dense, Graph, Operation};
use std::collections::BTreeMap;

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

/// Groups that cost the same: with as many units, and as many gates at each site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// How many there are.
    pub groups: usize,
    /// The first of them.
    pub like: Group,
}

impl Class {
    /// Units of each group.
    pub fn units(&self) -> usize {
        self.like.units.len()
    }

    /// Gates of each group.
    pub fn gates(&self) -> usize {
        self.like.gates.len()
    }
}

/// Gates in all groups together, at most: a list of them is held while a run lasts.
const MOST_LISTED: usize = 1 << 24;

/// What [`groups`] returns, those that cost the same as one: what a plan needs.
///
/// # Errors
/// As [`groups`], but for layers of connection gates, whose units are alike and of which one is listed.
pub fn classes(graph: &Graph, node: usize, unit: Option<usize>) -> Result<Vec<Class>, Error> {
    let target = check(graph, node, unit)?;
    if let Operation::Dense(dense) = &graph.nodes[target].operation
        && own_columns(graph, dense).is_some()
    {
        let units = if unit.is_some() { 1 } else { graph.nodes[target].width };
        let first = groups(graph, node, unit.or(Some(0)))?;
        return Ok(first.into_iter().map(|like| Class { groups: units, like }).collect());
    }
    let mut classes: Vec<Class> = Vec::new();
    let mut places = BTreeMap::new();
    for group in groups(graph, node, unit)? {
        let by_site: Vec<(usize, usize)> =
            group.gates.chunk_by(|x, y| x.0 == y.0).map(|gates| (gates[0].0, gates.len())).collect();
        let place = *places.entry((group.units.len(), by_site)).or_insert(classes.len());
        match classes.get_mut(place) {
            Some(class) => class.groups += 1,
            None => classes.push(Class { groups: 1, like: group }),
        }
    }
    Ok(classes)
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
    let mut places: BTreeMap<Vec<Gate>, usize> = BTreeMap::new();
    for unit in units {
        let gates = gates_above(graph, target, Some(unit));
        match places.get(&gates) {
            Some(&place) => groups[place].units.push(unit),
            None => {
                list(&gates)?;
                places.insert(gates.clone(), groups.len());
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

/// Units of a node that are needed.
#[derive(Clone, Debug)]
enum Needed {
    /// These, in any order and more than once.
    Some(Vec<usize>),
    All,
}

impl Needed {
    fn add(&mut self, unit: usize) {
        if let Self::Some(units) = self {
            units.push(unit);
        }
    }

    /// Each once, of a node of this width.
    fn list(self, width: usize) -> Vec<usize> {
        match self {
            Self::All => (0..width).collect(),
            Self::Some(mut units) => {
                units.sort_unstable();
                units.dedup();
                units
            }
        }
    }
}

/// The gates on any path that ends in `unit` of `target`, or in any of its units.
///
/// Cost: what is needed of each node, so that one unit of a convolution costs its window.
pub fn gates_above(graph: &Graph, target: usize, unit: Option<usize>) -> Vec<Gate> {
    let mut needed = vec![Needed::Some(Vec::new()); target + 1];
    let mut gates = Vec::new();
    needed[target] = unit.map_or(Needed::All, |unit| Needed::Some(vec![unit]));
    for index in (0..=target).rev() {
        let width = graph.nodes[index].width;
        let mut units = core::mem::replace(&mut needed[index], Needed::Some(Vec::new())).list(width);
        if units.is_empty() {
            continue;
        }
        match &graph.nodes[index].operation {
            Operation::Input => {}
            Operation::Dense(dense) => {
                if dense.activation == Activation::Softmax {
                    units = (0..width).collect();
                }
                if let Some(site) = dense.site {
                    let inputs = graph.sites[site].len() / width;
                    let columns = (0..inputs).flat_map(|input| units.iter().map(move |unit| input * width + unit));
                    gates.extend(columns.map(|gate| (site, gate)));
                }
                needed[dense.source] = Needed::All;
            }
            Operation::Dropout { source, site } => {
                let count = graph.sites[*site].len();
                for unit in units {
                    gates.push((*site, unit % count));
                    needed[*source].add(unit);
                }
            }
            Operation::Concat { sources } => {
                let mut first = 0;
                for &source in sources {
                    let behind = first + graph.nodes[source].width;
                    let own = units.iter().filter(|unit| (first..behind).contains(unit));
                    own.for_each(|unit| needed[source].add(unit - first));
                    first = behind;
                }
            }
            Operation::Fixed(fixed) => {
                if fixed.activation() == Some(Activation::Softmax) {
                    let channels = graph.channels(index);
                    units.iter_mut().for_each(|unit| *unit /= channels);
                    units.dedup();
                    units = units.iter().flat_map(|group| group * channels..(group + 1) * channels).collect();
                }
                for unit in units {
                    fixed.reads(unit, &mut |source, place| needed[source].add(place));
                }
            }
            Operation::Add { sources } => {
                for &source in sources {
                    units.iter().for_each(|&unit| needed[source].add(unit));
                }
            }
        }
    }
    gates.retain(|&(site, gate)| graph.sites[site].rate(gate) > 0.0);
    gates.sort_unstable();
    gates.dedup(); // a gate of a channel is met at every place
    gates
}
