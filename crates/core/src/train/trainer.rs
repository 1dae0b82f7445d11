//! One training step at a time, and a step in parts.

use crate::activation::Activation;
use crate::error::Error;
use crate::forward::{Draw, Masks, Mode, Pass, Workspace};
use crate::monte_carlo::check_rows;
use crate::need::Need;
use crate::network::{Graph, Network, Parameters};
use crate::ops::update_moving;
use crate::random::Domain;
use crate::train::backward::{Gradients, Start};
use crate::train::clip::Clip;
use crate::train::constraint;
use crate::train::expected::Expected;
use crate::train::loss::{Loss, Score};
use crate::train::optimizer::Optimizer;
use crate::train::reduce::Tree;
use crate::train::schedule::Schedule;
use crate::train::update::{Pace, State};
use std::rc::Rc;
use thinned_lanes::Backend;

/// The largest magnitude of which the square is a finite `f32`.
const LARGEST_GRADIENT: f32 = 1.8e19;

/// Rows of a part that is worth a gradient of its own.
const PART_ROWS: usize = 64;

/// Parts of a batch: so many workers can share a step.
const MOST_PARTS: usize = 8;

/// What a run minimises, and how.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What is minimised, beside the penalties of the parameters.
    pub loss: Loss,
    /// The rule of the update.
    pub optimizer: Optimizer,
    /// `η`.
    pub learning_rate: Schedule,
    /// `μ`, for the rules that have one.
    pub momentum: Schedule,
    /// What is done about large gradients.
    pub clip: Clip,
    /// Whether the rows of a batch share a subnetwork.
    pub masks: Masks,
    /// Whether the expectation over all subnetworks takes the place of one that is drawn.
    pub expected: bool,
    /// Of masks.
    pub seed: u64,
    /// Rows that [`Trainer::advance`] takes at a time, at least 1.
    pub slice_rows: usize,
}

/// The rows of one step.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// `[rows, inputs]`.
    pub x: Vec<f32>,
    /// `[rows]` class numbers, or `[rows, targets]`.
    pub y: Vec<f32>,
    /// What the loss of each row counts, `[rows]`; empty where all count the same.
    pub weights: Vec<f32>,
    /// How many.
    pub rows: usize,
}

/// A training run: what it minimises, and what it remembers between steps.
pub struct Trainer<B: Backend> {
    /// As they were given.
    pub settings: Settings,
    /// What the optimiser remembers; its steps count those of the run.
    pub state: State,
    /// What the learning rate of the schedule is multiplied by; 1 at first.
    pub learning_rate_scale: f64,
    workspace: Workspace,
    gradients: Gradients,
    tree: Tree,
    by_output: Vec<f32>,
    expected: Option<Expected>,
    step: Option<Step>,
    backend: core::marker::PhantomData<B>,
}

/// A step under way.
struct Step {
    batch: Batch,
    /// The weights at its beginning, whatever happens to the network meanwhile.
    parameters: Rc<Parameters>,
    epoch: u32,
    part: usize,
    next_row: usize,
    score: Score,
    outputs: Vec<f32>, // [rows so far, width]
    broken: Option<usize>,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Summed over the rows, before the update; the penalties count once for each row.
    pub score: Score,
    /// The activities of the output under drawn gates, `[rows, width]`.
    pub outputs: Vec<f32>,
    /// The first layer whose activities, or else whose gradient, is not finite; the network was not updated then.
    pub broken: Option<usize>,
}

impl<B: Backend> Trainer<B> {
    /// A run over `network`.
    ///
    /// # Errors
    /// `Range` when the loss does not fit the output layer, or there is no expectation of its gradient.
    pub fn new(network: &Network, settings: Settings) -> Result<Self, Error> {
        settings.loss.check_output(&network.graph)?;
        let expected = settings.expected.then(|| Expected::new(&network.graph, settings.loss)).transpose()?;
        let has_momentum = settings.momentum != Schedule::Constant(0.0);
        let starts = settings.optimizer.memory(has_momentum);
        Ok(Self {
            settings,
            state: State::new(&starts, network.parameters.iter().map(Vec::len)),
            learning_rate_scale: 1.0,
            workspace: Workspace::default(),
            gradients: Gradients::default(),
            tree: Tree::default(),
            by_output: Vec::new(),
            expected,
            step: None,
            backend: core::marker::PhantomData,
        })
    }

    /// The learning rate of the next step, in this epoch.
    pub fn learning_rate(&self, epoch: u32) -> f64 {
        self.learning_rate_scale * self.settings.learning_rate.at(epoch, self.state.steps)
    }

