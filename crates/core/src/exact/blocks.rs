//! A walk through all subnetworks of some gates, many at a time, on any graph.
//!
//! The simple walk ([`crate::exact::reference`]) computes every node for each mask. Here:
//!
//! * the gates of each site are a *level*, in topological order, and a node belongs to the deepest level that changes
//!   it; nodes of outer levels are computed once for each of their own masks (THEORY: nested enumeration);
//! * the masks of the innermost level come in blocks of [`LANES`], the first six of its gates running through a block,
//!   and every value is `LANES` numbers side by side, over which all loops run;
//! * a dense layer that reads the innermost gates directly is `S = A + B`: `B` a table over the six gates, `A` a sum over
//!   the others, held as a stack of partial sums of which a step of the counter renews two on average. Each `S` is one
//!   sum over the gates in a fixed order, so no rounding builds up and nothing is refreshed;
//! * of a logistic or tanh layer over `A + B` the exponential is the product of two (THEORY: split tables).

mod level;
mod split;

use crate::activation::Activation;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Gate;
use crate::network::{Graph, Network, Operation};
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

    /// Masks from this block on.
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
        let Some(inner) = &self.inner else { return };
        for split in &self.splits {
            split.evaluate(&mut self.values[split.node]);
        }
        // A dense layer over such a one comes after all of them: tables read the gates alone.
        for index in 0..self.rest.len() {
            let node = self.rest[index];
            let mut values = core::mem::take(&mut self.values[node]);
            match &graph.nodes[node].operation {
                Operation::Input => {}
                Operation::Dropout { source, site } if *site == inner.site => {
                    for (unit, lanes) in values.iter_mut().enumerate() {
                        let value = self.subnetwork.values[*source][unit];
                        let open = value * self.subnetwork.factors[*site][unit];
                        let kept = value * graph.sites[*site].kept_factor(unit);
                        let place = inner.gates.iter().position(|gate| *gate == unit);
                        for (lane, to) in lanes.iter_mut().enumerate() {
                            *to = place.map_or(open, |place| if inner.keeps(place, lane) { kept } else { 0.0 });
                        }
                    }
                }
                Operation::Dropout { source, site } => {
                    for (unit, lanes) in values.iter_mut().enumerate() {
                        let factor = self.subnetwork.factors[*site][unit];
                        self.add(*source, unit, factor, lanes, true);
                    }
                }
                Operation::Concat { sources } => {
                    let units = sources
                        .iter()
                        .flat_map(|&source| (0..graph.nodes[source].width).map(move |unit| (source, unit)));
                    for (lanes, (source, unit)) in values.iter_mut().zip(units) {
                        self.add(source, unit, 1.0, lanes, true);
                    }
                }
                Operation::Add { sources } => {
                    for (unit, lanes) in values.iter_mut().enumerate() {
                        for (place, &source) in sources.iter().enumerate() {
                            self.add(source, unit, 1.0, lanes, place == 0);
                        }
                    }
                }
                Operation::Dense(dense) => {
                    let (kernel, units) = (&network.parameters[dense.kernel], values.len());
                    for (unit, lanes) in values.iter_mut().enumerate() {
                        lanes.fill(dense.bias.map_or(0.0, |bias| network.parameters[bias][unit].into()));
                        for input in 0..graph.nodes[dense.source].width {
                            let gate = input * units + unit;
                            let factor = dense.site.map_or(1.0, |site| self.subnetwork.factors[site][gate]);
                            self.add(dense.source, input, f64::from(kernel[gate]) * factor, lanes, false);
                        }
                    }
                    activate(dense.activation, &mut values);
                }
            }
            self.values[node] = values;
        }
    }

    /// Adds `factor · O` of one unit to `lanes`, or puts it there.
    fn add(&self, node: usize, unit: usize, factor: f64, lanes: &mut Lanes, is_first: bool) {
        if is_first {
            lanes.fill(0.0);
        }
        match self.unit(node, unit) {
            Ok(values) => lanes.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value),
            Err(value) => lanes.iter_mut().for_each(|sum| *sum += factor * value),
        }
    }
}

/// The activities of a layer from its pre-activations, mask by mask.
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
        let products = |node: usize| match graph.dense(node) {
            Some(dense) if !is_split(node) => graph.parameters[dense.kernel].shape.iter().product(),
            _ => graph.nodes[node].width,
        };
        seconds += masks * level.nodes.iter().map(|&node| products(node) as f64).sum::<f64>() * SECONDS_PER_LANE;
    }
    seconds
}
