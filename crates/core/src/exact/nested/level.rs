//! One level of a walk: a frame of masks from the levels above, and blocks of masks of its own gates.

use super::activity::activate;
use super::frame::{FIRST_GATE, ONES, Place, Places};
use super::levels::{Cut, Outline, is_affine};
use super::logistic::{Classes, MOST_FACTORED};
use super::reader::Reader;
use super::terms::{AffineUnit, Lanes, Terms};
use crate::activation::Activation;
use crate::exact::subnetwork::Subnetwork;
use crate::network::Network;
use thinned_lanes::Backend;

/// A level with the values of its frame and block.
#[derive(Clone, Debug)]
pub struct Level {
    /// How it is cut.
    pub cut: Cut,
    /// Keep probability and rate of the gates that vary within a block.
    pub low: Vec<(f64, f64)>,
    /// Masks of them.
    pub classes: Classes,
    /// Where values are.
    pub places: Places,
    /// Gates that vary from block to block.
    pub high: Vec<(f64, f64)>,
    /// Which of them the next block keeps.
    pub mask: u64,
    /// Lanes of the block that the level below has taken.
    pub taken: usize,
    frame: Vec<f64>,         // [slots, lanes]
    weights: Vec<f64>,       // [lanes]: probabilities of the frame's masks
    fixed: Vec<f64>,         // [lanes]: the same with the gates of `mask`
    block: Vec<f64>,         // [rows, masks, lanes]
    probabilities: Vec<f64>, // [masks, lanes]
    steps: Vec<Step>,
}

/// A node of the block.
#[derive(Clone, Debug)]
struct Step {
    node: usize,
    row: usize,
    logits: Option<usize>, // where a target leaves its pre-activations
    affine: Option<Vec<AffineUnit>>,
    line: Option<[f64; 2]>, // of logistic units whose exponentials are products: λ and −ln c
}

impl Level {
    /// A level below one whose blocks have `above` lanes; the first has none above and takes its last gate as lanes.
    pub fn new(
        network: &Network,
        deterministic: &Subnetwork,
        outline: &Outline,
        places: Places,
        above: Option<usize>,
        logits: impl Fn(usize) -> f64,
    ) -> Self {
        let varying = outline.gates.len() - usize::from(above.is_none());
        let cut = Cut::new(above.unwrap_or(2), varying, places.rows);
        let site = |gate: &(usize, usize)| &network.graph.sites[gate.0];
        let odds: Vec<(f64, f64)> =
            outline.gates.iter().map(|gate| (site(gate).keep(gate.1), site(gate).rate(gate.1))).collect();
        let graph = &network.graph;
        let terms = Terms { network, deterministic, level: outline, places: &places, varying };
        let step = |&node: &usize| {
            let Place::Block(row) = places.of(node) else { return None };
            let units: Vec<usize> = (0..graph.nodes[node].width).collect();
            let affine = is_affine(graph, outline, node).then(|| terms.units(node, &units));
            let line = match graph.activation(node) {
                Some(Activation::Sigmoid { c, lambda }) if affine.is_some() && logits(node) <= MOST_FACTORED => {
                    Some([lambda, -libm::log(c)])
                }
                _ => None,
            };
            Some(Step { node, row, logits: places.logits(node), affine, line })
        };
        let steps = outline.nodes.iter().filter_map(step).collect();
        let mut frame = vec![0.0; places.slots * cut.lanes];
        frame[ONES * cut.lanes..][..cut.lanes].fill(1.0);
        let mut weights = vec![0.0; cut.lanes];
        if above.is_none() {
            frame[FIRST_GATE * cut.lanes..][..2].copy_from_slice(&[0.0, 1.0]);
            weights.copy_from_slice(&[odds[varying].1, odds[varying].0]);
        }
        Self {
            classes: Classes::new(&odds[..cut.low]),
            low: odds[..cut.low].to_vec(),
            high: odds[cut.low..varying].to_vec(),
            mask: 0,
            taken: 0,
            frame,
            fixed: weights.clone(),
            weights,
            block: vec![0.0; places.rows * cut.block()],
            probabilities: vec![0.0; cut.block()],
            steps,
            places,
            cut,
        }
    }

