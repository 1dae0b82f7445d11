//! The gradient of a part of a batch, a slice of its rows at a time.
//!
//! Parts of a batch are the leaves of the tree of [`reduce`](crate::train::reduce). A part needs nothing of the others, so
//! that whoever has the weights can compute it, in this thread or in another.

use crate::error::Error;
use crate::forward::thinned::Kept;
use crate::forward::{Draw, Masks, Mode, Pass, Workspace};
use crate::need::Need;
use crate::network::{Graph, Operation, Parameters};
use crate::ops::{BatchStatistics, Fixed, Function};
use crate::random::Domain;
use crate::train::backward::{Gradients, Start, gradient_lengths, kept_kernels};
use crate::train::expected::Expected;
use crate::train::loss::{Loss, Score};
use crate::train::reduce::Parts;
use core::ops::Range;
use thinned_lanes::Backend;

/// Rows of a part that is worth a gradient of its own.
const PART_ROWS: usize = 64;

/// Parts of a batch: so many workers can share a step.
const MOST_PARTS: usize = 8;

/// Rows of a slice where the bits of the gradient depend on it.
const FIXED_SLICE_ROWS: usize = 16;

/// How many parts a batch has; a function of the rows and of the graph alone.
pub fn parts(graph: &Graph, rows: usize) -> usize {
    // The statistics of a batch want all of its rows at once.
    if graph.couples_rows() { 1 } else { (rows / PART_ROWS).clamp(1, MOST_PARTS) }
}

/// The rows of part `index` of so many. Of two, the first is the smaller by an eighth: it is the one that a worker takes,
/// who waits for the weights before and sends the gradient after, for about as long as those rows take.
pub fn rows_of(index: usize, parts: usize, rows: usize) -> Range<usize> {
    let start = |index: usize| match (index, parts) {
        (1, 2) => rows * 7 / 16,
        _ => rows * index / parts,
    };
    start(index)..start(index + 1)
}

/// Whether a thread that has a part and the next one can take them as one: weights are packed once for both, and the gradient
/// of the second is added to that of the first while it is computed. True of graphs whose parameters are those of dense layers.
pub fn pairs(graph: &Graph, rules: &Rules) -> bool {
    let is_dense = |index: usize| graph.dense(index).is_some_and(|dense| dense.site.is_none());
    let holds_no_parameters = |operation: &Operation| match operation {
        Operation::Dense(_) => false,
        Operation::Fixed(fixed) => fixed.parameters().is_empty(),
        _ => true,
    };
    let mut nodes = graph.nodes.iter().enumerate();
    !rules.expected
        && !graph.couples_rows()
        && !sums_over_slices(graph, rules.masks)
        && nodes.all(|(index, node)| is_dense(index) || holds_no_parameters(&node.operation))
}

/// How gradients are taken.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// What is minimised, beside the penalties of the parameters.
    pub loss: Loss,
    /// Whether the rows of a batch share a subnetwork.
    pub masks: Masks,
    /// Whether the expectation over all subnetworks takes the place of one that is drawn.
    pub expected: bool,
    /// Of masks.
    pub seed: u64,
    /// Rows that [`Differentiator::advance`] takes at a time, at least 1.
    pub slice_rows: usize,
}

impl Rules {
    /// The gates of a step for its rows from `first_row` on.
    fn draw(&self, step: u32, first_row: u32) -> Draw {
        Draw { seed: self.seed, domain: Domain::Training, sample: step, first_row, masks: self.masks }
    }
}

/// The rows of a part, and where they stand.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// `[count, inputs]`.
    pub x: &'a [f32],
    /// `[count, targets]`.
    pub y: &'a [f32],
    /// `[count]`, or empty where all count the same.
    pub weights: &'a [f32],
    /// How many.
    pub count: usize,
    /// The number of the first one in the batch: masks depend on it.
    pub first: usize,
    /// Rows of the batch: the loss is their mean.
    pub total: usize,
    /// The number of the step: masks depend on it.
    pub step: u32,
    /// Where the next part begins, for two that [go together](pairs): each has sums of its own, and then they are added.
    pub cut: Option<usize>,
}

/// What came of a part beside its gradient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Summed over the rows before the [cut](Rows::cut), and from it on; without the penalties.
    pub scores: [Score; 2],
    /// The activities of the output under drawn gates, `[rows, width]`.
    pub outputs: Vec<f32>,
    /// The first layer whose activities are not finite.
    pub broken: Option<usize>,
}

/// Where in the graph a slice is.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Nodes before this one have their values.
    Forth(usize),
    /// Nodes from this one on have passed their gradients on.
    Back(usize),
}

