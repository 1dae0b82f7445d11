//! Nested enumeration: gates site by site, many subnetworks at once, on any graph.
//!
//! The simple walk ([`crate::exact::reference`]) computes every node anew for each mask. Here the gates of each site are
//! a *level*, in topological order ([`levels`]), and each node belongs to the deepest level that changes it.
//!
//! 1. Nodes of outer levels are computed `2^(gates up to their level)` times and not `2^n` times.
//! 2. A level takes masks of the levels above as lanes of its *frame* and goes through its own masks in *blocks*,
//!    `[masks, lanes]`, everything in vectors over subnetworks ([`level`]).
//! 3. A dense layer over the gated units costs one addition a unit and mask: with one more gate kept, a pre-activation is
//!    what it was without, plus one weighted unit ([`terms`]). Each mask is as many additions from the start as it keeps
//!    gates: nothing builds up, and nothing has to be refreshed, as it would along a Gray code.
//! 4. A logistic unit needs no exponential for a mask, and a target hardly any logarithm ([`logistic`]).
//! 5. Moments are those of blocks about their own means, merged along a binary tree ([`crate::exact::weighted_moments`]). A long
//!    enumeration is summed in shares, so that others can compute some of them ([`shares`]).
//!
//! 6. One walk serves several layers ([`layer`]): those of outer levels are summed where their level is computed, once for each of
//!    their own masks.
//!
//! A skip connection needs no care: what it makes depend on an outer site belongs to the deeper of its levels.

mod activity;
mod frame;
mod layer;
mod level;
mod levels;
mod logistic;
mod reader;
mod shares;
mod sums;
mod target;
mod terms;

use crate::exact::plan::{Purpose, products};
use crate::exact::rounding::{Bounds, bounds};
use crate::exact::shares::Shares;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Group;
use crate::network::{Graph, Network};
use frame::places;
use layer::{Layer, is_streamed};
use level::Level;
use levels::{is_affine, outline};
use shares::LEAST_SHARE;
use sums::CHUNK;
use thinned_lanes::Backend;

/// Masks of a block, at most: one unit and the probabilities stay in the nearest cache.
const BLOCK: usize = 2048;
/// Roundings of a term and of its way through the sums: plain ones of a chunk, a tree of at most 62 levels.
const ROUNDINGS: usize = CHUNK + 64;

/// A walk over the masks of one row and group, advanced step by step; steps never change a bit.
#[derive(Clone, Debug)]
pub struct Nested {
    deterministic: Subnetwork,
    purpose: Purpose,
    levels: Vec<Level>,
    depth: usize, // of the level whose frame is loaded
    layers: Vec<Layer>,
    shares: Shares,
    is_placed: bool,        // whether the levels are where the next mask is
    scratch: Vec<[f64; 2]>, // lanes
    values: Vec<f64>,       // a block of one unit
}

impl Nested {
    /// A walk from `deterministic`, the pass with every gate at its mean, over the at most 62 gates of the first of `layers`,
    /// nodes with their groups. The gates of the others must be those of the outer sites of these.
    pub fn new(
        network: &Network,
        layers: &[(usize, &Group)],
        x: &[f32],
        deterministic: &Subnetwork,
        purpose: Purpose,
    ) -> Self {
        let graph = &network.graph;
        let targets: Vec<usize> = layers.iter().map(|(target, _)| *target).collect();
        let empty = Group { units: Vec::new(), gates: Vec::new() };
        let group = layers.first().map_or(&empty, |(_, group)| group);
        let outlines = outline(graph, &targets, group);
        let places = places(graph, &outlines, &targets, |target| is_streamed(graph, &outlines, target));
        let passes: Vec<Bounds> =
            layers.iter().map(|(target, group)| bounds(network, *target, group.gates.len() + ROUNDINGS, x)).collect();
        // A later layer knows of more nodes; of those that two know of they know the same.
        let logits = |node: usize| passes.iter().find_map(|bounds| bounds.logits.get(node)).copied().unwrap_or(0.0);
        let mut levels: Vec<Level> = Vec::new();
        for (outline, places) in outlines.iter().zip(places) {
            let above = levels.last().map(|level| level.cut.block());
            levels.push(Level::new(network, deterministic, outline, places, above, logits));
        }
        let layer = |(&(target, group), bounds): (&(usize, &Group), &Bounds)| {
            Layer::new(network, deterministic, (target, group), (&outlines, &levels), bounds)
        };
        let layers: Vec<Layer> = layers.iter().zip(&passes).map(layer).collect();
        let most = levels.iter().map(|level| level.cut.block()).max().unwrap_or(2);
        Self {
            shares: Shares::new(1 << group.gates.len(), LEAST_SHARE, layers.iter().map(Layer::numbers).sum()),
            is_placed: true,
            depth: 0,
            scratch: vec![[0.0; 2]; 2 * most],
            values: vec![0.0; most],
            deterministic: deterministic.clone(),
            purpose,
            levels,
            layers,
        }
    }

