//! Nested enumeration: gates site by site, in Gray order within a site, on any graph.
//!
//! The simple walk ([`crate::exact::reference`]) computes every node anew for each mask. Here the gates of each site are
//! a *level*, in topological order, and each node belongs to the deepest level that changes it. A step flips one gate of
//! the innermost level; only when that level has been through all its masks does the one above it take a step. So:
//!
//! * nodes of outer levels are computed `2^(gates up to their level)` times and not `2^n` times;
//! * successive masks of a level differ in one gate, so a dense layer that reads the site directly changes by one row of
//!   its kernel: `O(units)` a mask instead of `O(inputs · units)`;
//! * rounding of these updates does not build up: a level is computed from scratch whenever a level above it has moved,
//!   and otherwise every [`REFRESH`] flips.
//!
//! A skip connection needs no care: what it makes depend on an outer site belongs to the deeper of its levels.
//! Sums run plainly over [`BLOCK`] masks and with compensation over blocks.

use crate::exact::layer_sums::LayerSums;
use crate::exact::plan::products;
use crate::exact::rounding::error_bound;
use crate::exact::statistics::RowStatistics;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Group;
use crate::network::{Graph, Network, Operation};

/// Flips after which the innermost level is computed from scratch.
const REFRESH: u64 = 256;
/// Masks that are summed without compensation: their error, `BLOCK` roundings, is in the error bound.
const BLOCK: u64 = 64;
/// Gates whose joint probabilities are one table.
const TABLE_GATES: usize = 12;

/// A walk over the masks of one row and group, advanced step by step; steps never change a bit.
#[derive(Clone, Debug)]
pub struct Nested {
    subnetwork: Subnetwork,
    levels: Vec<Level>,
    count: u64, // masks taken
    masks: u64,
    sums: LayerSums,
    error_bound: f64,
}

/// The gates of one site and the nodes that follow them.
#[derive(Clone, Debug)]
struct Level {
    site: usize,
    flips: Vec<Flip>,
    nodes: Vec<usize>,      // that this level changes and no deeper one, in topological order
    after_flip: Vec<usize>, // those of them that a flip computes anew
    updated: Vec<usize>,    // dense nodes whose pre-activations a flip updates in place
    position: u64,          // in Gray order
    mask: u64,              // 1 = kept
    weight: f64,            // probability of the masks of the levels above this one
    tables: Vec<Vec<f64>>,  // probabilities of the masks of each TABLE_GATES gates
}

/// What one gate changes.
#[derive(Clone, Debug)]
struct Flip {
    gate: usize,
    kept_factor: f64,
    what: Change,
}

#[derive(Clone, Debug)]
enum Change {
    /// A unit: where its value is held, and the rows of the kernels that read it.
    Unit { source: usize, unit: usize, values: Vec<(usize, usize)>, rows: Vec<(usize, usize)> },
    /// A weight of a dense node.
    Weight { node: usize, input: usize, unit: usize },
}

impl Nested {
    /// A walk from `deterministic`, the pass with every gate at its mean, over the at most 62 gates of `group`.
    pub fn new(network: &Network, group: &Group, x: &[f32], deterministic: &Subnetwork) -> Self {
        let target = deterministic.target();
        let centers = &deterministic.values[target];
        // A plain sum of a block adds a rounding for each mask, an update in place one for each flip since the refresh.
        let bound = error_bound(network, target, group.gates.len() + BLOCK as usize, x);
        let levels = levels(&network.graph, target, group);
        let flips = levels.last().map_or(0.0, |level| (level.flips.len() as f64).exp2().min(REFRESH as f64));
        let error_bound = bound * (1.0 + flips / 8.0);
        let mut walk = Self {
            subnetwork: deterministic.clone(),
            levels,
            count: 0,
            masks: 1 << group.gates.len(),
            sums: LayerSums::new(network, target, centers),
            error_bound,
        };
        for level in &walk.levels {
            level.flips.iter().for_each(|flip| walk.subnetwork.factors[level.site][flip.gate] = 0.0);
        }
        walk.refresh(network, 0);
        walk
    }

    /// Masks left.
    pub fn remaining(&self) -> f64 {
        (self.masks - self.count) as f64
    }

    /// Takes up to `masks` more; returns how many it took.
    pub fn step(&mut self, network: &Network, masks: u64) -> u64 {
        let taken = masks.min(self.masks - self.count);
        for _ in 0..taken {
            let p = self.levels.last().map_or(1.0, |level| level.weight * level.probability());
            self.sums.add(p, &self.subnetwork);
            self.count += 1;
            if self.count.is_multiple_of(BLOCK) || self.count == self.masks {
                self.sums.close();
            }
            if self.count < self.masks {
                self.advance(network);
            }
        }
        taken
    }

