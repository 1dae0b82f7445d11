//! The way back: gradients of a loss by every parameter, under the gates of the forward pass.
//!
//! Nodes are visited from the output to the input; each adds its share to the gradients of the nodes it reads from, so
//! a node with several readers receives the sum. A dropped activity passes no gradient; a kept one passes it times
//! the factor that it was multiplied by.

mod fixed;

use crate::activation::Activation;
use crate::forward::thinned::{Block, Kept};
use crate::forward::{Draw, Pass, Workspace};
use crate::gemm::{Matrix, Scratch, multiply, multiply_add, multiply_two};
use crate::network::{Dense, Graph, Operation, Parameters};
use crate::ops;
use core::ops::Range;
use thinned_lanes::Backend;

/// Gradients by node and by parameter, reused from step to step.
#[derive(Clone, Debug, Default)]
pub struct Gradients {
    /// By parameter.
    pub parameters: Vec<Vec<f32>>,
    nodes: Vec<Vec<f32>>, // [rows, width]
    unwritten: Vec<bool>, // by parameter: its first product starts the sum
    cut: Option<usize>,   // the row where the second of two sums begins
    row: Vec<f32>,        // the second sum of a bias
    scratch: Scratch,
    factors: Vec<f32>,
    gated: Vec<f32>,
    block: Block,
    convolution: ops::Scratch,
}

/// Where the gradient at the output node starts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// By the activities.
    Activities,
    /// By the pre-activations: the loss has dealt with the activation.
    Logits,
}

impl Gradients {
    /// Starts the sums of the parameters from zero. Those that a product will begin anew hold anything until then. Those of
    /// kernels that a mask thins are between kept units alone.
    pub fn clear(&mut self, pass: Pass, thinned: &[Option<Kept>]) {
        self.parameters.resize(pass.parameters.len(), Vec::new());
        self.unwritten = vec![false; pass.parameters.len()];
        let trainable = trainable_nodes(&pass);
        for (index, _) in pass.graph.nodes.iter().enumerate().filter(|(index, _)| trainable[*index]) {
            if let Some(Dense { kernel, site: None, .. }) = pass.graph.dense(index) {
                self.unwritten[*kernel] = true;
            }
        }
        let lengths = gradient_lengths(pass.graph, pass.parameters, thinned);
        for (index, (gradient, length)) in self.parameters.iter_mut().zip(lengths).enumerate() {
            if !self.unwritten[index] {
                gradient.clear();
            }
            gradient.resize(length, 0.0);
        }
    }

    /// Begins the way back at `output`, `[rows, width]`, the gradient of the loss at the output node. Rows from a `cut` on are
    /// summed for themselves.
    pub fn begin(&mut self, pass: Pass, output: &[f32], cut: Option<usize>) {
        let graph = pass.graph;
        self.cut = cut;
        self.nodes.resize(graph.nodes.len(), Vec::new());
        // Only what depends on a parameter passes anything on; the empty gradient says that nobody asks.
        let trainable = trainable_nodes(&pass);
        for (index, node) in graph.nodes.iter().enumerate() {
            self.nodes[index].clear();
            if trainable[index] {
                self.nodes[index].resize(pass.rows * node.width, 0.0);
            }
        }
        if trainable[graph.output] {
            self.nodes[graph.output].copy_from_slice(output);
        }
    }