    /// Begins a step; one that was under way is forgotten.
    ///
    /// # Errors
    /// `Shape` or `Range` when the rows, labels or weights do not fit.
    pub fn begin(&mut self, network: &Network, batch: Batch, epoch: u32) -> Result<(), Error> {
        let graph = &network.graph;
        check_rows(&batch.x, batch.rows, graph.input_width())?;
        self.settings.loss.check_labels(&batch.y, batch.rows, graph.nodes[graph.output].width)?;
        if !batch.weights.is_empty() && batch.weights.len() != batch.rows {
            return Err(Error::shape(format!(
                "Cannot read the weights of the rows: got {} for {} rows, wanted one a row",
                batch.weights.len(),
                batch.rows
            )));
        }
        self.tree.clear();
        let parameters = Rc::clone(&network.parameters);
        let (score, outputs) = (Score::default(), Vec::new());
        self.step = Some(Step { batch, parameters, epoch, part: 0, next_row: 0, score, outputs, broken: None });
        Ok(())
    }

    /// Goes on with the step by one slice: some rows, or the update. Returns what came of it once it is done.
    ///
    /// The slices of a part add to one gradient in the order of the rows, so where they are cut changes no bit (except
    /// under connection gates that the batch shares, which are applied once a slice); parts are added along a tree,
    /// and their number depends on the rows of the batch alone.
    pub fn advance(&mut self, network: &mut Network) -> Option<Outcome> {
        let mut step = self.step.take()?;
        let graph = Rc::clone(&network.graph);
        if step.next_row < step.batch.rows {
            self.slice(&graph, &mut step);
            self.step = Some(step);
            return None;
        }
        let mut gradients = self.tree.finish::<B>().unwrap_or_default();
        let rows = step.batch.rows as f64;
        step.score.loss += rows * constraint::penalty(&graph, &step.parameters);
        constraint::add_gradient(&graph, &step.parameters, &mut gradients);
        self.settings.clip.apply::<B>(&mut gradients);
        // The update waits for a finite loss and gradient, so that the weights from before a divergence survive it. A
        // gradient whose square overflows would freeze Adam for good: it counts as a divergence, and the loss says so.
        // Bits without their sign are in the order of magnitudes, with NaN above infinity: a maximum that vectors take.
        let largest = |gradient: &Vec<f32>| gradient.iter().map(|entry| entry.abs().to_bits()).fold(0, u32::max);
        if let Some(wild) = gradients.iter().position(|gradient| largest(gradient) > LARGEST_GRADIENT.to_bits()) {
            step.broken = step.broken.or(Some(graph.parameters[wild].node));
            if step.score.loss.is_finite() {
                step.score.loss = f64::INFINITY;
            }
        }
        if step.score.loss.is_finite() {
            let pace = Pace {
                learning_rate: self.learning_rate(step.epoch),
                momentum: self.settings.momentum.at(step.epoch, self.state.steps),
            };
            // Given up first, so that the update need not copy the weights.
            drop(core::mem::take(&mut step.parameters));
            let parameters = Rc::make_mut(&mut network.parameters);
            let moves = |parameter: usize| graph.parameters[parameter].trainable;
            self.state.update::<B>(self.settings.optimizer, pace, parameters, &gradients, moves);
            update_moving(&graph, parameters, &self.workspace.batch_statistics);
            constraint::limit_norms(&graph, parameters);
        } else {
            step.broken = step.broken.or(Some(graph.output));
        }
        self.tree.recycle(gradients);
        Some(Outcome { score: step.score, outputs: step.outputs, broken: step.broken })
    }

