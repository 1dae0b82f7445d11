//! A walk through all subnetworks of some gates, many at a time, on any graph.
//!
//! The simple walk ([`crate::exact::reference`]) computes every node for each mask. Here:
//!
//! * the gates of each site are a *level*, in topological order, and a node belongs to the deepest level that changes
//!   it; nodes of outer levels are computed once for each of their own masks (THEORY §4.2);
//! * the masks of the innermost level come in blocks of [`LANES`], the first six of its gates running through a block,
//!   and every value is `LANES` numbers side by side, over which all loops run;
//! * a dense layer that reads the innermost gates directly is `S = A + B`: `B` a table over the six gates, `A` a sum over
//!   the others, held as a stack of partial sums of which a step of the counter renews two on average. Each `S` is one
//!   sum over the gates in a fixed order, so no rounding builds up and nothing is refreshed;
//! * of a logistic or tanh layer over `A + B` the exponential is the product of two (THEORY §4.3).

mod level;
mod split;

use crate::activation::Activation;
use crate::exact::plan::products;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Gate;
use crate::network::{Graph, Network, Operation};
use crate::ops::Fixed;
use level::Level;
use split::Split;

/// Masks of a block.
pub const LANES: usize = 1 << LOW;
/// Gates that run through a block.
const LOW: usize = 6;

/// One number for each mask of a block.
pub type Lanes = [f64; LANES];

/// The subnetworks of the block at hand.
#[derive(Clone, Debug)]
pub struct Blocks {
    subnetwork: Subnetwork,
    levels: Vec<Level>,        // but the innermost
    inner: Option<Level>,      // the innermost, of which the nodes below are
    splits: Vec<Split>,        // its dense nodes that read its gates
    late: Vec<bool>,           // by split: whether its units are computed when they are asked for
    rest: Vec<usize>,          // its other nodes, in topological order
    values: Vec<Vec<Lanes>>,   // by node of the innermost level, [width]
    probabilities: Box<Lanes>, // of the low gates
    weight: f64,               // of the gates that the block holds
    left: u64,                 // masks from this block on
}

impl Blocks {
    /// The first block of a walk over the at most 62 `gates`, for the nodes `wanted`, none of which another random gate
    /// may change; `deterministic` is the pass with every gate at its mean.
    pub fn new(network: &Network, wanted: &[usize], gates: &[Gate], deterministic: &Subnetwork) -> Self {
        let graph = &network.graph;
        let mut levels = level::levels(graph, wanted, gates);
        let inner = levels.pop();
        let nodes = inner.as_ref().map_or(&[][..], |inner| &inner.nodes);
        let splits: Vec<Split> = inner.iter().flat_map(|inner| Split::all(graph, inner)).collect();
        let is_split = |node: &usize| splits.iter().any(|split| split.node == *node);
        // The gated units themselves are wanted by whoever does not read them through a table.
        let is_read = |node: usize| {
            let reads =
                |reader: &&usize| graph.nodes[**reader].operation.sources().contains(&node) && !is_split(reader);
            wanted.contains(&node) || nodes.iter().any(|reader| reads(&reader))
        };
        let rest = nodes.iter().copied().filter(|node| !is_split(node) && is_read(*node)).collect::<Vec<_>>();
        let mut values = vec![Vec::new(); graph.nodes.len()];
        for &node in rest.iter().chain(splits.iter().map(|split| &split.node)) {
            values[node] = vec![[0.0; LANES]; graph.nodes[node].width];
        }
        let mut blocks = Self {
            subnetwork: deterministic.clone(),
            levels,
            late: vec![false; splits.len()],
            probabilities: Box::new(inner.as_ref().map_or_else(level::certain, |inner| inner.low_probabilities(graph))),
            inner,
            splits,
            rest,
            values,
            weight: 1.0,
            left: 1 << gates.len(),
        };
        for (site, gate) in gates {
            blocks.subnetwork.factors[*site][*gate] = 0.0;
        }
        blocks.restart(network, 0);
        blocks
    }

    /// The same, but computes units that no other node reads when [`Blocks::lanes`] asks for them: while they are used, they are
    /// in the nearest cache. [`Blocks::unit`] does not have them.
    pub fn late(self, graph: &Graph) -> Self {
        let reads =
            |split: &Split| self.rest.iter().any(|&node| graph.nodes[node].operation.sources().contains(&split.node));
        let late = self.splits.iter().map(|split| split.is_unit_by_unit() && !reads(split)).collect();
        Self { late, ..self }
    }