    /// Goes back through `nodes`, after those behind them, and adds the gradients of their parameters.
    ///
    /// `workspace` holds the forward pass of `pass` under the gates of `draw`.
    pub fn descend<B: Backend>(
        &mut self,
        pass: Pass,
        draw: Draw,
        workspace: &Workspace,
        start: Start,
        nodes: Range<usize>,
    ) {
        let graph = pass.graph;
        let trainable = trainable_nodes(&pass);
        for index in nodes.rev().filter(|&index| trainable[index]) {
            let mut gradient = core::mem::take(&mut self.nodes[index]);
            match &graph.nodes[index].operation {
                Operation::Input => {}
                Operation::Dense(dense) => {
                    if index != graph.output || start == Start::Activities {
                        activation(pass, index, dense.activation, workspace, &mut gradient);
                    }
                    match dense.site {
                        None => match workspace.thinned.get(index) {
                            Some(Some(kept)) => self.thinned_dense::<B>(pass, dense, kept, workspace, &gradient),
                            _ => self.dense::<B>(pass, dense, workspace, &gradient),
                        },
                        Some(site) => self.gated_dense::<B>(pass, draw, dense, site, workspace, &gradient),
                    }
                }
                Operation::Dropout { source, site } => {
                    let gates = graph.sites[*site].len();
                    let uses = pass.rows_per_mask(draw) * (graph.nodes[index].width / gates);
                    let factors = graph.sites[*site].is_random().then(|| &workspace.factors[*site]);
                    let means: Vec<f32> = (0..gates).map(|gate| graph.sites[*site].mean_factor(gate) as f32).collect();
                    let masks = factors.unwrap_or(&means).chunks_exact(gates).cycle();
                    let masks = masks.flat_map(|mask| core::iter::repeat_n(mask, uses));
                    if let Some(concrete) = graph.sites[*site].as_concrete() {
                        let x = &workspace.values[*source];
                        let slope = concrete.slope(pass.parameters, masks.clone().flatten(), x, &gradient);
                        self.parameters[concrete.logit][0] += slope;
                    }
                    let rows = self.nodes[*source].chunks_exact_mut(gates).zip(gradient.chunks_exact(gates));
                    for ((total, gradient), mask) in rows.zip(masks) {
                        total.iter_mut().zip(gradient).zip(mask).for_each(|((total, g), factor)| *total += g * factor);
                    }
                }
                Operation::Concat { sources } => {
                    let mut first = 0;
                    for &source in sources {
                        let part = graph.nodes[source].width;
                        let rows = self.nodes[source].chunks_exact_mut(part);
                        for (total, gradient) in rows.zip(gradient.chunks_exact(graph.nodes[index].width)) {
                            total.iter_mut().zip(&gradient[first..]).for_each(|(total, g)| *total += g);
                        }
                        first += part;
                    }
                }
                Operation::Fixed(fixed) => {
                    if let Some(function) = fixed.activation()
                        && (index != graph.output || start == Start::Activities)
                    {
                        activation(pass, index, function, workspace, &mut gradient);
                    }
                    self.fixed::<B>(pass, index, fixed, workspace, &gradient);
                }
                Operation::Add { sources } => {
                    for &source in sources {
                        self.nodes[source].iter_mut().zip(&gradient).for_each(|(total, g)| *total += g);
                    }
                }
            }
            self.nodes[index] = gradient;
        }
    }

    /// `∂W += Xᵀ·∂S`, `∂b += Σ ∂S`, `∂X += ∂S·Wᵀ`.
    fn dense<B: Backend>(&mut self, pass: Pass, dense: &Dense, workspace: &Workspace, gradient: &[f32]) {
        let shape = &pass.graph.parameters[dense.kernel].shape;
        let (inputs, units) = (shape[0], shape[1]);
        let x = Matrix::row_major(&workspace.values[dense.source], pass.rows, inputs);
        let by_sums = Matrix::row_major(gradient, pass.rows, units);
        let Self { parameters, unwritten, scratch, cut, .. } = self;
        let is_first = core::mem::take(&mut unwritten[dense.kernel]);
        add_product::<B>(x.transposed(), by_sums, is_first, *cut, &mut parameters[dense.kernel], scratch);
        self.bias(dense, units, gradient);
        if !self.nodes[dense.source].is_empty() {
            let kernel = Matrix::row_major(&pass.parameters[dense.kernel], inputs, units).transposed();
            multiply_add::<B>(by_sums, kernel, &mut self.nodes[dense.source], &mut self.scratch);
        }
    }

    /// The same between what a mask that all rows share keeps: the gradient of a dropped unit is zero, and that of a
    /// dropped input goes nowhere.
    fn thinned_dense<B: Backend>(
        &mut self,
        pass: Pass,
        dense: &Dense,
        kept: &Kept,
        workspace: &Workspace,
        gradient: &[f32],
    ) {
        let Kept { inputs, units, kernel } = kept;
        let (kept_inputs, kept_units) = (inputs.kept().len(), units.kept().len());
        self.bias(dense, units.width(), gradient);
        let Self { block, gated: by_kept, scratch, cut, .. } = self;
        let by_sums = Matrix::row_major(units.of_matrix::<B>(gradient, by_kept), pass.rows, kept_units);
        let x = inputs.of_matrix::<B>(&workspace.values[dense.source], &mut block.x);
        let x = Matrix::row_major(x, pass.rows, kept_inputs).transposed();
        let is_first = core::mem::take(&mut self.unwritten[dense.kernel]);
        add_product::<B>(x, by_sums, is_first, *cut, &mut self.parameters[dense.kernel], scratch);
        let total = &mut self.nodes[dense.source];
        if !total.is_empty() {
            let kernel = Matrix::row_major(kernel, kept_inputs, kept_units).transposed();
            inputs.take_rows::<B>(total.chunks_exact(inputs.width()), &mut block.product);
            multiply_add::<B>(by_sums, kernel, &mut block.product, scratch);
            for (row, total) in total.chunks_exact_mut(inputs.width()).enumerate() {
                inputs.put(&block.product[row * kept_inputs..], total);
            }
        }
    }

