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
//! A skip connection needs no care: what it makes depend on an outer site belongs to the deeper of its levels.

mod activity;
mod frame;
mod level;
mod levels;
mod logistic;
mod reader;
mod shares;
mod sums;
mod target;
mod terms;

use crate::activation::Activation;
use crate::exact::plan::{Purpose, products};
use crate::exact::rounding::bounds;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Group;
use crate::network::{Graph, Network};
use frame::{Place, places};
use level::Level;
use levels::{is_affine, outline};
use logistic::Classes;
use shares::masks_of_share;
use sums::{CHUNK, UnitTotals};
use target::Block;
use terms::{AffineUnit, Terms};
use thinned_lanes::Backend;

/// Masks of a block, at most: one unit and the probabilities stay in the nearest cache.
const BLOCK: usize = 2048;
/// Roundings of a term and of its way through the sums: plain ones of a chunk, a tree of at most 62 levels.
const ROUNDINGS: usize = CHUNK + 64;

/// A walk over the masks of one row and group, advanced step by step; steps never change a bit.
#[derive(Clone, Debug)]
pub struct Nested {
    deterministic: Subnetwork,
    activation: Option<Activation>,
    purpose: Purpose,
    levels: Vec<Level>,
    depth: usize, // of the level whose frame is loaded
    streamed: Vec<AffineUnit>,
    units: Vec<usize>, // of the target, whose totals these are
    totals: Vec<UnitTotals>,
    masks: u64,
    count: u64,             // the next mask
    end: u64,               // the one behind the last that is to be taken
    share: u64,             // masks of a share
    shares: Vec<Vec<f64>>,  // what is complete, else empty
    is_placed: bool,        // whether the levels are where `count` is
    largest: f64,           // |X| of the target
    scratch: Vec<[f64; 2]>, // lanes
    values: Vec<f64>,       // a block of one unit
    error_bound: f64,
}

impl Nested {
    /// A walk from `deterministic`, the pass with every gate at its mean, over the at most 62 gates of `group`.
    pub fn new(network: &Network, group: &Group, x: &[f32], deterministic: &Subnetwork, purpose: Purpose) -> Self {
        let graph = &network.graph;
        let target = deterministic.target();
        // A softmax over each place of an image is part of the values, not of their statistics.
        let activation = graph.layer_activation(target);
        let outlines = outline(graph, target, group);
        let softmax = activation == Some(Activation::Softmax);
        let curved = graph.activation(target) == Some(Activation::Softmax);
        let affine = outlines.last().is_some_and(|level| is_affine(graph, level, target));
        let places = places(graph, &outlines, target, affine && !curved);
        let bounds = bounds(network, target, group.gates.len() + ROUNDINGS, x);
        let mut levels: Vec<Level> = Vec::new();
        for (outline, places) in outlines.iter().zip(places) {
            let above = levels.last().map(|level| level.cut.block());
            levels.push(Level::new(network, deterministic, outline, places, above, &bounds.logits));
        }
        let units = if softmax { (0..graph.nodes[target].width).collect() } else { group.units.clone() };
        let streamed = match (outlines.last(), levels.last()) {
            (Some(outline), Some(level)) if affine && !curved => {
                let varying = level.low.len() + level.high.len();
                Terms { network, deterministic, level: outline, places: &level.places, varying }.units(target, &units)
            }
            _ => Vec::new(),
        };
        // Departure 2 of `logistic` adds 3u to X for each gate and the constant; a slope of 1 covers every statistic.
        let factors = outlines.last().map_or(0, |level| level.gates.len() + 1);
        let masks = 1 << group.gates.len();
        let share = masks_of_share(masks, levels.last().map_or(1, |level| level.cut.block()));
        let most = levels.iter().map(|level| level.cut.block()).max().unwrap_or(2);
        Self {
            largest: bounds.logits[target],
            totals: vec![UnitTotals::new(); units.len()],
            masks,
            count: 0,
            end: masks,
            share,
            shares: vec![Vec::new(); masks.div_ceil(share) as usize],
            is_placed: true,
            depth: 0,
            scratch: vec![[0.0; 2]; 2 * most],
            values: vec![0.0; most],
            error_bound: bounds.error + 6.0 * factors as f64 * f64::EPSILON / 2.0,
            deterministic: deterministic.clone(),
            activation,
            purpose,
            levels,
            streamed,
            units,
        }
    }

