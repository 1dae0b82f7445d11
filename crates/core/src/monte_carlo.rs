//! Monte Carlo dropout: `T` sampled subnetworks over a batch of rows, streamed into moments.
//!
//! What a sample is depends on (seed, sample, row, site, unit) alone (see [`crate::gates`]), and how samples are
//! summed on their number alone (see [`crate::moments`]). Chunks of rows, steps of samples and the size of a group
//! therefore never change a bit. Nothing of size `[samples, rows, width]` is held unless samples are kept, and then
//! only until they are taken.

use crate::activation::Activation;
use crate::entropy::{Classes, class_count, entropy, vote};
use crate::error::Error;
use crate::forward::{Draw, Masks, Pass, Workspace};
use crate::moments::Moments;
use crate::need::{Need, needs};
use crate::network::Network;
use crate::random::Domain;
use thinned_lanes::Backend;

/// Rows of a product that are enough to keep the kernels busy; samples of small batches are grouped up to it.
const ROWS_OF_A_GROUP: usize = 256;

/// Rows that pay for packing the kept weights of a sample by themselves.
const ROWS_OF_A_SUBNETWORK: usize = 16;

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Nodes whose activities, before their own gates, are wanted.
    pub nodes: Vec<usize>,
    /// Subnetworks, at least 1.
    pub samples: u32,
    /// In `[0, 2^53)`.
    pub seed: u64,
    /// Number of the first row among all rows of the run; counts for independent masks.
    pub first_row: u32,
    /// Which rows share a mask.
    pub masks: Masks,
    /// Whether samples are kept for [`Run::take_samples`].
    pub keep_samples: bool,
}

/// A run over one chunk of rows, advanced step by step.
pub struct Run<B: Backend> {
    network: Network,
    rows: usize,
    draw: Draw,
    samples: u32,
    drawn: u32,
    needs: Vec<Need>,
    group: u32,
    targets: Vec<Target>,
    keep_samples: bool,
    workspace: Workspace,
    backend: core::marker::PhantomData<B>,
}

struct Target {
    node: usize,
    width: usize,
    random: bool,
    classes: Option<Classes>,
    activities: Moments,     // [rows, width]
    entropies: Moments,      // [rows]
    votes: Vec<u32>,         // [rows, classes]
    row_entropies: Vec<f64>, // [rows], of the sample at hand
    kept: Vec<f32>,          // [samples since the last take, rows, width]
}

impl<B: Backend> Run<B> {
    /// A run over the rows of `x`, `[rows, inputs]`; everything before the first gate is computed here, once.
    ///
    /// # Errors
    /// `Range` when there are no samples or a node does not exist; `Shape` when `x` is not `rows` rows.
    pub fn new(network: &Network, x: &[f32], rows: usize, request: &Request) -> Result<Self, Error> {
        let graph = &network.graph;
        if request.samples == 0 {
            return Err(Error::range("Cannot sample subnetworks: samples is 0, wanted at least 1"));
        }
        check_rows(x, rows, graph.input_width())?;
        if let Some(node) = request.nodes.iter().find(|node| **node >= graph.nodes.len()) {
            return Err(Error::range(format!("Cannot sample node {node}: the network has {}", graph.nodes.len())));
        }
        let targets: Vec<usize> = request.nodes.iter().map(|&node| graph.before_gates(node)).collect();
        let random = graph.random_nodes();
        let needed = graph.ancestors(&targets);
        let fixed: Vec<bool> = needed.iter().zip(&random).map(|(needed, random)| *needed && !random).collect();
        let gated: Vec<bool> = needed.iter().zip(&random).map(|(needed, random)| *needed && *random).collect();
        let shares_masks = request.masks == Masks::Shared && rows >= ROWS_OF_A_SUBNETWORK;
        let needs = needs(graph, &gated, &targets, shares_masks);
        // A subnetwork with weights of its own has no use for the rows of another sample.
        let is_packed = needs.iter().any(|need| matches!(need, Need::Kept(_)));
        let group = if is_packed { 1 } else { (ROWS_OF_A_GROUP / rows).max(1) as u32 };
        let mut workspace = Workspace::of_fixed_parameters();
        let pass = Pass { graph, parameters: &network.parameters, rows, logits_of: None };
        pass.deterministic::<B>(x, &fixed, &mut workspace);
        let targets = targets.into_iter().map(|node| Target::new(network, node, rows, random[node])).collect();
        Ok(Self {
            rows,
            draw: Draw {
                seed: request.seed,
                domain: Domain::MonteCarlo,
                sample: 0,
                first_row: request.first_row,
                masks: request.masks,
            },
            samples: request.samples,
            drawn: 0,
            needs,
            group,
            targets,
            keep_samples: request.keep_samples,
            workspace,
            network: network.clone(),
            backend: core::marker::PhantomData,
        })
    }

    /// Samples still to draw.
    pub fn remaining(&self) -> u32 {
        self.samples - self.drawn
    }

