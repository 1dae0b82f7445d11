//! What sampled subnetworks add up to: moments, entropies and votes of the targets of a run.
//!
//! Several runs may share the samples of the same rows. Each draws a stretch of them and gives its [`Sampled::state`]; the
//! states, appended in the order of the samples, have the bits of one run over all of them (see [`crate::moments`]).

use crate::activation::Activation;
use crate::entropy::{Classes, class_count, entropy, vote};
use crate::error::Error;
use crate::geometric::LogMeans;
use crate::moments::{Moments, split_state};
use crate::network::Network;
use thinned_lanes::Backend;

/// What is collected of the samples beside the moments of the activities, entropies and votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collect {
    /// Nothing more.
    Moments,
    /// Geometric means of logistic units and softmax groups.
    GeometricMeans,
    /// Samples are moments over the gates of the last gated layer: no entropies, no votes, but the variances within.
    ConditionalMoments,
}

/// Statistics of some nodes over the samples drawn so far.
#[derive(Clone, Debug)]
pub struct Sampled<B> {
    rows: usize,
    targets: Vec<Target>,
    backend: core::marker::PhantomData<B>,
}

#[derive(Clone, Debug)]
struct Target {
    node: usize,
    width: usize,
    random: bool,
    classes: Option<Classes>,
    activities: Moments, // [rows, width], of conditional means where the last gates are integrated
    spreads: Option<Moments>, // [rows, width], conditional variances, where they are
    logarithms: Option<LogMeans>,
    entropies: Moments,      // [rows]
    votes: Vec<u32>,         // [rows, classes]
    row_entropies: Vec<f64>, // [rows], of the sample at hand
    kept: Vec<f32>,          // [samples since the last take, rows, width]
}

impl<B> Default for Sampled<B> {
    fn default() -> Self {
        Self { rows: 0, targets: Vec::new(), backend: core::marker::PhantomData }
    }
}

impl<B: Backend> Sampled<B> {
    /// No samples yet of the activities of these nodes before their own gates, or of their moments over the last gates.
    ///
    /// # Errors
    /// `Range` when a node does not exist.
    pub fn new(network: &Network, nodes: &[usize], rows: usize, collect: Collect) -> Result<Self, Error> {
        let graph = &network.graph;
        if let Some(node) = nodes.iter().find(|node| **node >= graph.nodes.len()) {
            return Err(Error::range(format!("Cannot sample node {node}: the network has {}", graph.nodes.len())));
        }
        let random = graph.random_nodes();
        let nodes = nodes.iter().map(|&node| graph.before_gates(node));
        let targets = nodes.map(|node| Target::new(network, node, rows, random[node], collect)).collect();
        Ok(Self { rows, targets, backend: core::marker::PhantomData })
    }