    /// Masks left.
    pub fn remaining(&self) -> f64 {
        self.shares.left() as f64
    }

    /// Takes `masks` more, rounded up to whole blocks; returns how many it took.
    pub fn step<B: Backend>(&mut self, network: &Network, masks: u64) -> u64 {
        let before = self.shares.left();
        while self.shares.left() > 0 && before - self.shares.left() < masks {
            if !self.is_placed {
                self.place::<B>(network);
            }
            let taken = if self.levels.is_empty() { self.only_one::<B>() } else { self.block::<B>(network) };
            if self.shares.take(taken) {
                self.close_share();
            }
        }
        before - self.shares.left()
    }

    /// Layers that no gate changes: one subnetwork, beside one of probability 0.
    fn only_one<B: Backend>(&mut self) -> u64 {
        for layer in &mut self.layers {
            layer.add_certain::<B>(&self.deterministic, self.purpose, &mut self.scratch, &mut self.values);
        }
        1
    }

    /// Goes down to the innermost level and through its next block; returns how many masks that was.
    fn block<B: Backend>(&mut self, network: &Network) -> u64 {
        let width = |node: usize| network.graph.nodes[node].width;
        loop {
            let (above, below) = self.levels.split_at_mut(self.depth + 1);
            let Some(level) = above.last_mut() else { return 0 };
            if level.taken == 0 {
                level.compute::<B>(network, &self.deterministic, &mut self.scratch);
                for layer in self.layers.iter_mut().filter(|layer| layer.depth == self.depth) {
                    layer.add::<B>(level, self.purpose, &mut self.scratch, &mut self.values);
                }
            }
            let Some(next) = below.first_mut() else { break };
            next.load(level, level.taken, width);
            level.taken += next.cut.lanes;
            self.depth += 1;
        }
        let masks = self.levels[self.depth].cut.block() as u64;
        self.levels[self.depth].taken = masks as usize;
        // Up to the level that has more: lanes that the one below has not taken, or gates that stand still in a block.
        loop {
            let level = &mut self.levels[self.depth];
            if level.taken < level.cut.block() {
                break;
            }
            level.taken = 0;
            level.mask += 1;
            if level.mask < 1 << level.high.len() {
                break;
            }
            level.mask = 0;
            if self.depth == 0 {
                break;
            }
            self.depth -= 1;
        }
        masks
    }
}

/// Seconds of one affine unit in one mask: an addition, or the multiplication of its exponential.
const SECONDS_PER_UNIT: f64 = 1e-9;
/// Seconds of one multiply-add of a node that is computed mask by mask.
const SECONDS_PER_PRODUCT: f64 = 5e-10;
/// Seconds of one unit's activation.
const SECONDS_PER_ACTIVATION: f64 = 5e-9;
/// Seconds of one unit of the target in one mask: its powers, its share of a logarithm.
const SECONDS_PER_TARGET: f64 = 4e-9;

/// An estimate for a whole walk.
pub fn seconds(graph: &Graph, target: usize, group: &Group) -> f64 {
    let (mut total, mut masks) = (0.0, 1.0);
    for level in outline(graph, &[target], group) {
        masks *= (level.gates.len() as f64).exp2();
        for &node in &level.nodes {
            let units = if node == target { group.units.len() } else { graph.nodes[node].width } as f64;
            let sums = if is_affine(graph, &level, node) {
                units * SECONDS_PER_UNIT
            } else {
                products(graph, node) as f64 * SECONDS_PER_PRODUCT
            };
            let curved = if graph.activation(node).is_some() { units * SECONDS_PER_ACTIVATION } else { 0.0 };
            let measured = if node == target { units * SECONDS_PER_TARGET } else { 0.0 };
            total += masks * (sums + curved + measured);
        }
    }
    total
}
