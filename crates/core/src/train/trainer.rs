//! One training step at a time, and a step in parts.

use crate::error::Error;
use crate::forward::Masks;
use crate::network::{Graph, Network, Parameters};
use crate::ops::update_moving;
use crate::train::clip::Clip;
use crate::train::constraint;
use crate::train::loss::Loss;
use crate::train::optimizer::Optimizer;
use crate::train::part::{self, Account, Differentiator, Rules};
use crate::train::reduce::{Parts, Tree};
use crate::train::schedule::Schedule;
use crate::train::step::{Done, Step, Update};
use crate::train::update::{Pace, State, Stretch, pieces};
use core::ops::Range;
use std::rc::Rc;
use thinned_lanes::Backend;

pub use crate::train::step::{Batch, Outcome};

/// The largest magnitude of which the square is a finite `f32`.
const LARGEST_GRADIENT: f32 = 1.8e19;

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

impl Settings {
    fn rules(&self) -> Rules {
        let Self { loss, masks, expected, seed, slice_rows, .. } = *self;
        Rules { loss, masks, expected, seed, slice_rows }
    }
}

/// A training run: what it minimises, and what it remembers between steps.
pub struct Trainer<B: Backend> {
    /// As they were given.
    pub settings: Settings,
    /// What the optimiser remembers; its steps count those of the run.
    pub state: State,
    /// What the learning rate of the schedule is multiplied by; 1 at first.
    pub learning_rate_scale: f64,
    differentiator: Differentiator<B>,
    /// The weight of the squares of each parameter, beside its own penalty: a prior. Empty for none.
    pub prior: Vec<f64>,
    tree: Tree,
    rows: Vec<f32>, // of a gradient, spread over whole kernels
    step: Option<Step>,
}

