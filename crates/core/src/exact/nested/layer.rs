//! A layer of which a walk collects the statistics, at the level that is the last to change it.

use super::frame::Place;
use super::level::Level;
use super::levels::{Outline, is_affine};
use super::logistic::Classes;
use super::sums::{NUMBERS, UnitTotals, row_statistics};
use super::target::Block;
use super::terms::{AffineUnit, Terms};
use crate::activation::Activation;
use crate::exact::plan::Purpose;
use crate::exact::rounding::Bounds;
use crate::exact::statistics::RowStatistics;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Group;
use crate::network::{Graph, Network};
use thinned_lanes::Backend;

/// The sums of its units.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Of its level.
    pub depth: usize,
    node: usize,
    activation: Option<Activation>,
    softmax: Option<usize>,            // units that share one
    units: Vec<usize>,                 // whose totals these are: of a softmax all
    wanted: Vec<usize>,                // places of those that are asked for
    streamed: Option<Vec<AffineUnit>>, // where units are computed one by one for their sums
    totals: Vec<UnitTotals>,
    bounds: Bounds,
    factors_error: f64, // of X, by its exponential
}

/// Whether the sums of a node need no block of all its units.
pub fn is_streamed(graph: &Graph, levels: &[Outline], node: usize) -> bool {
    let level = levels.iter().find(|level| level.nodes.binary_search(&node).is_ok());
    graph.activation(node) != Some(Activation::Softmax) && level.is_some_and(|level| is_affine(graph, level, node))
}

impl Layer {
    /// No masks yet.
    pub fn new(
        network: &Network,
        deterministic: &Subnetwork,
        (node, group): (usize, &Group),
        (outlines, levels): (&[Outline], &[Level]),
        bounds: &Bounds,
    ) -> Self {
        let graph = &network.graph;
        let activation = graph.activation(node);
        let softmax = (activation == Some(Activation::Softmax)).then(|| graph.channels(node));
        let units = with_neighbours(&group.units, softmax.unwrap_or(1));
        let depth = outlines.iter().position(|outline| outline.nodes.binary_search(&node).is_ok()).unwrap_or(0);
        let streamed = match (outlines.get(depth), levels.get(depth)) {
            (Some(outline), Some(level)) if is_streamed(graph, outlines, node) => {
                let varying = level.low.len() + level.high.len();
                let terms = Terms { network, deterministic, level: outline, places: &level.places, varying };
                Some(terms.units(node, &units))
            }
            _ => None,
        };
        // Departure 2 of `logistic` adds 3u to X for each gate and the constant; a slope of 1 covers every statistic.
        let factors = outlines.get(depth).map_or(0, |outline| outline.gates.len() + 1);
        Self {
            depth,
            node,
            activation,
            softmax,
            wanted: (0..units.len()).filter(|&place| group.units.binary_search(&units[place]).is_ok()).collect(),
            totals: vec![UnitTotals::new(); units.len()],
            units,
            streamed,
            bounds: bounds.clone(),
            factors_error: 6.0 * factors as f64 * f64::EPSILON / 2.0,
        }
    }

    /// Adds the block of its level.
    pub fn add<B: Backend>(&mut self, level: &Level, purpose: Purpose, scratch: &mut [[f64; 2]], values: &mut [f64]) {
        let (activation, largest) = (self.activation, self.bounds.logits[self.node]);
        let (classes, fixed, probabilities) = (&level.classes, level.fixed(), level.probabilities());
        let block = Block { activation, classes, fixed, probabilities, largest, purpose };
        let values = &mut values[..level.cut.block()];
        if let Some(units) = &self.streamed {
            for (unit, total) in units.iter().zip(&mut self.totals) {
                let gates = (level.low.as_slice(), level.mask);
                block.affine::<B>(unit, level.lanes(), gates, scratch, values, total);
            }
            return;
        }
        let row = match level.places.of(self.node) {
            Place::Block(row) => level.places.logits(self.node).unwrap_or(row),
            _ => return,
        };
        if let Some(channels) = self.softmax {
            let groups = self.units.iter().step_by(channels).zip(self.totals.chunks_exact_mut(channels));
            return groups.for_each(|(unit, totals)| {
                block.softmax::<B>(level.rows(row + unit, channels), scratch, values, totals);
            });
        }
        for (unit, total) in self.units.iter().zip(&mut self.totals) {
            values.copy_from_slice(level.rows(row + unit, 1));
            block.pre_activations::<B>(values, total);
        }
    }

    /// Adds what no gate changes.
    pub fn add_certain<B: Backend>(
        &mut self,
        pass: &Subnetwork,
        purpose: Purpose,
        scratch: &mut [[f64; 2]],
        room: &mut [f64],
    ) {
        let values = if self.activation.is_none() { &pass.values[self.node] } else { &pass.logits[self.node] };
        let (classes, certain) = (Classes::new(&[]), [[1.0, 0.0]]);
        let (activation, largest) = (self.activation, self.bounds.logits[self.node]);
        let block = Block { activation, classes: &classes, fixed: &certain, probabilities: &certain, largest, purpose };
        if let Some(channels) = self.softmax {
            let groups = self.units.iter().step_by(channels).zip(self.totals.chunks_exact_mut(channels));
            return groups.for_each(|(&unit, totals)| {
                let layer: Vec<f64> = values[unit..unit + channels].iter().flat_map(|value| [*value; 2]).collect();
                block.softmax::<B>(&layer, scratch, room, totals);
            });
        }
        for (unit, total) in self.units.iter().zip(&mut self.totals) {
            block.pre_activations::<B>(&mut [values[*unit]; 2], total);
        }
    }

    /// Forgets all masks.
    pub fn clear(&mut self) {
        self.totals.fill_with(UnitTotals::new);
    }

    /// How many numbers a share of it has.
    pub fn numbers(&self) -> usize {
        self.totals.len() * NUMBERS
    }

    /// What its totals have come to.
    pub fn sums(&self) -> impl Iterator<Item = f64> {
        self.totals.iter().flat_map(UnitTotals::numbers)
    }

    /// Adds what [`Layer::sums`] found, and returns the numbers that are left.
    pub fn add_sums<'a>(&mut self, numbers: &'a [f64]) -> &'a [f64] {
        let (own, rest) = numbers.split_at(self.numbers().min(numbers.len()));
        self.totals.iter_mut().zip(own.as_chunks().0).for_each(|(total, numbers)| total.add_numbers(numbers));
        rest
    }

    /// The statistics of the wanted units.
    pub fn statistics(&self) -> RowStatistics {
        row_statistics(&self.totals, &self.wanted, self.softmax, |unit| {
            self.bounds.of_blocks(unit) + self.factors_error
        })
    }
}

/// These units, ascending, and all that are of the same `channels` as one of them.
fn with_neighbours(units: &[usize], channels: usize) -> Vec<usize> {
    let mut groups: Vec<usize> = units.iter().map(|unit| unit / channels).collect();
    groups.dedup();
    groups.iter().flat_map(|group| group * channels..(group + 1) * channels).collect()
}