    /// Adds the gradient of the next rows of a part to that of the part.
    fn slice(&mut self, graph: &Graph, step: &mut Step) {
        let Batch { rows: total, x, y, weights } = &step.batch;
        // The statistics of a batch want all of its rows at once.
        let (parts, slice_rows) = match graph.couples_rows() {
            true => (1, *total),
            false => ((total / PART_ROWS).clamp(1, MOST_PARTS), self.settings.slice_rows),
        };
        let part_end = total * (step.part + 1) / parts;
        let (first, end) = (step.next_row, part_end.min(step.next_row + slice_rows));
        let is_first = first == total * step.part / parts;
        let rows = end - first;
        let (inputs, width) = (graph.input_width(), graph.nodes[graph.output].width);
        let targets = self.settings.loss.target_width(width);
        let (x, y) = (&x[first * inputs..end * inputs], &y[first * targets..end * targets]);
        let weights = if weights.is_empty() { &[] } else { &weights[first..end] };
        if let Some(expected) = &self.expected {
            if is_first {
                expected.clear(&step.parameters, &mut self.gradients.parameters);
            }
            let gradients = &mut self.gradients.parameters;
            let (score, outputs) = expected.add::<B>(graph, &step.parameters, x, y, weights, *total, gradients);
            step.score.loss += score.loss;
            step.score.correct += score.correct;
            step.outputs.extend(outputs);
            self.end_slice(step, end, part_end);
            return;
        }

        let logits_of = Some(graph.output);
        let pass = Pass { graph, parameters: &step.parameters, rows, logits_of, mode: Mode::Training };
        let Settings { seed, masks, loss, .. } = self.settings;
        let sample = self.state.steps;
        let draw = Draw { seed, domain: Domain::Training, sample, first_row: first as u32, masks };
        let (fixed, gated) = needs(graph);
        pass.deterministic::<B>(x, &fixed, &mut self.workspace);
        pass.gated::<B>(draw, 1, &gated, &mut self.workspace);

        let activation = output_activation(graph);
        let activities = &self.workspace.values[graph.output];
        let score = loss.score(activation, activities, &self.workspace.logits, y, weights, width);
        step.score.loss += score.loss;
        step.score.correct += score.correct;
        step.outputs.extend_from_slice(activities);
        if !score.loss.is_finite() && step.broken.is_none() {
            let is_broken = |values: &Vec<f32>| values.iter().any(|value| !value.is_finite());
            step.broken = self.workspace.values.iter().position(is_broken);
        }
        loss.gradient(activation, activities, y, weights, width, *total, &mut self.by_output);
        let start = if loss.includes_activation() { Start::Logits } else { Start::Activities };
        if is_first {
            self.gradients.clear(pass);
        }
        self.gradients.backward::<B>(pass, draw, &self.workspace, &self.by_output, start);
        self.end_slice(step, end, part_end);
    }

    /// Goes on at row `end`, with another part where this one ends.
    fn end_slice(&mut self, step: &mut Step, end: usize, part_end: usize) {
        step.next_row = end;
        if end == part_end {
            self.tree.push::<B>(&mut self.gradients.parameters);
            step.part += 1;
        }
    }
}

/// What a pass needs of each node, split into what no gate changes and what is drawn.
fn needs(graph: &Graph) -> (Vec<bool>, Vec<Need>) {
    let needed = graph.ancestors(&[graph.output]);
    let random = graph.random_nodes();
    let fixed = needed.iter().zip(&random).map(|(needed, random)| *needed && !random).collect();
    let need = |(needed, random): (&bool, &bool)| if *needed && *random { Need::Whole } else { Need::Nothing };
    (fixed, needed.iter().zip(&random).map(need).collect())
}

/// The deterministic activities of the output, `[rows, width]`.
///
/// # Errors
/// `Shape` when `x` is not `rows` rows.
pub fn predict<B: Backend>(network: &Network, x: &[f32], rows: usize) -> Result<Vec<f32>, Error> {
    let mut workspace = deterministic::<B>(network, x, rows)?;
    Ok(workspace.values.swap_remove(network.graph.output))
}

/// The deterministic activities of some nodes before their own gates, each `[rows, width]`, one after the other.
///
/// # Errors
/// `Shape` when `x` is not `rows` rows, `Range` when a node does not exist.
pub fn activities<B: Backend>(network: &Network, x: &[f32], rows: usize, nodes: &[usize]) -> Result<Vec<f32>, Error> {
    let graph = &network.graph;
    if let Some(node) = nodes.iter().find(|node| **node >= graph.nodes.len()) {
        return Err(Error::range(format!("Cannot predict node {node}: the network has {}", graph.nodes.len())));
    }
    let workspace = deterministic::<B>(network, x, rows)?;
    Ok(nodes.iter().flat_map(|&node| &workspace.values[graph.before_gates(node)]).copied().collect())
}

/// Loss and accuracy of the deterministic network, summed over the rows, and its output, `[rows, width]`; the loss is
/// without the penalties of the parameters. `weights` is empty, or `[rows]`.
///
/// # Errors
/// As [`Trainer::new`] and [`Trainer::begin`].
pub fn evaluate<B: Backend>(
    network: &Network,
    x: &[f32],
    y: &[f32],
    weights: &[f32],
    rows: usize,
    loss: Loss,
) -> Result<(Score, Vec<f32>), Error> {
    let graph = &network.graph;
    let width = graph.nodes[graph.output].width;
    loss.check_output(graph)?;
    loss.check_labels(y, rows, width)?;
    let mut workspace = deterministic::<B>(network, x, rows)?;
    let activities = workspace.values.swap_remove(graph.output);
    Ok((loss.score(output_activation(graph), &activities, &workspace.logits, y, weights, width), activities))
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

fn output_activation(graph: &Graph) -> Option<Activation> {
    graph.layer_activation(graph.output)
}