    /// The nodes whose activities are streamed.
    pub fn nodes(&self) -> impl Iterator<Item = usize> + '_ {
        self.targets.iter().map(|target| target.node)
    }

    /// The nodes whose pre-activations [`Sampled::push`] reads, marked among `nodes`.
    pub fn wants_pre_activations(&self, nodes: usize) -> Vec<bool> {
        let mut wanted = vec![false; nodes];
        for target in self.targets.iter().filter(|target| target.logarithms.is_some()) {
            wanted[target.node] = true;
        }
        wanted
    }

    /// Adds some of the samples in `values` and, where they are wanted, `pre_activations`: by node `[samples, rows, width]`, or
    /// `[rows, width]` where no gate changes a node.
    pub fn push(
        &mut self,
        values: &[Vec<f32>],
        pre_activations: &[Vec<f32>],
        samples: core::ops::Range<usize>,
        keep: bool,
    ) {
        for target in &mut self.targets {
            let length = self.rows * target.width;
            for sample in samples.clone() {
                let first = if target.random { sample * length } else { 0 };
                target.push::<B>(&values[target.node][first..first + length], keep);
                if let Some(logarithms) = &mut target.logarithms {
                    logarithms.push::<B>(&pre_activations[target.node][first..first + length]);
                }
            }
        }
    }

    /// Adds one sample of target `index`: its means and variances over the gates that are integrated, `[rows, width]`.
    pub fn push_conditional(&mut self, index: usize, means: &[f64], variances: &[f64], keep: bool) {
        let target = &mut self.targets[index];
        target.activities.push::<B>(means);
        if let Some(spreads) = &mut target.spreads {
            spreads.push::<B>(variances);
        }
        if keep {
            target.kept.extend(means.iter().map(|&mean| mean as f32));
        }
    }

    /// Mean activities of target `index`, `[rows, width]`.
    pub fn mean(&self, index: usize) -> Vec<f64> {
        self.targets[index].activities.finish::<B>().1
    }

    /// Variance over the subnetworks drawn, divisor `T`, with the mean of the conditional variances; `[rows, width]`.
    pub fn variance(&self, index: usize) -> Vec<f64> {
        let target = &self.targets[index];
        let mut variance = target.activities.finish::<B>().2;
        if let Some(spreads) = &target.spreads {
            variance.iter_mut().zip(spreads.finish::<B>().1).for_each(|(total, within)| *total += within);
        }
        variance
    }

    /// Standard error of the mean, `√(V/T)` with the variance of what was drawn, `[rows, width]`.
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
        let drawn = target.activities.count() as f64;
        let most = target.votes.chunks_exact(classes).map(|votes| votes.iter().copied().max().unwrap_or(0));
        let ratio = most.map(|most| 1.0 - f64::from(most) / drawn);
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

    /// `G`, `[rows, width]`; for logistic units and softmax groups, if they are collected.
    pub fn geometric_mean(&self, index: usize) -> Option<Vec<f64>> {
        self.targets[index].logarithms.as_ref().map(LogMeans::geometric_mean::<B>)
    }

    /// `G'`, `[rows, width]`; for logistic units, if they are collected.
    pub fn complement_geometric_mean(&self, index: usize) -> Option<Vec<f64>> {
        self.targets[index].logarithms.as_ref().and_then(LogMeans::complement::<B>)
    }

    /// `NWGM`, `[rows, width]`; for logistic units and softmax groups, if they are collected.
    pub fn nwgm(&self, index: usize) -> Option<Vec<f64>> {
        self.targets[index].logarithms.as_ref().map(LogMeans::nwgm::<B>)
    }

    /// The samples kept since the last call, `[samples, rows, width]`.
    pub fn take_samples(&mut self, index: usize) -> Vec<f32> {
        core::mem::take(&mut self.targets[index].kept)
    }

    /// Everything but the kept samples, as numbers that [`Sampled::append`] reads: by target the moments of the activities,
    /// of the conditional variances and of the logarithms, and, for class probabilities, those of the entropies and the votes.
    pub fn state(&self) -> Vec<f64> {
        let mut state = Vec::new();
        for target in &self.targets {
            target.activities.write_state(&mut state);
            if let Some(spreads) = &target.spreads {
                spreads.write_state(&mut state);
            }
            if let Some(logarithms) = &target.logarithms {
                logarithms.write_state(&mut state);
            }
            if target.classes.is_some() {
                target.entropies.write_state(&mut state);
                state.extend(target.votes.iter().map(|&votes| f64::from(votes)));
            }
        }
        state
    }

    /// Adds the samples behind a state: those that follow the ones seen so far, of the same rows and nodes.
    ///
    /// # Errors
    /// `Range` when the stretch does not begin where the tree of moments can take it in: at a multiple of its largest
    /// subtree. `Shape` when the state is that of other rows or nodes.
    pub fn append(&mut self, mut state: &[f64]) -> Result<(), Error> {
        for target in &mut self.targets {
            state = target.activities.append::<B>(state)?;
            if let Some(spreads) = &mut target.spreads {
                state = spreads.append::<B>(state)?;
            }
            if let Some(logarithms) = &mut target.logarithms {
                state = logarithms.append::<B>(state)?;
            }
            if target.classes.is_some() {
                state = target.entropies.append::<B>(state)?;
                let (votes, rest) = split_state(state, target.votes.len())?;
                target.votes.iter_mut().zip(votes).for_each(|(total, votes)| *total += *votes as u32);
                state = rest;
            }
        }
        match state {
            [] => Ok(()),
            _ => Err(Error::shape(format!("Cannot append samples: {} numbers are left over", state.len()))),
        }
    }
}

impl Target {
    fn new(network: &Network, node: usize, rows: usize, random: bool, collect: Collect) -> Self {
        let width = network.graph.nodes[node].width;
        let activation = network.graph.layer_activation(node);
        let classes = match activation {
            Some(Activation::Softmax) => Some(Classes::Categorical),
            Some(Activation::Sigmoid { .. }) if width == 1 => Some(Classes::Binary),
            _ => None,
        };
        // Moments over the last gates are no probabilities to vote by.
        let classes = classes.filter(|_| collect != Collect::ConditionalMoments);
        let votes = classes.map_or(0, |classes| rows * class_count(classes, width));
        Self {
            node,
            width,
            random,
            classes,
            activities: Moments::new(rows * width),
            spreads: (collect == Collect::ConditionalMoments).then(|| Moments::new(rows * width)),
            logarithms: if collect == Collect::GeometricMeans { LogMeans::new(activation, rows, width) } else { None },
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