/// What takes the gradients of parts, one at a time; its memory serves them all.
pub struct Differentiator<B: Backend> {
    rules: Rules,
    expected: Option<Expected>,
    workspace: Workspace,
    gradients: Gradients,
    by_output: Vec<f32>,
    whole: Parts, // by parameter: the arrays of `widen()`
    next_row: usize,
    stage: Stage,
    account: Account,
    backend: core::marker::PhantomData<B>,
}

impl<B: Backend> Differentiator<B> {
    /// One that has nothing to do.
    ///
    /// # Errors
    /// `Range` when there is no expectation of the gradient, where it is wanted.
    pub fn new(graph: &Graph, rules: Rules) -> Result<Self, Error> {
        Ok(Self {
            rules,
            expected: rules.expected.then(|| Expected::new(graph, rules.loss)).transpose()?,
            workspace: Workspace::default(),
            gradients: Gradients::default(),
            by_output: Vec::new(),
            whole: Parts::new(),
            next_row: 0,
            stage: Stage::Forth(0),
            account: Account::default(),
            backend: core::marker::PhantomData,
        })
    }

    /// Begins step number `step`, of a batch of so many rows: other parameters and masks than before.
    pub fn begin_step(&mut self, graph: &Graph, parameters: &Parameters, rows: usize, step: u32) {
        if self.expected.is_none() {
            let pass = Pass { graph, parameters, rows, logits_of: None, mode: Mode::Training };
            pass.thin::<B>(self.rules.draw(step, 0), &mut self.workspace);
        }
        self.begin();
    }

    /// Begins a part of the same step; one that was under way is forgotten.
    pub fn begin(&mut self) {
        self.next_row = 0;
        self.stage = Stage::Forth(0);
        self.account = Account::default();
    }

    /// Adds the gradient of the next rows of `part` to that of the part; returns whether there are more. The part and the
    /// parameters are the same from its first slice to its last.
    ///
    /// The slices of a part add to one gradient in the order of the rows, so where they are cut changes no bit of it; for
    /// graphs of which that is not so they are cut at the same places everywhere. Where rows depend on each other a slice has
    /// all of them, and goes through one node after the other.
    pub fn advance(&mut self, graph: &Graph, parameters: &Parameters, part: Rows) -> bool {
        let Rules { loss, masks, slice_rows, .. } = self.rules;
        let slice_rows = match graph {
            _ if graph.couples_rows() || part.cut.is_some() => part.count,
            _ if sums_over_slices(graph, masks) => FIXED_SLICE_ROWS,
            _ => slice_rows,
        };
        let (first, end) = (self.next_row, part.count.min(self.next_row + slice_rows));
        let rows = end - first;
        let (inputs, width) = (graph.input_width(), graph.nodes[graph.output].width);
        let targets = loss.target_width(width);
        let (x, y) = (&part.x[first * inputs..end * inputs], &part.y[first * targets..end * targets]);
        let weights = if part.weights.is_empty() { &[] } else { &part.weights[first..end] };

        if let Some(expected) = &self.expected {
            let gradients = &mut self.gradients.parameters;
            if first == 0 {
                expected.clear(parameters, gradients);
            }
            let (score, outputs) = expected.add::<B>(graph, parameters, x, y, weights, part.total, gradients);
            self.account.scores[0].add(score);
            self.account.outputs.extend(outputs);
            self.next_row = end;
            return end < part.count;
        }

        let pass = Pass { graph, parameters, rows, logits_of: Some(graph.output), mode: Mode::Training };
        let draw = self.rules.draw(part.step, (part.first + first) as u32);
        let start = if loss.includes_activation() { Start::Logits } else { Start::Activities };
        let nodes = graph.nodes.len();
        let at_once = if graph.couples_rows() { 1 } else { nodes };
        if let Stage::Forth(done) = self.stage {
            let (fixed, gated) = needs(graph);
            let next = done..nodes.min(done + at_once);
            pass.deterministic_nodes::<B>(x, &fixed, next.clone(), &mut self.workspace);
            pass.gated_nodes::<B>(draw, 1, &gated, next.clone(), &mut self.workspace);
            self.stage = Stage::Forth(next.end);
            if next.end < nodes {
                return true;
            }
            let activation = graph.layer_activation(graph.output);
            let activities = &self.workspace.values[graph.output];
            let cut = part.cut.unwrap_or(rows);
            for (total, side) in self.account.scores.iter_mut().zip([0..cut, cut..rows]) {
                let (of, y) = (side.start * width..side.end * width, &y[side.start * targets..side.end * targets]);
                let weights = weights.get(side).unwrap_or_default();
                // Outputs without an activation leave no logits, and no loss asks for them.
                let logits = self.workspace.logits.get(of.clone()).unwrap_or_default();
                let score = loss.score(activation, &activities[of], logits, y, weights, width);
                total.add(score);
            }
            self.account.outputs.extend_from_slice(activities);
            let is_finite = self.account.scores.iter().all(|score| score.loss.is_finite());
            if !is_finite && self.account.broken.is_none() {
                let is_broken = |values: &Vec<f32>| values.iter().any(|value| !value.is_finite());
                self.account.broken = self.workspace.values.iter().position(is_broken);
            }
            loss.gradient(activation, activities, y, weights, width, part.total, &mut self.by_output);
            if first == 0 {
                self.gradients.clear(pass, &self.workspace.thinned);
            }
            self.gradients.begin(pass, &self.by_output, part.cut);
            self.stage = Stage::Back(nodes);
            if at_once < nodes {
                return true;
            }
        }
        if let Stage::Back(end) = self.stage {
            let next = end.saturating_sub(at_once)..end;
            self.gradients.descend::<B>(pass, draw, &self.workspace, start, next.clone());
            self.stage = Stage::Back(next.start);
            if next.start > 0 {
                return true;
            }
        }
        self.stage = Stage::Forth(0);
        self.next_row = end;
        end < part.count
    }