    /// The same with the kernel of each mask gated, over the rows that share the mask.
    fn gated_dense<B: Backend>(
        &mut self,
        pass: Pass,
        draw: Draw,
        dense: &Dense,
        site: usize,
        workspace: &Workspace,
        gradient: &[f32],
    ) {
        let shape = &pass.graph.parameters[dense.kernel].shape;
        let (inputs, units) = (shape[0], shape[1]);
        self.bias(dense, units, gradient);
        let rows = pass.rows_per_mask(draw);
        let site = &pass.graph.sites[site];
        let batches =
            workspace.values[dense.source].chunks_exact(rows * inputs).zip(gradient.chunks_exact(rows * units));
        for (index, (x, gradient)) in batches.enumerate() {
            // Drawn again, since the forward pass does not keep them: they are a function of the step.
            self.factors.resize(inputs * units, 0.0);
            site.draw::<B>(&pass.stream(site, draw, index), &mut self.factors);
            let factors = &self.factors;
            let by_sums = Matrix::row_major(gradient, rows, units);
            self.gated.clear();
            self.gated.resize(inputs * units, 0.0);
            multiply_add::<B>(
                Matrix::row_major(x, rows, inputs).transposed(),
                by_sums,
                &mut self.gated,
                &mut self.scratch,
            );
            if core::mem::take(&mut self.unwritten[dense.kernel]) {
                self.parameters[dense.kernel].fill(0.0);
            }
            let kernel = self.parameters[dense.kernel].iter_mut();
            kernel.zip(self.gated.iter().zip(factors)).for_each(|(total, (g, factor))| *total += g * factor);
            if !self.nodes[dense.source].is_empty() {
                self.gated.clear();
                self.gated
                    .extend(pass.parameters[dense.kernel].iter().zip(factors).map(|(weight, factor)| weight * factor));
                let kernel = Matrix::row_major(&self.gated, inputs, units).transposed();
                let total = &mut self.nodes[dense.source][index * rows * inputs..(index + 1) * rows * inputs];
                multiply_add::<B>(by_sums, kernel, total, &mut self.scratch);
            }
        }
    }

    fn bias(&mut self, dense: &Dense, units: usize, gradient: &[f32]) {
        let Some(bias) = dense.bias else { return };
        let Self { parameters, row: second, cut, .. } = self;
        let (first, rest) = gradient.split_at(cut.map_or(gradient.len(), |cut| cut * units));
        add_rows(first, &mut parameters[bias]);
        if !rest.is_empty() {
            second.clear();
            second.resize(units, 0.0);
            add_rows(rest, second);
            add_rows(second, &mut parameters[bias]);
        }
    }
}

/// `total += Σ rows`.
fn add_rows(rows: &[f32], total: &mut [f32]) {
    for row in rows.chunks_exact(total.len()) {
        total.iter_mut().zip(row).for_each(|(total, g)| *total += g);
    }
}

/// `total += a·b`; the first product begins the sum, whatever there was. One that is cut is the only one.
fn add_product<B: Backend>(
    a: Matrix,
    b: Matrix,
    is_first: bool,
    cut: Option<usize>,
    total: &mut [f32],
    scratch: &mut Scratch,
) {
    match cut {
        Some(cut) => multiply_two::<B>(a, b, cut, total, scratch),
        None if is_first => multiply::<B>(a, b, total, scratch),
        None => multiply_add::<B>(a, b, total, scratch),
    }
}

/// How many numbers the gradient of a part has of each parameter: of kernels that a mask thins those between kept units.
pub fn gradient_lengths(graph: &Graph, parameters: &Parameters, thinned: &[Option<Kept>]) -> Vec<usize> {
    let mut lengths: Vec<usize> = parameters.iter().map(Vec::len).collect();
    for (dense, kept) in kept_kernels(graph, thinned) {
        lengths[dense.kernel] = kept.kernel.len();
    }
    lengths
}

/// The dense layers of which a mask that all rows share keeps less than all.
pub fn kept_kernels<'a>(graph: &'a Graph, thinned: &'a [Option<Kept>]) -> impl Iterator<Item = (&'a Dense, &'a Kept)> {
    thinned.iter().enumerate().filter_map(|(node, kept)| Some((graph.dense(node)?, kept.as_ref()?)))
}

/// Turns the gradient by the activities of node `index` into that by its pre-activations.
fn activation(pass: Pass, index: usize, function: Activation, workspace: &Workspace, gradient: &mut [f32]) {
    let known = if function.is_ambiguous() { &workspace.pre_activations } else { &workspace.values };
    function.backward(&known[index], gradient, pass.graph.channels(index));
}

fn trainable_nodes(pass: &Pass) -> Vec<bool> {
    let needed = pass.graph.ancestors(&[pass.graph.output]);
    let mut trainable = vec![false; pass.graph.nodes.len()];
    for (index, node) in pass.graph.nodes.iter().enumerate() {
        let above = node.operation.sources().iter().any(|&source| trainable[source]);
        trainable[index] = needed[index] && (above || has_parameters(pass.graph, &node.operation));
    }
    trainable
}

fn has_parameters(graph: &Graph, operation: &Operation) -> bool {
    match operation {
        Operation::Dense(_) => true,
        Operation::Fixed(fixed) => !fixed.parameters().is_empty(),
        Operation::Dropout { site, .. } => graph.sites[*site].as_concrete().is_some(),
        _ => false,
    }
}