    /// One unit of a wanted node in every mask of this block; `room` is for one that is computed now, or is the same in all.
    pub fn lanes<'a>(&'a self, node: usize, unit: usize, room: &'a mut Lanes) -> &'a Lanes {
        let late = self.splits.iter().zip(&self.late).find(|(split, late)| **late && split.node == node);
        if let Some((split, _)) = late {
            split.evaluate_unit(unit, room);
            return room;
        }
        self.unit(node, unit).unwrap_or_else(|value| {
            room.fill(value);
            room
        })
    }

    /// Masks from this block on.
    #[cfg(test)]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// How many masks this block has; its other lanes are of probability 0.
    pub fn masks(&self) -> usize {
        self.inner.as_ref().map_or(1, |inner| 1 << inner.gates.len().min(LOW))
    }

    /// The probability of each mask of this block.
    pub fn probability(&self, lane: usize) -> f64 {
        self.weight * self.probabilities[lane]
    }

    /// One unit of a wanted node in every mask of this block, or its one value in all of them.
    pub fn unit(&self, node: usize, unit: usize) -> Result<&Lanes, f64> {
        self.values[node].get(unit).ok_or_else(|| self.subnetwork.values[node][unit])
    }

    /// Moves to the next block; there is none after the last.
    pub fn advance(&mut self, network: &Network) {
        self.left -= self.masks() as u64;
        if self.left == 0 {
            return;
        }
        let Some(inner) = &mut self.inner else { return };
        if let Some(changed) = inner.count(LOW) {
            self.splits.iter_mut().for_each(|split| split.renew(inner, changed));
            self.compute(network);
            return;
        }
        // The innermost level is through: the deepest of the others that has a mask left takes it.
        let mut depth = self.levels.len() - 1;
        while self.levels[depth].count(0).is_none() {
            depth -= 1;
        }
        self.restart(network, depth);
    }

    /// Moves to the block of mask number `mask`, in the order of [`Blocks::advance`].
    pub fn place(&mut self, network: &Network, mask: u64) {
        let all: usize = self.levels.iter().chain(&self.inner).map(|level| level.gates.len()).sum();
        self.left = (1 << all) - mask;
        let mut rest = mask;
        for level in self.inner.iter_mut().chain(self.levels.iter_mut().rev()) {
            rest = level.set(rest);
        }
        self.restart(network, 0);
    }

    /// Computes the levels from `depth` on from scratch.
    fn restart(&mut self, network: &Network, depth: usize) {
        for level in &mut self.levels[depth..] {
            level.set_factors(&network.graph, &mut self.subnetwork);
            level.nodes.iter().for_each(|&node| self.subnetwork.compute(network, node));
        }
        if let Some(inner) = &self.inner {
            self.splits.iter_mut().for_each(|split| split.restart(network, inner, &mut self.subnetwork));
        }
        self.compute(network);
    }

    /// Computes the innermost level in the masks of this block.
    fn compute(&mut self, network: &Network) {
        let graph = &network.graph;
        let probability = |level: &Level, first: usize| level.probability(graph, first);
        let outer: f64 = self.levels.iter().map(|level| probability(level, 0)).product();
        self.weight = outer * self.inner.as_ref().map_or(1.0, |inner| probability(inner, LOW));
        for (split, _) in self.splits.iter().zip(&self.late).filter(|(_, late)| !**late) {
            split.evaluate(&mut self.values[split.node]);
        }
        // What reads such a layer comes after all of them: their tables read the gates alone.
        for index in 0..self.rest.len() {
            let node = self.rest[index];
            let mut values = core::mem::take(&mut self.values[node]);
            match &graph.nodes[node].operation {
                Operation::Fixed(fixed) if !fixed.is_sum() => self.mask_by_mask(network, fixed, &mut values),
                operation => self.sums(network, operation, &mut values),
            }
            if let Some(activation) = graph.activation(node) {
                values.chunks_exact_mut(graph.channels(node)).for_each(|group| activate(activation, group));
            }
            self.values[node] = values;
        }
    }