    /// The statistics of the group's units, after the last mask.
    pub fn finish(&self, group: &Group) -> RowStatistics {
        self.sums.finish(&group.units, self.error_bound)
    }

    /// Moves to the next mask: the deepest level that has one left takes it, those below it start again.
    fn advance(&mut self, network: &Network) {
        let last = self.levels.len() - 1;
        let mut depth = last;
        while self.levels[depth].position + 1 == 1 << self.levels[depth].flips.len() {
            // Its Gray walk ends; it goes on from the mask at which it stands, which saves a reset.
            self.levels[depth].position = 0;
            depth -= 1;
        }
        let flip = self.levels[depth].advance();
        if depth == last && !self.levels[last].position.is_multiple_of(REFRESH) {
            self.update(network, flip);
        } else {
            let level = &self.levels[depth];
            let Flip { gate, kept_factor, .. } = level.flips[flip];
            let kept = level.mask >> flip & 1 == 1;
            self.subnetwork.factors[level.site][gate] = if kept { kept_factor } else { 0.0 };
            self.refresh(network, depth);
        }
    }

    /// Computes the nodes of `depth` and below from scratch.
    fn refresh(&mut self, network: &Network, depth: usize) {
        for index in depth..self.levels.len() {
            if index > 0 {
                let above = &self.levels[index - 1];
                self.levels[index].weight = above.weight * above.probability();
            }
            for &node in &self.levels[index].nodes {
                self.subnetwork.compute(network, node);
            }
        }
    }

    /// Flips a gate of the innermost level in place.
    fn update(&mut self, network: &Network, flip: usize) {
        let Some(level) = self.levels.last() else { return };
        let Flip { gate, kept_factor, what } = &level.flips[flip];
        let kept = level.mask >> flip & 1 == 1;
        self.subnetwork.factors[level.site][*gate] = if kept { *kept_factor } else { 0.0 };
        let sign = if kept { *kept_factor } else { -kept_factor };
        match what {
            Change::Unit { source, unit, values, rows } => {
                let change = sign * self.subnetwork.values[*source][*unit];
                values.iter().for_each(|&(node, unit)| self.subnetwork.values[node][unit] += change);
                rows.iter().for_each(|&(node, row)| self.subnetwork.add_row(network, node, row, change));
            }
            Change::Weight { node, input, unit } => self.subnetwork.add_weight(network, *node, *input, *unit, sign),
        }
        level.updated.iter().for_each(|&node| self.subnetwork.activate(network, node));
        level.after_flip.iter().for_each(|&node| self.subnetwork.compute(network, node));
    }
}

impl Level {
    /// Takes the next mask in Gray order; returns which gate flipped.
    fn advance(&mut self) -> usize {
        self.position += 1;
        let flip = self.position.trailing_zeros() as usize;
        self.mask ^= 1 << flip;
        flip
    }

    fn probability(&self) -> f64 {
        let tables = self.tables.iter().enumerate();
        tables.map(|(index, table)| table[(self.mask >> (index * TABLE_GATES)) as usize & (table.len() - 1)]).product()
    }
}

/// Multiply-adds and activations of a whole walk, for the estimate of its cost.
pub fn work(graph: &Graph, target: usize, group: &Group) -> (f64, f64) {
    let levels = levels(graph, target, group);
    let curved = |node: usize| if graph.activation(node).is_some() { graph.nodes[node].width as f64 } else { 0.0 };
    let (mut total, mut activations, mut masks) = (0.0, 0.0, 1.0);
    for (depth, level) in levels.iter().enumerate() {
        masks *= (level.flips.len() as f64).exp2();
        let innermost = depth + 1 == levels.len();
        let whole: f64 = level.nodes.iter().map(|&node| products(graph, node) as f64).sum();
        let after: f64 = level.after_flip.iter().map(|&node| products(graph, node) as f64).sum();
        let rows: f64 = level.updated.iter().map(|&node| graph.nodes[node].width as f64).sum();
        let refreshes = masks / (level.flips.len() as f64).exp2().min(REFRESH as f64);
        total += if innermost { masks * (rows + after) + refreshes * whole } else { masks * whole };
        activations += masks * level.nodes.iter().map(|&node| curved(node)).sum::<f64>();
    }
    (total, activations)
}