    /// What came of the part that is done; given once.
    pub fn account(&mut self) -> Account {
        core::mem::take(&mut self.account)
    }

    /// The gradient of the part that is done, of kernels that the mask of the step thins between kept units alone; arrays of
    /// any sizes may be left in its place.
    pub fn gradient(&mut self) -> &mut Parts {
        &mut self.gradients.parameters
    }

    /// How many numbers of each parameter the gradients of the parts of this step have.
    pub fn gradient_lengths(&self, graph: &Graph, parameters: &Parameters) -> Vec<usize> {
        gradient_lengths(graph, parameters, &self.workspace.thinned)
    }

    /// What the mask of this step keeps of a kernel, where that is less than all.
    pub fn kept<'a>(&'a self, graph: &'a Graph, kernel: usize) -> Option<&'a Kept> {
        let mut all = kept_kernels(graph, &self.workspace.thinned);
        all.find_map(|(dense, kept)| (dense.kernel == kernel).then_some(kept))
    }

    /// Makes the sum of the parts of this step the gradient by whole kernels.
    pub fn widen(&mut self, graph: &Graph, gradient: &mut Parts) {
        self.whole.resize(gradient.len(), Vec::new());
        for (dense, kept) in kept_kernels(graph, &self.workspace.thinned) {
            let whole = &mut self.whole[dense.kernel];
            whole.resize(kept.inputs.width() * kept.units.width(), 0.0);
            kept.spread::<B>(&gradient[dense.kernel], 0, whole);
            core::mem::swap(&mut gradient[dense.kernel], whole);
        }
    }

    /// Takes the arrays of whole kernels back, for the next step; what the gradient holds is nothing then.
    pub fn narrow(&mut self, graph: &Graph, gradient: &mut Parts) {
        for (dense, _) in kept_kernels(graph, &self.workspace.thinned) {
            core::mem::swap(&mut gradient[dense.kernel], &mut self.whole[dense.kernel]);
        }
    }

    /// What batch normalisations found in the part that is done, by node.
    pub fn batch_statistics(&self) -> &[BatchStatistics] {
        &self.workspace.batch_statistics
    }
}

/// Whether a gradient has sums that go over the rows of a slice, or over the uses of a parameter, before they are added up.
fn sums_over_slices(graph: &Graph, masks: Masks) -> bool {
    let sums_before = |operation: &Operation| match operation {
        // Summed in double precision.
        Operation::Fixed(Fixed { function: Function::Normalization(_), .. }) => true,
        Operation::Dropout { site, .. } => graph.sites[*site].as_concrete().is_some(),
        // Gated after it is summed.
        Operation::Dense(dense) => dense.site.is_some() && masks == Masks::Shared,
        _ => false,
    };
    graph.nodes.iter().any(|node| sums_before(&node.operation)) || graph.uses().into_iter().any(|uses| uses > 1)
}

/// What a pass needs of each node, split into what no gate changes and what is drawn.
fn needs(graph: &Graph) -> (Vec<bool>, Vec<Need>) {
    let needed = graph.ancestors(&[graph.output]);
    let random = graph.random_nodes();
    let fixed = needed.iter().zip(&random).map(|(needed, random)| *needed && !random).collect();
    let need = |(needed, random): (&bool, &bool)| if *needed && *random { Need::Whole } else { Need::Nothing };
    (fixed, needed.iter().zip(&random).map(need).collect())
}
