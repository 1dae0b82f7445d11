//! Nodes of a level that are computed mask by mask from what they read.

use super::frame::{Place, Places};
use super::levels::Cut;
use crate::exact::subnetwork::Subnetwork;
use crate::network::{Network, Operation};
use crate::ops::{Fixed, Function, Normalization, NormalizationKind};
use thinned_lanes::{Backend, F64x2};

/// Sources of a node that is computed mask by mask.
pub struct Reader<'a> {
    /// Where values are.
    pub places: &'a Places,
    /// `[slots, lanes]`.
    pub frame: &'a [f64],
    /// `[rows, masks, lanes]`, those of the nodes before this one.
    pub block: &'a [f64],
    /// Lanes and masks.
    pub cut: Cut,
    /// The values of nodes that no gate changes.
    pub deterministic: &'a Subnetwork,
}

impl Reader<'_> {
    /// Adds `weight` times a unit to every mask.
    fn add<B: Backend>(&self, node: usize, unit: usize, weight: f64, out: &mut [f64]) {
        let lanes = self.cut.lanes;
        let (factor, out) = (B::F64::splat(weight), out.as_chunks_mut::<2>().0);
        let value = match self.places.of(node) {
            Place::Fixed => {
                let term = B::F64::splat(weight * self.deterministic.values[node][unit]);
                return out.iter_mut().for_each(|sum| (B::F64::load(sum) + term).store(sum));
            }
            Place::Frame(slot) => &self.frame[(slot + unit) * lanes..(slot + unit + 1) * lanes],
            Place::Block(row) => &self.block[(row + unit) * self.cut.block()..(row + unit + 1) * self.cut.block()],
        };
        let value = value.as_chunks::<2>().0;
        for out in out.chunks_exact_mut(value.len()) {
            for (sum, value) in out.iter_mut().zip(value) {
                B::F64::load(value).mul_add(factor, B::F64::load(sum)).store(sum);
            }
        }
    }

    /// Values, or pre-activations, of a node `[units, masks, lanes]`.
    pub fn node<B: Backend>(&self, network: &Network, node: usize, rows: &mut [f64]) {
        let graph = &network.graph;
        if let Operation::Fixed(fixed) = &graph.nodes[node].operation {
            return self.fixed::<B>(network, fixed, rows);
        }
        let rows = rows.chunks_exact_mut(self.cut.block()).enumerate();
        match &graph.nodes[node].operation {
            Operation::Dense(dense) => {
                let kernel = &network.parameters[dense.kernel];
                let units = graph.nodes[node].width;
                for (unit, row) in rows {
                    row.fill(dense.bias.map_or(0.0, |bias| network.parameters[bias][unit].into()));
                    for input in 0..graph.nodes[dense.source].width {
                        self.add::<B>(dense.source, input, kernel[input * units + unit].into(), row);
                    }
                }
            }
            Operation::Dropout { source, site } => {
                for (unit, row) in rows {
                    row.fill(0.0);
                    // Its gates are not of this walk: those that are make a level of their own.
                    self.add::<B>(*source, unit, graph.sites[*site].mean_factor(unit % graph.sites[*site].len()), row);
                }
            }
            Operation::Concat { sources } => {
                let units =
                    sources.iter().flat_map(|&source| (0..graph.nodes[source].width).map(move |unit| (source, unit)));
                for ((_, row), (source, unit)) in rows.zip(units) {
                    row.fill(0.0);
                    self.add::<B>(source, unit, 1.0, row);
                }
            }
            Operation::Add { sources } => {
                for (unit, row) in rows {
                    row.fill(0.0);
                    sources.iter().for_each(|&source| self.add::<B>(source, unit, 1.0, row));
                }
            }
            Operation::Input | Operation::Fixed(_) => {}
        }
    }

    /// The same for a function without gates of its own.
    fn fixed<B: Backend>(&self, network: &Network, fixed: &Fixed, rows: &mut [f64]) {
        let block = self.cut.block();
        let mut read = vec![0.0; block];
        let mut value = |node: usize, unit: usize, use_it: &mut dyn FnMut(&[[f64; 2]])| {
            read.fill(0.0);
            self.add::<B>(node, unit, 1.0, &mut read);
            use_it(read.as_chunks().0);
        };
        for (unit, row) in rows.chunks_exact_mut(block).enumerate() {
            if fixed.is_sum() {
                row.fill(fixed.constant(network, unit));
                fixed.terms(network, unit, &mut |source, place, weight| self.add::<B>(source, place, weight, row));
                continue;
            }
            let row = row.as_chunks_mut::<2>().0;
            match &fixed.function {
                Function::Pool(_) => {
                    row.fill([f64::NEG_INFINITY; 2]);
                    fixed.reads(unit, &mut |source, place| {
                        value(source, place, &mut |value| {
                            combine::<B>(row, value, |largest, value| value.select(largest, largest.less_than(value)));
                        });
                    });
                }
                Function::Multiply => {
                    row.fill([1.0; 2]);
                    fixed.reads(unit, &mut |source, place| {
                        value(source, place, &mut |value| combine::<B>(row, value, |product, value| product * value));
                    });
                }
                // A layer normalisation: the unit itself, and below its group once that is read.
                _ => value(fixed.sources[0], unit, &mut |value| row.copy_from_slice(value)),
            }
        }
        if let Function::Normalization(normalization @ Normalization { kind: NormalizationKind::Layer, .. }) =
            &fixed.function
        {
            rows.chunks_exact_mut(normalization.channels * block).for_each(|group| {
                normalize::<B>(network, normalization, group, &mut read);
            });
        }
    }
}

#[inline(always)]
fn combine<B: Backend>(row: &mut [[f64; 2]], value: &[[f64; 2]], with: impl Fn(B::F64, B::F64) -> B::F64) {
    for (row, value) in row.iter_mut().zip(value) {
        with(B::F64::load(row), B::F64::load(value)).store(row);
    }
}

/// The channels of one place, `[channels, lanes]`, normalised; mean and variance in two passes.
fn normalize<B: Backend>(network: &Network, normalization: &Normalization, group: &mut [f64], mean: &mut [f64]) {
    let share = B::F64::splat(1.0 / normalization.channels as f64);
    let lanes = mean.len();
    let mean = mean.as_chunks_mut::<2>().0;
    let mut inverse = vec![[0.0; 2]; mean.len()];
    mean.fill([0.0; 2]);
    for row in group.chunks_exact(lanes) {
        combine::<B>(mean, row.as_chunks().0, |sum, x| x.mul_add(share, sum));
    }
    for row in group.chunks_exact_mut(lanes) {
        let row = row.as_chunks_mut().0;
        combine::<B>(row, mean, |x, mean| x - mean);
        combine::<B>(&mut inverse, row, |sum, x| (x * x).mul_add(share, sum));
    }
    let epsilon = B::F64::splat(normalization.epsilon);
    for variance in &mut inverse {
        (B::F64::splat(1.0) / (B::F64::load(variance) + epsilon).sqrt()).store(variance);
    }
    for (channel, row) in group.chunks_exact_mut(lanes).enumerate() {
        let (gamma, beta) = normalization.affine(&network.parameters, channel);
        let (gamma, beta) = (B::F64::splat(gamma), B::F64::splat(beta));
        combine::<B>(row.as_chunks_mut().0, &inverse, |x, inverse| (x * inverse).mul_add(gamma, beta));
    }
}
