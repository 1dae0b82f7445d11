//! A step under way: its rows, its parts and who has them, and its update.

use crate::error::Error;
use crate::monte_carlo::check_rows;
use crate::network::{Graph, Parameters};
use crate::train::loss::{Loss, Score};
use crate::train::part::{self, Account, Rows};
use crate::train::reduce::{Parts, Tree};
use crate::train::update::{Pace, Stretch};
use core::ops::Range;
use std::rc::Rc;

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

impl Batch {
    /// Refuses rows, labels or weights that do not fit the network or the loss.
    ///
    /// # Errors
    /// `Shape` or `Range`.
    pub fn check(&self, graph: &Graph, loss: Loss) -> Result<(), Error> {
        check_rows(&self.x, self.rows, graph.input_width())?;
        loss.check_labels(&self.y, self.rows, graph.nodes[graph.output].width)?;
        if self.weights.is_empty() || self.weights.len() == self.rows {
            return Ok(());
        }
        Err(Error::shape(format!(
            "Cannot read the weights of the rows: got {} for {} rows, wanted one a row",
            self.weights.len(),
            self.rows
        )))
    }
}

/// What came of a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Summed over the rows, before the update; the penalties count once for each row.
    pub score: Score,
    /// The activities of the output under drawn gates, `[rows, width]`.
    pub outputs: Vec<f32>,
    /// The first layer whose activities, or else whose gradient, is not finite; the network was not updated then.
    pub broken: Option<usize>,
}

/// A step under way.
pub struct Step {
    /// Its rows.
    pub batch: Batch,
    /// The weights at its beginning, whatever happens to the network meanwhile.
    pub parameters: Rc<Parameters>,
    /// Of the rates of its update.
    pub epoch: u32,
    /// How many there are.
    pub parts: usize,
    /// Parts that someone has, here or elsewhere: those before this number.
    pub claimed: usize,
    /// Whether someone has asked for parts to compute elsewhere.
    pub is_shared: bool,
    /// The part that is under way here, or two that go together.
    pub own: Option<Range<usize>>,
    /// Parts that are in the tree: those before this number.
    pub added: usize,
    /// Parts that are done and whose turn has not come.
    pub waiting: Vec<Done>,
    /// Of the parts that are in the tree.
    pub outcome: Outcome,
    /// Once all parts are added.
    pub update: Option<Update>,
}

/// What came of a part, or of two that go together.
pub struct Done {
    /// Their numbers.
    pub parts: Range<usize>,
    /// The sum of theirs.
    pub gradient: Parts,
    /// What else.
    pub account: Account,
}

/// The update of a step.
pub struct Update {
    /// The sum of all parts.
    pub gradient: Parts,
    /// The rates of this step.
    pub pace: Pace,
    /// Weights that are moved together.
    pub pieces: Vec<Vec<Stretch>>,
    /// The piece that comes next.
    pub next: usize,
    /// Where there are several pieces: parameters whose units' norms are still to be limited.
    pub unlimited: Vec<usize>,
    /// Whether the gradient is that by whole kernels, also where a mask has thinned them.
    pub is_whole: bool,
    /// Where there are several pieces: the weights as they come to be, and those that they come from.
    pub moved: Option<(Parameters, Rc<Parameters>)>,
}

impl Step {
    /// Gives away the next part, if there is one that nobody has.
    pub fn claim(&mut self) -> Option<usize> {
        (self.claimed < self.parts).then(|| {
            self.claimed += 1;
            self.claimed - 1
        })
    }

    /// The same for this thread: two parts that have the same parent in the tree, if `pairs` of them can be taken and nobody else
    /// has asked for any.
    pub fn claim_own(&mut self, pairs: bool) -> Option<Range<usize>> {
        let first = self.claim()?;
        let is_pair = pairs && !self.is_shared && first.is_multiple_of(2) && self.claim().is_some();
        Some(first..first + 1 + usize::from(is_pair))
    }

    /// Puts the part whose turn it is into the tree, if it is done; returns whether it was.
    pub fn add_next(&mut self, tree: &mut Tree) -> bool {
        let Some(next) = self.waiting.iter().position(|done| done.parts.start == self.added) else { return false };
        let Done { parts, gradient, account: Account { scores, outputs, broken } } = self.waiting.swap_remove(next);
        tree.push(parts.len() as u32, gradient);
        scores.into_iter().for_each(|score| self.outcome.score.add(score));
        self.outcome.outputs.extend(outputs);
        self.outcome.broken = self.outcome.broken.or(broken);
        self.added += parts.len();
        true
    }

    /// The rows of a part, or of two that go together.
    pub fn rows(&self, parts: &Range<usize>, graph: &Graph, loss: Loss, step: u32) -> Rows<'_> {
        let Batch { x, y, weights, rows: total } = &self.batch;
        let Range { start: first, end: cut } = part::rows_of(parts.start, self.parts, *total);
        let end = part::rows_of(parts.end - 1, self.parts, *total).end;
        let (inputs, targets) = (graph.input_width(), loss.target_width(graph.nodes[graph.output].width));
        Rows {
            x: &x[first * inputs..end * inputs],
            y: &y[first * targets..end * targets],
            weights: if weights.is_empty() { &[] } else { &weights[first..end] },
            count: end - first,
            first,
            total: *total,
            step,
            cut: (cut < end).then_some(cut - first),
        }
    }
}