    /// The frame.
    pub fn lanes(&self) -> Lanes<'_> {
        Lanes { values: &self.frame, lanes: self.cut.lanes }
    }

    /// Units of the block from a row on, `[units, masks, lanes]`.
    pub fn rows(&self, row: usize, units: usize) -> &[f64] {
        &self.block[row * self.cut.block()..(row + units) * self.cut.block()]
    }

    /// Probabilities of the block's masks, `[masks, lanes]`.
    pub fn probabilities(&self) -> &[[f64; 2]] {
        self.probabilities.as_chunks().0
    }

    /// Probabilities of the frame's masks times those of the gates that the block keeps fixed, `[lanes]`.
    pub fn fixed(&self) -> &[[f64; 2]] {
        self.fixed.as_chunks().0
    }

    /// Computes the block of `mask`.
    pub fn compute<B: Backend>(&mut self, network: &Network, deterministic: &Subnetwork, scratch: &mut [[f64; 2]]) {
        let gates = self.high.iter().enumerate();
        let odds = gates.map(|(gate, (keep, rate))| if self.mask >> gate & 1 == 1 { keep } else { rate });
        let share: f64 = odds.product();
        self.fixed.iter_mut().zip(&self.weights).for_each(|(fixed, weight)| *fixed = weight * share);
        let masks = self.probabilities.chunks_exact_mut(self.cut.lanes).zip(&self.classes.probabilities);
        for (lanes, probability) in masks {
            lanes.iter_mut().zip(&self.fixed).for_each(|(product, fixed)| *product = fixed * probability);
        }
        let lanes = self.cut.block();
        for step in &self.steps {
            let (below, rows) = self.block.split_at_mut(step.row * lanes);
            let width = network.graph.nodes[step.node].width;
            let (rows, behind) = rows.split_at_mut(width * lanes);
            match &step.affine {
                Some(affine) => {
                    let frame = Lanes { values: &self.frame, lanes: self.cut.lanes };
                    for (unit, row) in affine.iter().zip(rows.chunks_exact_mut(lanes)) {
                        match step.line {
                            Some(line) => unit.logistic::<B>(frame, (self.cut.low, self.mask), line, scratch, row),
                            None => unit.values::<B>(frame, self.cut.low, self.mask, scratch, row),
                        }
                    }
                }
                None => {
                    let read =
                        Reader { places: &self.places, frame: &self.frame, block: below, cut: self.cut, deterministic };
                    read.node::<B>(network, step.node, rows);
                }
            }
            if step.logits.is_some_and(|row| row > step.row) {
                behind[..rows.len()].copy_from_slice(rows);
            }
            let graph = &network.graph;
            let is_left = step.logits == Some(step.row);
            if let Some(activation) = graph.activation(step.node).filter(|_| step.line.is_none() && !is_left) {
                let group = graph.channels(step.node) * lanes;
                rows.chunks_exact_mut(group).for_each(|group| activate::<B>(activation, group, lanes, scratch));
            }
        }
    }

    /// Takes lanes of the block above, from `first` on, as the frame.
    pub fn load(&mut self, above: &Self, first: usize, width: impl Fn(usize) -> usize) {
        let lanes = self.cut.lanes;
        self.weights.copy_from_slice(&above.probabilities[first..first + lanes]);
        for &(node, slot) in &self.places.imports {
            for unit in 0..width(node) {
                let to = &mut self.frame[(slot + unit) * lanes..(slot + unit + 1) * lanes];
                match above.places.of(node) {
                    Place::Block(row) => to.copy_from_slice(&above.rows(row + unit, 1)[first..first + lanes]),
                    Place::Frame(slot) => {
                        repeat(&above.frame[(slot + unit) * above.cut.lanes..][..above.cut.lanes], first, to)
                    }
                    Place::Fixed => {} // Not imported.
                }
            }
        }
    }
}

/// Lanes of a frame where a block has them: mask after mask the same.
fn repeat(from: &[f64], first: usize, to: &mut [f64]) {
    let start = first % from.len();
    let most = to.len().min(from.len());
    to.chunks_mut(most).for_each(|to| to.copy_from_slice(&from[start..start + most]));
}