    /// Draws up to `samples` more.
    pub fn step(&mut self, samples: u32) {
        let end = self.drawn + samples.min(self.remaining());
        while self.drawn < end {
            let group = self.group.min(end - self.drawn);
            let pass = Pass {
                graph: &self.network.graph,
                parameters: &self.network.parameters,
                rows: self.rows,
                logits_of: None,
            };
            let draw = Draw { sample: self.drawn, ..self.draw };
            pass.gated::<B>(draw, group as usize, &self.needs, &mut self.workspace);
            for target in &mut self.targets {
                let values = &self.workspace.values[target.node];
                let length = self.rows * target.width;
                for sample in 0..group as usize {
                    let first = if target.random { sample * length } else { 0 };
                    target.push::<B>(&values[first..first + length], self.keep_samples);
                }
            }
            self.drawn += group;
        }
    }

    /// Mean activities so far of target `index`, `[rows, width]`.
    pub fn mean(&self, index: usize) -> Vec<f64> {
        self.targets[index].activities.finish::<B>().1
    }

    /// Variance over the subnetworks drawn, divisor `T`, `[rows, width]`.
    pub fn variance(&self, index: usize) -> Vec<f64> {
        self.targets[index].activities.finish::<B>().2
    }

    /// Standard error of the mean, `√(V/T)`, `[rows, width]`.
    pub fn standard_error(&self, index: usize) -> Vec<f64> {
        let (count, _, variance) = self.targets[index].activities.finish::<B>();
        variance.into_iter().map(|variance| (variance / count as f64).sqrt()).collect()
    }

    /// `H[E p]`, `[rows]`; for class probabilities only.
    pub fn predictive_entropy(&self, index: usize) -> Option<Vec<f64>> {
        let target = &self.targets[index];
        let classes = target.classes?;
        let mean = self.mean(index);
        Some(mean.chunks_exact(target.width).map(|row| entropy(classes, row.iter().copied())).collect())
    }

    /// `E[H p]`, `[rows]`; for class probabilities only.
    pub fn expected_entropy(&self, index: usize) -> Option<Vec<f64>> {
        let target = &self.targets[index];
        target.classes.map(|_| target.entropies.finish::<B>().1)
    }

    /// `H[E p] − E[H p]`, `[rows]`; for class probabilities only.
    pub fn mutual_information(&self, index: usize) -> Option<Vec<f64>> {
        let (predictive, expected) = (self.predictive_entropy(index)?, self.expected_entropy(index)?);
        Some(predictive.into_iter().zip(expected).map(|(predictive, expected)| predictive - expected).collect())
    }

    /// One minus the share of the most frequent vote, `[rows]`; for class probabilities only.
    pub fn variation_ratio(&self, index: usize) -> Option<Vec<f64>> {
        let target = &self.targets[index];
        let classes = class_count(target.classes?, target.width);
        let most = target.votes.chunks_exact(classes).map(|votes| votes.iter().copied().max().unwrap_or(0));
        let ratio = most.map(|most| 1.0 - f64::from(most) / f64::from(self.drawn));
        // A row that is no distribution votes for nothing.
        let is_nan = |row: &[f64]| row.iter().any(|mean| mean.is_nan());
        let mean = self.mean(index);
        Some(
            ratio
                .zip(mean.chunks_exact(target.width))
                .map(|(ratio, row)| if is_nan(row) { f64::NAN } else { ratio })
                .collect(),
        )
    }

    /// The samples kept since the last call, `[samples, rows, width]`.
    pub fn take_samples(&mut self, index: usize) -> Vec<f32> {
        core::mem::take(&mut self.targets[index].kept)
    }
}

impl Target {
    fn new(network: &Network, node: usize, rows: usize, random: bool) -> Self {
        let width = network.graph.nodes[node].width;
        let classes = match network.graph.dense(node).map(|dense| dense.activation) {
            Some(Activation::Softmax) => Some(Classes::Categorical),
            Some(Activation::Sigmoid { .. }) if width == 1 => Some(Classes::Binary),
            _ => None,
        };
        let votes = classes.map_or(0, |classes| rows * class_count(classes, width));
        Self {
            node,
            width,
            random,
            classes,
            activities: Moments::new(rows * width),
            entropies: Moments::new(rows),
            votes: vec![0; votes],
            row_entropies: vec![0.0; rows],
            kept: Vec::new(),
        }
    }

    fn push<B: Backend>(&mut self, values: &[f32], keep: bool) {
        self.activities.push::<B>(values);
        if let Some(classes) = self.classes {
            let votes = self.votes.chunks_exact_mut(class_count(classes, self.width));
            let rows = values.chunks_exact(self.width).zip(&mut self.row_entropies).zip(votes);
            for ((row, row_entropy), votes) in rows {
                *row_entropy = entropy(classes, row.iter().map(|&p| p.into()));
                votes[vote(classes, row)] += 1;
            }
            self.entropies.push::<B>(&self.row_entropies);
        }
        if keep {
            self.kept.extend_from_slice(values);
        }
    }
}

/// Refuses arrays that are not whole rows of the input.
pub fn check_rows(x: &[f32], rows: usize, width: usize) -> Result<(), Error> {
    if rows == 0 || x.len() != rows * width {
        return Err(Error::shape(format!(
            "Cannot read the rows: got {} numbers for {rows} rows, wanted at least 1 row of {width}",
            x.len()
        )));
    }
    Ok(())
}