/// The levels of a group: its sites in topological order, each with the nodes that it is the deepest to change.
fn levels(graph: &Graph, target: usize, group: &Group) -> Vec<Level> {
    let mut sites: Vec<usize> = group.gates.iter().map(|gate| gate.0).collect();
    sites.dedup();
    let needed = graph.ancestors(&[target]);
    let mut depths: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate().filter(|(index, _)| needed[*index]) {
        let own = node.operation.site().and_then(|site| sites.iter().position(|other| *other == site));
        depths[index] = node.operation.sources().iter().map(|&source| depths[source]).max().flatten().max(own);
    }
    let mut levels: Vec<Level> = Vec::new();
    for (depth, &site) in sites.iter().enumerate() {
        let nodes: Vec<usize> = (0..depths.len()).filter(|&node| depths[node] == Some(depth)).collect();
        let Some(owner) = nodes.iter().copied().find(|&node| graph.nodes[node].operation.site() == Some(site)) else {
            continue; // A site feeds the target, so its node is there.
        };
        let copies = copies(graph, owner, &nodes);
        let updated: Vec<usize> =
            nodes.iter().copied().filter(|&node| is_updated(graph, node, owner, &copies)).collect();
        let in_place = |node: &usize| copies.contains(node) || updated.contains(node);
        let gates = group.gates.iter().filter(|gate| gate.0 == site);
        let flips: Vec<Flip> = gates.map(|&(_, gate)| flip(graph, site, gate, owner, &copies, &updated)).collect();
        levels.push(Level {
            site,
            after_flip: nodes.iter().copied().filter(|node| !in_place(node)).collect(),
            nodes,
            updated,
            position: 0,
            mask: 0,
            weight: 1.0,
            tables: flips.chunks(TABLE_GATES).map(|flips| table(graph, site, flips)).collect(),
            flips,
        });
    }
    levels
}

/// The gated node and the concatenations and sums of this level that hold its units unchanged.
fn copies(graph: &Graph, owner: usize, nodes: &[usize]) -> Vec<usize> {
    let mut copies = Vec::new();
    for &node in nodes {
        let holds = match &graph.nodes[node].operation {
            // Where a gate has several units, a flip is no change of one of them: the layer is computed anew.
            Operation::Dropout { site, .. } => node == owner && graph.sites[*site].len() == graph.nodes[node].width,
            // Every source that this level changes has to be a copy itself: others change in all units at once.
            Operation::Concat { sources } | Operation::Add { sources } => {
                sources.iter().all(|source| copies.contains(source) || !nodes.contains(source))
            }
            _ => false,
        };
        if holds {
            copies.push(node);
        }
    }
    copies
}

/// Whether a flip changes the pre-activations of a dense node by one row of its kernel, or by one of its own weights.
fn is_updated(graph: &Graph, node: usize, owner: usize, copies: &[usize]) -> bool {
    graph.dense(node).is_some_and(|dense| node == owner || (dense.site.is_none() && copies.contains(&dense.source)))
}

fn flip(graph: &Graph, site: usize, gate: usize, owner: usize, copies: &[usize], updated: &[usize]) -> Flip {
    let what = match &graph.nodes[owner].operation {
        Operation::Dropout { source, .. } => {
            let mut values = if copies.contains(&owner) { vec![(owner, gate)] } else { Vec::new() };
            for &copy in copies.iter().filter(|&&copy| copy != owner) {
                let mut first = 0;
                for source in graph.nodes[copy].operation.sources() {
                    let held: Vec<usize> =
                        values.iter().filter(|(node, _)| node == source).map(|held| held.1).collect();
                    values.extend(held.into_iter().map(|unit| (copy, first + unit)));
                    if matches!(graph.nodes[copy].operation, Operation::Concat { .. }) {
                        first += graph.nodes[*source].width;
                    }
                }
            }
            let readers = updated.iter().filter_map(|&node| graph.dense(node).map(|dense| (node, dense.source)));
            let rows = readers.flat_map(|(node, source)| {
                values.iter().filter(move |held| held.0 == source).map(move |held| (node, held.1))
            });
            Change::Unit { source: *source, unit: gate, rows: rows.collect(), values }
        }
        _ => {
            let width = graph.nodes[owner].width;
            Change::Weight { node: owner, input: gate / width, unit: gate % width }
        }
    };
    Flip { gate, kept_factor: graph.sites[site].kept_factor(gate), what }
}

/// The probability of every mask of a few gates.
fn table(graph: &Graph, site: usize, flips: &[Flip]) -> Vec<f64> {
    let site = &graph.sites[site];
    let mut table = vec![1.0];
    for flip in flips {
        let kept: Vec<f64> = table.iter().map(|p| p * site.keep(flip.gate)).collect();
        table.iter_mut().for_each(|p| *p *= site.rate(flip.gate));
        table.extend(kept);
    }
    table
}
