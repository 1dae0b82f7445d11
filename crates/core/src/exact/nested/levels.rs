//! The levels of an enumeration: which nodes the gates of each site are the last to change, and which gates vary where.

use super::BLOCK;
use crate::exact::upstream::{Gate, Group};
use crate::network::{Graph, Operation};

/// Values of a level held at once, about: more would leave the cache nearest but one.
const VALUES: usize = 1 << 18;
/// Lanes of a block, at least, however wide the level.
const FEWEST: usize = 64;
/// Gates that a block goes through before it takes more masks of the levels above.
pub const BLOCK_GATES: u32 = 6;

/// The gates of one site and the nodes that follow them.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The node that has the site.
    pub owner: usize,
    /// Commonest rates first, equal rates side by side.
    pub gates: Vec<Gate>,
    /// What this level changes and no deeper one, in topological order.
    pub nodes: Vec<usize>,
}

/// The levels of a group, its sites in topological order, with the nodes that `targets` need.
pub fn outline(graph: &Graph, targets: &[usize], group: &Group) -> Vec<Outline> {
    let mut sites: Vec<usize> = group.gates.iter().map(|gate| gate.0).collect();
    sites.dedup();
    let needed = graph.ancestors(targets);
    let mut depths: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate().filter(|(index, _)| needed[*index]) {
        let own = node.operation.site().and_then(|site| sites.iter().position(|other| *other == site));
        depths[index] = node.operation.sources().iter().map(|&source| depths[source]).max().flatten().max(own);
    }
    let level = |(depth, &site): (usize, &usize)| {
        let nodes: Vec<usize> = (0..depths.len()).filter(|&node| depths[node] == Some(depth)).collect();
        // A site feeds a target, so its node is there.
        let owner = nodes.iter().copied().find(|&node| graph.nodes[node].operation.site() == Some(site))?;
        let gates = arranged(graph, group.gates.iter().filter(|gate| gate.0 == site).copied().collect());
        Some(Outline { owner, gates, nodes })
    };
    sites.iter().enumerate().filter_map(level).collect()
}

fn arranged(graph: &Graph, mut gates: Vec<Gate>) -> Vec<Gate> {
    let rate = |gate: &Gate| graph.sites[gate.0].rate(gate.1);
    let given = gates.clone();
    let alike = |gate: &Gate| given.iter().filter(|other| rate(other) == rate(gate)).count();
    gates.sort_by(|x, y| alike(y).cmp(&alike(x)).then(rate(x).total_cmp(&rate(y))).then(x.cmp(y)));
    gates
}

/// How a level is cut: masks of the levels above that it takes at once, and gates of its own that vary within a block.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// A power of two, at least 2.
    pub lanes: usize,
    /// The first `low` gates vary within a block, the others from block to block.
    pub low: usize,
}

impl Cut {
    /// Of a level with `gates` gates to vary that holds `values` units of a block, below one whose blocks have `above` lanes.
    pub fn new(above: usize, gates: usize, values: usize) -> Self {
        let most = (VALUES / values.max(1)).max(1).ilog2().clamp(FEWEST.ilog2(), BLOCK.ilog2());
        let lanes = (above.ilog2()).min(most - (gates as u32).min(BLOCK_GATES).min(most - 1));
        Self { lanes: 1 << lanes, low: gates.min((most - lanes) as usize) }
    }

    /// Lanes of a block.
    pub fn block(&self) -> usize {
        self.lanes << self.low
    }
}

/// Whether the pre-activations of a node, or its values, are weighted sums of units of the levels above, gated or not.
pub fn is_affine(graph: &Graph, level: &Outline, node: usize) -> bool {
    match &graph.nodes[node].operation {
        Operation::Dense(dense) => {
            node == level.owner || (!has_gates(graph, dense.site) && is_copy(graph, level, dense.source))
        }
        Operation::Fixed(fixed) => fixed.is_sum() && reads_copies(graph, level, node),
        _ => is_copy(graph, level, node),
    }
}

fn has_gates(graph: &Graph, site: Option<usize>) -> bool {
    site.is_some_and(|site| graph.sites[site].is_random())
}

/// Whether a node holds units of the levels above as they are, gated or not: the gated node and what only arranges it.
fn is_copy(graph: &Graph, level: &Outline, node: usize) -> bool {
    match &graph.nodes[node].operation {
        Operation::Dropout { .. } => node == level.owner,
        Operation::Concat { .. } | Operation::Add { .. } => reads_copies(graph, level, node),
        Operation::Fixed(fixed) => fixed.is_arrangement() && reads_copies(graph, level, node),
        _ => false,
    }
}

fn reads_copies(graph: &Graph, level: &Outline, node: usize) -> bool {
    let mut sources = graph.nodes[node].operation.sources().iter();
    sources.all(|&source| level.nodes.binary_search(&source).is_err() || is_copy(graph, level, source))
}