    /// Masks left.
    pub fn remaining(&self) -> f64 {
        (self.end - self.count) as f64
    }

    /// Takes `masks` more, rounded up to whole blocks; returns how many it took.
    pub fn step<B: Backend>(&mut self, network: &Network, masks: u64) -> u64 {
        let before = self.count;
        while self.count < self.end && self.count - before < masks {
            if !self.is_placed {
                self.place::<B>(network);
            }
            self.count += if self.levels.is_empty() { self.only_one::<B>() } else { self.block::<B>(network) };
            self.close_share();
        }
        self.count - before
    }

    /// A target that no gate changes: one subnetwork, beside one of probability 0.
    fn only_one<B: Backend>(&mut self) -> u64 {
        let target = self.deterministic.target();
        let logits = &self.deterministic.logits[target];
        let values = if self.activation.is_none() { &self.deterministic.values[target] } else { logits };
        let layer: Vec<f64> = values.iter().flat_map(|value| [*value; 2]).collect();
        let (classes, certain) = (Classes::new(&[]), [[1.0, 0.0]]);
        let (activation, largest, purpose) = (self.activation, self.largest, self.purpose);
        let block = Block { activation, classes: &classes, fixed: &certain, probabilities: &certain, largest, purpose };
        if activation == Some(Activation::Softmax) {
            block.softmax::<B>(&layer, &mut self.scratch, &mut self.values, &mut self.totals);
        } else {
            for (unit, total) in self.units.iter().zip(&mut self.totals) {
                block.pre_activations::<B>(&mut [values[*unit]; 2], total);
            }
        }
        1
    }

    /// Adds the innermost level's block to the totals.
    fn add_block<B: Backend>(&mut self) {
        let target = self.deterministic.target();
        let Some(level) = self.levels.last() else { return };
        let (masks, activation, largest, purpose) = (level.cut.block(), self.activation, self.largest, self.purpose);
        let (classes, fixed, probabilities) = (&level.classes, level.fixed(), level.probabilities());
        let block = Block { activation, classes, fixed, probabilities, largest, purpose };
        let values = &mut self.values[..masks];
        match level.places.of(target) {
            Place::Block(row) if activation == Some(Activation::Softmax) => {
                let layer = level.rows(row, self.totals.len());
                block.softmax::<B>(layer, &mut self.scratch, values, &mut self.totals);
            }
            Place::Block(row) => {
                for (unit, total) in self.units.iter().zip(&mut self.totals) {
                    values.copy_from_slice(level.rows(row + unit, 1));
                    block.pre_activations::<B>(values, total);
                }
            }
            _ => {
                for (unit, total) in self.streamed.iter().zip(&mut self.totals) {
                    let gates = (level.low.as_slice(), level.mask);
                    block.affine::<B>(unit, level.lanes(), gates, &mut self.scratch, values, total);
                }
            }
        }
    }

    /// Goes down to the innermost level and through its next block; returns how many masks that was.
    fn block<B: Backend>(&mut self, network: &Network) -> u64 {
        let width = |node: usize| network.graph.nodes[node].width;
        loop {
            let (above, below) = self.levels.split_at_mut(self.depth + 1);
            let Some(level) = above.last_mut() else { return 0 };
            if level.taken == 0 {
                level.compute::<B>(network, &self.deterministic, &mut self.scratch);
            }
            let Some(next) = below.first_mut() else { break };
            next.load(level, level.taken, width);
            level.taken += next.cut.lanes;
            self.depth += 1;
        }
        self.add_block::<B>();
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
    for level in outline(graph, target, group) {
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