impl<B: Backend> Trainer<B> {
    /// A run over `network`.
    ///
    /// # Errors
    /// `Range` when the loss does not fit the output layer, or there is no expectation of its gradient.
    pub fn new(network: &Network, settings: Settings) -> Result<Self, Error> {
        settings.loss.check_output(&network.graph)?;
        let has_momentum = settings.momentum != Schedule::Constant(0.0);
        let starts = settings.optimizer.memory(has_momentum);
        Ok(Self {
            settings,
            state: State::new(&starts, network.parameters.iter().map(Vec::len)),
            learning_rate_scale: 1.0,
            differentiator: Differentiator::new(&network.graph, settings.rules())?,
            prior: Vec::new(),
            tree: Tree::default(),
            rows: Vec::new(),
            step: None,
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
        batch.check(graph, self.settings.loss)?;
        self.tree.clear();
        self.differentiator.begin_step(graph, &network.parameters, batch.rows, self.state.steps);
        self.step = Some(Step {
            parts: part::parts(graph, batch.rows),
            batch,
            parameters: Rc::clone(&network.parameters),
            epoch,
            claimed: 0,
            is_shared: false,
            own: None,
            added: 0,
            waiting: Vec::new(),
            outcome: Outcome::default(),
            update: None,
        });
        Ok(())
    }

    /// Whether the step under way has parts that others can take.
    pub fn divides(&self) -> bool {
        self.step.as_ref().is_some_and(|step| step.parts > 1)
    }

    /// Gives away a part of the step under way that nobody has: its number, to be [placed](Self::place) later. A step
    /// that does not [divide](Self::divides) stays here: its rows may depend on each other.
    pub fn claim(&mut self) -> Option<usize> {
        let step = self.step.as_mut().filter(|step| step.parts > 1)?;
        step.is_shared = true;
        step.claim()
    }

    /// The rows of a part of the step under way, by their numbers in the batch.
    pub fn rows_of(&self, part: usize) -> Option<Range<usize>> {
        let step = self.step.as_ref().filter(|step| part < step.parts)?;
        Some(part::rows_of(part, step.parts, step.batch.rows))
    }

    /// The weights that the step under way began with.
    pub fn parameters(&self) -> Option<&Parameters> {
        self.step.as_ref().map(|step| &*step.parameters)
    }

    /// Whether the step under way can only go on once a part that was given away is placed.
    pub fn waits(&self) -> bool {
        self.step.as_ref().is_some_and(|step| {
            step.added < step.parts
                && step.own.is_none()
                && step.claimed == step.parts
                && step.waiting.iter().all(|done| done.parts.start != step.added)
                && !self.tree.joins(false)
        })
    }

    /// Arrays for the gradient of a part of the step under way, with whatever numbers.
    pub fn blank(&mut self, network: &Network) -> Parts {
        let mut arrays = self.tree.blank();
        let lengths = self.differentiator.gradient_lengths(&network.graph, &network.parameters);
        arrays.resize_with(lengths.len(), Vec::new);
        arrays.iter_mut().zip(lengths).for_each(|(array, length)| array.resize(length, 0.0));
        arrays
    }

    /// Takes a part that was given away: its gradient, and what else came of it.
    ///
    /// # Errors
    /// `Shape` when they are not of a part that is missing.
    pub fn place(&mut self, network: &Network, part: usize, gradient: Parts, account: Account) -> Result<(), Error> {
        let graph = &network.graph;
        let lengths = self.differentiator.gradient_lengths(graph, &network.parameters);
        let is_missing = |step: &mut Step| {
            let rows = part::rows_of(part, step.parts, step.batch.rows).len();
            (step.added..step.claimed).contains(&part)
                && step.own.iter().chain(step.waiting.iter().map(|done| &done.parts)).all(|own| !own.contains(&part))
                && gradient.iter().map(Vec::len).eq(lengths.iter().copied())
                && account.outputs.len() == rows * graph.nodes[graph.output].width
        };
        let Some(mut step) = self.step.take_if(is_missing) else {
            return Err(Error::shape(format!(
                "Cannot place part {part} of a step: it was not given away in that size"
            )));
        };
        step.waiting.push(Done { parts: part..part + 1, gradient, account });
        self.step = Some(step);
        Ok(())
    }

    /// Goes on with the step by one slice: some rows of a part that nobody else has, or the update. Returns what came of
    /// the step once it is done; does nothing while the parts of others are [missing](Self::waits).
    ///
    /// Slices are cut as [`Differentiator::advance`] says; parts are added along a tree, and their number depends on the
    /// rows of the batch alone.
    pub fn advance(&mut self, network: &mut Network) -> Option<Outcome> {
        let mut step = self.step.take()?;
        let graph = Rc::clone(&network.graph);
        if self.tree.join::<B>(false) || step.add_next(&mut self.tree) {
            self.step = Some(step);
            return None;
        }
        if step.added < step.parts {
            let pair_rows = 2 * step.batch.rows.div_ceil(step.parts);
            let pairs = || pair_rows <= self.settings.slice_rows && part::pairs(&graph, &self.settings.rules());
            if let Some(parts) = step.own.take().or_else(|| step.claim_own(pairs())) {
                let rows = step.rows(&parts, &graph, self.settings.loss, self.state.steps);
                if self.differentiator.advance(&graph, &step.parameters, rows) {
                    step.own = Some(parts);
                } else {
                    let account = self.differentiator.account();
                    let gradient = core::mem::replace(self.differentiator.gradient(), self.tree.blank());
                    step.waiting.push(Done { parts, gradient, account });
                    self.differentiator.begin();
                }
            }
            self.step = Some(step);
            return None;
        }
        if self.tree.join::<B>(true) {
            self.step = Some(step);
            return None;
        }
        let Some(update) = &mut step.update else {
            self.begin_update(&graph, &mut step, network);
            self.step = Some(step);
            return None;
        };
        if update.next < update.pieces.len() {
            let piece = update.pieces[update.next].clone();
            update.next += 1;
            self.update(&graph, piece, update, network);
            self.step = Some(step);
            return None;
        }
        if let Some((moved, _)) = &mut update.moved
            && let Some(index) = update.unlimited.pop()
        {
            constraint::limit_norms(&graph.parameters[index], &mut moved[index]);
            self.step = Some(step);
            return None;
        }
        self.finish_step(&graph, step, network)
    }

    /// Makes the gradient what the update wants, and says in which pieces it goes.
    fn begin_update(&mut self, graph: &Graph, step: &mut Step, network: &Network) {
        let mut gradient = self.tree.finish().unwrap_or_default();
        let is_whole = self.settings.clip != Clip::None || !self.prior.is_empty() || constraint::has_penalty(graph);
        if is_whole {
            self.differentiator.widen(graph, &mut gradient);
        }
        let rows = step.batch.rows as f64;
        let outcome = &mut step.outcome;
        outcome.score.loss += rows * constraint::penalty(graph, &step.parameters);
        constraint::add_gradient(graph, &step.parameters, &mut gradient);
        outcome.score.loss += rows * constraint::add_prior(&self.prior, &step.parameters, &mut gradient);
        self.settings.clip.apply::<B>(&mut gradient);
        // The update waits for a finite loss and gradient, so that the weights from before a divergence survive it. A
        // gradient whose square overflows would freeze Adam for good: it counts as a divergence, and the loss says so.
        // Bits without their sign are in the order of magnitudes, with NaN above infinity: a maximum that vectors take.
        let largest = |gradient: &Vec<f32>| gradient.iter().map(|entry| entry.abs().to_bits()).fold(0, u32::max);
        if let Some(wild) = gradient.iter().position(|gradient| largest(gradient) > LARGEST_GRADIENT.to_bits()) {
            outcome.broken = outcome.broken.or(Some(graph.parameters[wild].node));
            if outcome.score.loss.is_finite() {
                outcome.score.loss = f64::INFINITY;
            }
        }
        // Given up first, so that the update need not copy the weights.
        drop(core::mem::take(&mut step.parameters));
        let sizes = || network.parameters.iter().map(Vec::len);
        let pace = Pace {
            learning_rate: self.learning_rate(step.epoch),
            momentum: self.settings.momentum.at(step.epoch, self.state.steps),
        };
        let mut update =
            Update { gradient, pace, pieces: Vec::new(), next: 0, unlimited: Vec::new(), is_whole, moved: None };
        if outcome.score.loss.is_finite() {
            self.state.steps += 1;
            let trainable: Vec<bool> = graph.parameters.iter().map(|parameter| parameter.trainable).collect();
            update.pieces = pieces(sizes().zip(trainable));
            if update.pieces.len() > 1 {
                let before = Rc::clone(&network.parameters);
                update.moved = Some((before.to_vec(), before));
                let limited = graph.parameters.iter().zip(0..).filter(|(parameter, _)| parameter.max_norm.is_some());
                update.unlimited = limited.map(|(_, index)| index).collect();
            }
        } else {
            outcome.broken = outcome.broken.or(Some(graph.output));
        }
        step.update = Some(update);
    }

    /// Moves the weights of a piece: in the network where there is one piece, and otherwise in a copy, so that nobody sees
    /// a network that is half moved.
    fn update(&mut self, graph: &Graph, piece: Vec<Stretch>, update: &mut Update, network: &mut Network) {
        let Self { settings, state, differentiator, rows, .. } = self;
        let parameters = match &mut update.moved {
            Some((moved, _)) => moved,
            None => Rc::make_mut(&mut network.parameters),
        };
        for Stretch { parameter, weights } in piece {
            let gradient = &update.gradient[parameter];
            let mut move_weights = |weights: Range<usize>, gradient: &[f32]| {
                let place = (parameter, weights.start);
                state.update::<B>(
                    settings.optimizer,
                    update.pace,
                    place,
                    &mut parameters[parameter][weights],
                    gradient,
                );
            };
            match differentiator.kept(graph, parameter).filter(|_| !update.is_whole) {
                Some(kept) => kept.each_rows::<B>(gradient, weights, rows, move_weights),
                None => move_weights(weights.clone(), &gradient[weights]),
            }
        }
    }

    fn finish_step(&mut self, graph: &Graph, mut step: Step, network: &mut Network) -> Option<Outcome> {
        let update = step.update.take()?;
        if !update.pieces.is_empty() {
            match update.moved {
                // Weights that were set while the update was under way stay as they were set.
                Some((_, before)) if !Rc::ptr_eq(&before, &network.parameters) => {}
                Some((moved, _)) => network.parameters = Rc::new(moved),
                None => {
                    let parameters = Rc::make_mut(&mut network.parameters);
                    let limited = graph.parameters.iter().zip(parameters);
                    limited.for_each(|(parameter, values)| constraint::limit_norms(parameter, values));
                }
            }
            update_moving(graph, Rc::make_mut(&mut network.parameters), self.differentiator.batch_statistics());
        }
        let mut gradient = update.gradient;
        if update.is_whole {
            self.differentiator.narrow(graph, &mut gradient);
        }
        self.tree.recycle(gradient);
        Some(step.outcome)
    }
}
