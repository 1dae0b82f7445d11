//! The sums of all units of a layer over a walk through subnetworks.

use crate::activation::{Activation, log_sum_exp};
use crate::exact::rounding::Bounds;
use crate::exact::statistics::{Block, RowStatistics, UnitSums, add_numbers, log_totals, numbers_of};
use crate::exact::subnetwork::Subnetwork;
use crate::network::Network;

/// Compensated sums of blocks, and the plain sums of the block at hand.
#[derive(Clone, Debug)]
pub struct LayerSums {
    target: usize,
    activation: Option<Activation>,
    channels: usize,       // units that share a softmax
    blocks: Vec<Block>,    // [width]
    totals: Vec<UnitSums>, // [width]
}

impl LayerSums {
    /// No subnetworks yet; `centers` are the deterministic activities of `target`.
    pub fn new(network: &Network, target: usize, centers: &[f64]) -> Self {
        Self {
            target,
            activation: network.graph.activation(target),
            channels: network.graph.channels(target),
            blocks: vec![Block::default(); centers.len()],
            totals: centers.iter().map(|&center| UnitSums::new(center)).collect(),
        }
    }

    /// A subnetwork of probability `p`.
    pub fn add(&mut self, p: f64, subnetwork: &Subnetwork) {
        let (values, logits) = (&subnetwork.values[self.target], &subnetwork.logits[self.target]);
        for ((block, total), &activity) in self.blocks.iter_mut().zip(&self.totals).zip(values) {
            block.add(p, activity, activity - total.center());
        }
        match self.activation {
            Some(Activation::Sigmoid { c, lambda }) => {
                let shift = libm::log(c);
                for (block, &logit) in self.blocks.iter_mut().zip(logits) {
                    // From the pre-activation: an activity rounded to 0 or 1 has lost its logarithm.
                    let x = lambda * logit - shift;
                    // log σ(x) = min(x, 0) − log(1 + e^−|x|), and log(1 − σ(x)) = log σ(x) − x.
                    let rest = libm::log1p(libm::exp(-x.abs()));
                    block.add_logarithms(p, x.min(0.0) - rest, -x.max(0.0) - rest);
                }
            }
            Some(Activation::Softmax) => {
                let groups = self.blocks.chunks_exact_mut(self.channels).zip(logits.chunks_exact(self.channels));
                for (blocks, logits) in groups {
                    let log_total = log_sum_exp(logits);
                    let logs = blocks.iter_mut().zip(logits);
                    logs.for_each(|(block, logit)| block.add_logarithms(p, logit - log_total, 0.0));
                }
            }
            _ => {}
        }
    }

    /// Adds the block at hand to the totals.
    pub fn close(&mut self) {
        for (total, block) in self.totals.iter_mut().zip(&mut self.blocks) {
            total.add_block(&core::mem::take(block));
        }
    }

    /// Forgets all subnetworks.
    pub fn clear(&mut self) {
        self.totals.iter_mut().for_each(|sums| *sums = UnitSums::new(sums.center()));
    }

    /// What the totals have come to.
    pub fn numbers(&self) -> Vec<f64> {
        numbers_of(&self.totals)
    }

    /// Adds what [`LayerSums::numbers`] found, and returns the numbers that are left.
    pub fn add_numbers<'a>(&mut self, numbers: &'a [f64]) -> &'a [f64] {
        add_numbers(&mut self.totals, numbers)
    }

    /// The statistics of the selected units.
    pub fn finish(&self, units: &[usize], bounds: &Bounds) -> RowStatistics {
        let all: Vec<_> =
            self.totals.iter().map(|sums| sums.finish(|unit| bounds.about(unit, sums.center()))).collect();
        let logs: Vec<f64> = all.iter().map(|unit| unit.log_geometric_mean).collect();
        let log_totals = log_totals(&logs, self.channels);
        RowStatistics {
            units: units.iter().map(|&unit| all[unit]).collect(),
            log_totals: units.iter().map(|&unit| log_totals[unit]).collect(),
        }
    }
}
