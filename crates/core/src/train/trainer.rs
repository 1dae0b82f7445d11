//! One training step at a time.

use crate::activation::Activation;
use crate::error::Error;
use crate::forward::{Draw, Masks, Mode, Pass, Workspace};
use crate::monte_carlo::check_rows;
use crate::need::Need;
use crate::network::Network;
use crate::ops::update_moving;
use crate::random::Domain;
use crate::train::backward::{Gradients, Start};
use crate::train::loss::{Loss, Score};
use crate::train::optimizer::{Optimizer, State};
use std::rc::Rc;
use thinned_lanes::Backend;

/// The largest magnitude of which the square is a finite `f32`.
const LARGEST_GRADIENT: f32 = 1.8e19;

/// A training run: what to minimise, how, and what it remembers between steps.
pub struct Trainer<B: Backend> {
    loss: Loss,
    optimizer: Optimizer,
    masks: Masks,
    seed: u64,
    step: u32,
    state: State,
    workspace: Workspace,
    gradients: Gradients,
    by_output: Vec<f32>,
    backend: core::marker::PhantomData<B>,
}

impl<B: Backend> Trainer<B> {
    /// A run over `network`; `masks` says whether the rows of a batch share a subnetwork.
    ///
    /// # Errors
    /// `Range` when the loss does not fit the output layer.
    pub fn new(network: &Network, loss: Loss, optimizer: Optimizer, masks: Masks, seed: u64) -> Result<Self, Error> {
        loss.check_output(&network.graph)?;
        Ok(Self {
            loss,
            optimizer,
            masks,
            seed,
            step: 0,
            state: State::default(),
            workspace: Workspace::default(),
            gradients: Gradients::default(),
            by_output: Vec::new(),
            backend: core::marker::PhantomData,
        })
    }

    /// Draws gates, computes the loss of a batch before the update, and updates the network.
    ///
    /// `x` is `[rows, inputs]`; `y` is `[rows]` class numbers or `[rows, outputs]`.
    ///
    /// # Errors
    /// `Shape` or `Range` when the rows or labels do not fit; the network is then as it was.
    pub fn step(&mut self, network: &mut Network, x: &[f32], y: &[f32], rows: usize) -> Result<Score, Error> {
        let graph = Rc::clone(&network.graph);
        let width = graph.nodes[graph.output].width;
        check_rows(x, rows, graph.input_width())?;
        self.loss.check_labels(y, rows, width)?;
        let pass = Pass {
            graph: &graph,
            parameters: &network.parameters,
            rows,
            logits_of: Some(graph.output),
            mode: Mode::Training,
        };
        let draw =
            Draw { seed: self.seed, domain: Domain::Training, sample: self.step, first_row: 0, masks: self.masks };
        let needed = graph.ancestors(&[graph.output]);
        let random = graph.random_nodes();
        let fixed: Vec<bool> = needed.iter().zip(&random).map(|(needed, random)| *needed && !random).collect();
        let need = |(needed, random): (&bool, &bool)| if *needed && *random { Need::Whole } else { Need::Nothing };
        let gated: Vec<Need> = needed.iter().zip(&random).map(need).collect();
        pass.deterministic::<B>(x, &fixed, &mut self.workspace);
        pass.gated::<B>(draw, 1, &gated, &mut self.workspace);
        let activation = output_activation(network);
        let activities = &self.workspace.values[graph.output];
        let score = self.loss.score(activation, activities, &self.workspace.logits, y, width);
        self.loss.gradient(activation, activities, y, width, &mut self.by_output);
        let start = if self.loss.includes_activation() { Start::Logits } else { Start::Activities };
        self.gradients.backward::<B>(pass, draw, &self.workspace, &self.by_output, start);
        self.step += 1;
        // The update waits for a finite loss and gradient, so that the weights from before a divergence survive it. A
        // gradient whose square overflows would freeze Adam for good: it counts as a divergence, and the loss says so.
        let tame = |gradient: &f32| gradient.abs() <= LARGEST_GRADIENT;
        let mut score = score;
        if !self.gradients.parameters.iter().flatten().all(tame) && score.loss.is_finite() {
            score.loss = f64::INFINITY;
        }
        if score.loss.is_finite() {
            let parameters = Rc::make_mut(&mut network.parameters);
            self.state.update(self.optimizer, parameters, &self.gradients.parameters);
            update_moving(&graph, parameters, &self.workspace.batch_statistics);
        }
        Ok(score)
    }
}

/// The deterministic activities of the output, `[rows, width]`.
///
/// # Errors
/// `Shape` when `x` is not `rows` rows.
pub fn predict<B: Backend>(network: &Network, x: &[f32], rows: usize) -> Result<Vec<f32>, Error> {
    let mut workspace = deterministic::<B>(network, x, rows)?;
    Ok(workspace.values.swap_remove(network.graph.output))
}

/// Loss and accuracy of the deterministic network, summed over the rows.
///
/// # Errors
/// As [`Trainer::new`] and [`Trainer::step`].
pub fn evaluate<B: Backend>(network: &Network, x: &[f32], y: &[f32], rows: usize, loss: Loss) -> Result<Score, Error> {
    let graph = &network.graph;
    let width = graph.nodes[graph.output].width;
    loss.check_output(graph)?;
    loss.check_labels(y, rows, width)?;
    let workspace = deterministic::<B>(network, x, rows)?;
    let activities = &workspace.values[graph.output];
    Ok(loss.score(output_activation(network), activities, &workspace.logits, y, width))
}

fn deterministic<B: Backend>(network: &Network, x: &[f32], rows: usize) -> Result<Workspace, Error> {
    let graph = &network.graph;
    check_rows(x, rows, graph.input_width())?;
    let mut workspace = Workspace::default();
    let logits_of = Some(graph.output);
    let pass = Pass { graph, parameters: &network.parameters, rows, logits_of, mode: Mode::Prediction };
    pass.deterministic::<B>(x, &graph.ancestors(&[graph.output]), &mut workspace);
    Ok(workspace)
}

fn output_activation(network: &Network) -> Option<Activation> {
    network.graph.layer_activation(network.graph.output)
}