    /// The units of a node before its activation, where each is a sum.
    fn sums(&self, network: &Network, operation: &Operation, values: &mut [Lanes]) {
        let graph = &network.graph;
        let units = values.len();
        for (unit, lanes) in values.iter_mut().enumerate() {
            lanes.fill(0.0);
            match operation {
                Operation::Input => {}
                Operation::Dropout { source, site } => {
                    let gate = unit % graph.sites[*site].len();
                    match self.inner.as_ref().and_then(|inner| inner.place(*site, gate).map(|place| (inner, place))) {
                        Some((inner, place)) => {
                            let kept = self.subnetwork.values[*source][unit] * graph.sites[*site].kept_factor(gate);
                            for (lane, to) in lanes.iter_mut().enumerate() {
                                *to = if inner.keeps(place, lane) { kept } else { 0.0 };
                            }
                        }
                        None => self.add(*source, unit, self.subnetwork.factors[*site][gate], lanes),
                    }
                }
                Operation::Concat { sources } => {
                    let mut place = unit;
                    for &source in sources {
                        let width = graph.nodes[source].width;
                        if place < width {
                            self.add(source, place, 1.0, lanes);
                            break;
                        }
                        place -= width;
                    }
                }
                Operation::Add { sources } => sources.iter().for_each(|&source| self.add(source, unit, 1.0, lanes)),
                Operation::Dense(dense) => {
                    let kernel = &network.parameters[dense.kernel];
                    lanes.fill(dense.bias.map_or(0.0, |bias| network.parameters[bias][unit].into()));
                    for input in 0..graph.nodes[dense.source].width {
                        let gate = input * units + unit;
                        let factor = dense.site.map_or(1.0, |site| self.subnetwork.factors[site][gate]);
                        self.add(dense.source, input, f64::from(kernel[gate]) * factor, lanes);
                    }
                }
                Operation::Fixed(fixed) => {
                    lanes.fill(fixed.constant(network, unit));
                    fixed.terms(network, unit, &mut |source, place, weight| self.add(source, place, weight, lanes));
                }
            }
        }
    }

    /// The units of a node that is no sum.
    fn mask_by_mask(&mut self, network: &Network, fixed: &Fixed, values: &mut [Lanes]) {
        let mut output = vec![0.0; values.len()];
        for lane in 0..LANES {
            for &source in &fixed.sources {
                let from = &self.values[source];
                let to = self.subnetwork.values[source].iter_mut().zip(from);
                to.for_each(|(value, lanes)| *value = lanes[lane]);
            }
            fixed.compute(network, &self.subnetwork.values, &mut output);
            values.iter_mut().zip(&output).for_each(|(lanes, value)| lanes[lane] = *value);
        }
    }

    /// Adds `factor · O` of one unit to `lanes`.
    fn add(&self, node: usize, unit: usize, factor: f64, lanes: &mut Lanes) {
        match self.unit(node, unit) {
            Ok(values) => lanes.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value),
            Err(value) => lanes.iter_mut().for_each(|sum| *sum += factor * value),
        }
    }
}

/// The activities of units from their pre-activations; a softmax is over all of them, mask by mask.
fn activate(activation: Activation, values: &mut [Lanes]) {
    if activation != Activation::Softmax {
        values.iter_mut().for_each(|lanes| activation.apply_double(lanes));
        return;
    }
    let mut group = vec![0.0; values.len()];
    for lane in 0..LANES {
        group.iter_mut().zip(&*values).for_each(|(unit, lanes)| *unit = lanes[lane]);
        activation.apply_double(&mut group);
        values.iter_mut().zip(&group).for_each(|(lanes, unit)| lanes[lane] = *unit);
    }
}

/// Seconds of one unit in one mask of a block: a table read, an activation, a moment or two.
const SECONDS_PER_LANE: f64 = 1e-9;

/// An estimate of the seconds of a walk.
pub fn seconds(graph: &Graph, wanted: &[usize], gates: &[Gate]) -> f64 {
    let levels = level::levels(graph, wanted, gates);
    let (mut seconds, mut masks) = (0.0, 1.0);
    for (depth, level) in levels.iter().enumerate() {
        masks *= (level.gates.len() as f64).exp2();
        let is_split = |node: usize| depth + 1 == levels.len() && Split::applies(graph, level, node);
        let work = |node: usize| if is_split(node) { graph.nodes[node].width } else { products(graph, node) };
        seconds += masks * level.nodes.iter().map(|&node| work(node) as f64).sum::<f64>() * SECONDS_PER_LANE;
    }
    seconds
}
