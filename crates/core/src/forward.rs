//! The forward pass of a batch, deterministic or under drawn gates.
//!
//! [`Workspace`] holds one array for each node. A pass works on `rows` rows; under gates on `rows · group` rows, sample
//! by sample, where `group` samples of the same rows are computed together: larger products, the same sums. A node
//! that no gate can change keeps its `rows` rows from the deterministic pass and is read by row number modulo `rows`.

mod fixed;
mod kept;
pub mod narrow;
pub mod thinned;

use crate::activation::Activation;
use crate::gates::{Site, gated_one};
use crate::gemm::{ClassLists, Columns, Left, Lists, Matrix, Panels, Scratch, is_sparse, multiply, multiply_panels};
use crate::need::Need;
use crate::network::{Dense, Graph, Network, Operation, PackedKernels, Parameters};
use crate::ops;
use crate::random::{Domain, Stream};
use core::ops::Range;
use std::rc::Rc;
use thinned::{Block, Kept};
use thinned_lanes::Backend;

/// Which rows share a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masks {
    /// One subnetwork a sample, for every row: the gates of row 0.
    Shared,
    /// A subnetwork for each row of each sample.
    Independent,
}

/// Where the gates of a pass come from.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// The seed of the run.
    pub seed: u64,
    /// Predictions or training.
    pub domain: Domain,
    /// The sample (or training step) of the first group member.
    pub sample: u32,
    /// The number of row 0 of this batch among all rows of the run.
    pub first_row: u32,
    /// Which rows share a mask.
    pub masks: Masks,
}

/// The arrays of one pass; reused from pass to pass.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// Activities by node: `[rows, width]`, or `[group · rows, width]` for nodes under drawn gates.
    pub values: Vec<Vec<f32>>,
    /// Factors by dropout site of the last gated pass, `[gates]` for each drawn mask; scratch for sites of connections.
    pub factors: Vec<Vec<f32>>,
    /// Pre-activations of the node that [`Pass::logits_of`] names.
    pub logits: Vec<f32>,
    /// By node: pre-activations where the way back of training wants them ([`Activation::is_ambiguous`]), or the caller.
    pub pre_activations: Vec<Vec<f32>>,
    /// By node: whether its pre-activations are kept whatever the mode; empty keeps none.
    pub keeps_pre_activations: Vec<bool>,
    /// In training, by node: what batch normalisations found.
    pub batch_statistics: Vec<ops::BatchStatistics>,
    /// In training, by node: what a mask that all rows share keeps of a dense layer; empty where it keeps all.
    pub thinned: Vec<Option<Kept>>,
    block: Block,
    convolution: ops::Scratch,
    scratch: Scratch,
    lists: Lists,
    class_lists: ClassLists,
    kept: Vec<Columns>,                 // by site: the units that the mask at hand keeps
    columns: Columns,                   // of the kernel at hand, where no site says which
    subnetwork: Panels,                 // the kernel between kept units
    kept_columns: Vec<f32>,             // the kernel to kept units, row-major
    kernels: Option<Rc<PackedKernels>>, // None where parameters change
}

impl Workspace {
    /// For passes that all read the parameters that `network` has now, whose kernels are then packed once.
    pub fn of_fixed_parameters(network: &Network) -> Self {
        Self { kernels: Some(network.packed.of(&network.parameters)), ..Self::default() }
    }
}

/// What a pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Batch normalisation by its moving averages.
    Prediction,
    /// Batch normalisation by the batch; what the way back needs is kept.
    Training,
}

/// What to compute: the structure, the numbers, the rows.
#[derive(Clone, Copy)]
pub struct Pass<'a> {
    /// The structure.
    pub graph: &'a Graph,
    /// The numbers.
    pub parameters: &'a Parameters,
    /// Rows of the batch.
    pub rows: usize,
    /// The node whose pre-activations are kept, for losses that need them.
    pub logits_of: Option<usize>,
    /// What it is for.
    pub mode: Mode,
}

impl Pass<'_> {
    /// Computes the nodes marked in `wanted` without gates, weights scaled to the mean (`O*`).
    pub fn deterministic<B: Backend>(&self, x: &[f32], wanted: &[bool], workspace: &mut Workspace) {
        self.deterministic_nodes::<B>(x, wanted, 0..self.graph.nodes.len(), workspace);
    }

    /// The same for some of the nodes, after those before them.
    pub fn deterministic_nodes<B: Backend>(
        &self,
        x: &[f32],
        wanted: &[bool],
        nodes: Range<usize>,
        workspace: &mut Workspace,
    ) {
        workspace.values.resize(self.graph.nodes.len(), Vec::new());
        workspace.pre_activations.resize(self.graph.nodes.len(), Vec::new());
        if self.mode == Mode::Training {
            workspace.batch_statistics.resize(self.graph.nodes.len(), ops::BatchStatistics::default());
        }
        for index in nodes.filter(|&index| wanted[index]) {
            let node = &self.graph.nodes[index];
            let mut output = core::mem::take(&mut workspace.values[index]);
            output.resize(self.rows * node.width, 0.0);
            match &node.operation {
                Operation::Input => output.copy_from_slice(x),
                Operation::Dropout { source, site } => {
                    let site = &self.graph.sites[*site];
                    // A gate for each of the last units: rows of as many units as gates.
                    for (output, values) in rows_of(&mut output, &workspace.values[*source], site.len()) {
                        for (unit, (output, value)) in output.iter_mut().zip(values).enumerate() {
                            *output = value * site.mean_factor(unit) as f32;
                        }
                    }
                }
                Operation::Dense(dense) => {
                    let factor = dense.site.map_or(1.0, |site| self.graph.sites[site].mean_factor(0) as f32);
                    if !self.kept_product::<B>(index, dense, &mut output, workspace) {
                        self.product::<B>(dense, self.rows, &mut output, workspace);
                    }
                    if factor != 1.0 {
                        output.iter_mut().for_each(|value| *value *= factor);
                    }
                    self.finish::<B>(index, dense, &mut output, workspace);
                }
                Operation::Concat { sources } => {
                    concat(self.graph, sources, &workspace.values, node.width, &mut output)
                }
                Operation::Add { sources } => add(sources, &workspace.values, node.width, &mut output),
                Operation::Fixed(fixed) => self.fixed::<B>(index, fixed, &mut output, workspace),
            }
            workspace.values[index] = output;
        }
    }

    /// Computes what is needed of each node under the gates of `group` consecutive samples from `draw.sample` on.
    ///
    /// Nodes of which nothing is needed keep their values; those that no gate changes must have come from [`Pass::deterministic`].
    pub fn gated<B: Backend>(&self, draw: Draw, group: usize, needs: &[Need], workspace: &mut Workspace) {
        self.gated_nodes::<B>(draw, group, needs, 0..self.graph.nodes.len(), workspace);
    }

    /// The same for some of the nodes, after those before them.
    pub fn gated_nodes<B: Backend>(
        &self,
        draw: Draw,
        group: usize,
        needs: &[Need],
        nodes: Range<usize>,
        workspace: &mut Workspace,
    ) {
        workspace.factors.resize(self.graph.sites.len(), Vec::new());
        workspace.kept.resize(self.graph.sites.len(), Columns::default());
        for index in nodes {
            let node = &self.graph.nodes[index];
            let width = match (needs[index], &node.operation) {
                (Need::Nothing, _) => continue,
                (Need::Gates | Need::Groups { written: false }, Operation::Dropout { source, site }) => {
                    if needs[*source] != Need::Kept(*site) {
                        self.draw_gates::<B>(&self.graph.sites[*site], draw, group, &mut workspace.factors[*site]);
                    }
                    continue;
                }
                (Need::Kept(site), _) => {
                    assert!(group == 1 && draw.masks == Masks::Shared);
                    self.draw_kept::<B>(site, draw, workspace);
                    workspace.kept[site].kept().len()
                }
                _ => node.width,
            };
            let mut output = core::mem::take(&mut workspace.values[index]);
            output.resize(group * self.rows * width, 0.0);
            match &node.operation {
                Operation::Input => unreachable!("no gate changes the input"),
                Operation::Dropout { source, site } => {
                    self.draw_gates::<B>(&self.graph.sites[*site], draw, group, &mut workspace.factors[*site]);
                    let gates = self.graph.sites[*site].len();
                    let shift = self.graph.sites[*site].shift();
                    let masks = workspace.factors[*site].chunks_exact(gates);
                    // Each mask serves its rows, and in a row every place of an image.
                    let uses = self.rows_per_mask(draw) * (node.width / gates);
                    let masks = masks.flat_map(|mask| core::iter::repeat_n(mask, uses));
                    for ((output, values), mask) in rows_of(&mut output, &workspace.values[*source], gates).zip(masks) {
                        for ((output, value), factor) in output.iter_mut().zip(values).zip(mask) {
                            *output = gated_one(*value, *factor);
                        }
                        if let Some((floor, added)) = shift {
                            // a·δ·(x − α') + aα' + b, of which the above is a·δ·x.
                            output.iter_mut().zip(mask).for_each(|(output, factor)| *output += added - floor * factor);
                        }
                    }
                }
                Operation::Dense(dense) => {
                    match dense.site {
                        None if self.kept_product::<B>(index, dense, &mut output, workspace) => {}
                        None => self.thinned_product::<B>(dense, needs, index, draw, &mut output, workspace),
                        Some(site) => self.gated_product::<B>(dense, site, draw, &mut output, workspace),
                    }
                    match needs[index] {
                        Need::Kept(site) => self.finish_kept::<B>(dense, workspace.kept[site].kept(), &mut output),
                        _ => self.finish::<B>(index, dense, &mut output, workspace),
                    }
                }
                Operation::Concat { sources } => {
                    concat(self.graph, sources, &workspace.values, node.width, &mut output)
                }
                Operation::Add { sources } => add(sources, &workspace.values, node.width, &mut output),
                Operation::Fixed(fixed) => self.fixed::<B>(index, fixed, &mut output, workspace),
            }
            workspace.values[index] = output;
        }
    }

    /// How many consecutive rows of the pass use the same mask.
    pub fn rows_per_mask(&self, draw: Draw) -> usize {
        match draw.masks {
            Masks::Shared => self.rows,
            Masks::Independent => 1,
        }
    }

    fn draw_gates<B: Backend>(&self, site: &Site, draw: Draw, group: usize, factors: &mut Vec<f32>) {
        factors.resize(group * self.masks(draw) * site.len(), 0.0); // [group, masks, gates]
        for (index, factors) in factors.chunks_exact_mut(site.len()).enumerate() {
            let stream = self.stream(site, draw, index);
            match site.as_concrete() {
                Some(concrete) => concrete.draw(self.parameters, &stream, factors),
                None => site.draw::<B>(&stream, factors),
            }
        }
    }

    /// Masks of one sample.
    fn masks(&self, draw: Draw) -> usize {
        self.rows / self.rows_per_mask(draw)
    }

    /// The words of a site for mask `index` of a pass, counted over the masks of all its samples.
    pub fn stream(&self, site: &Site, draw: Draw, index: usize) -> Stream {
        let masks = self.masks(draw);
        let row = match draw.masks {
            Masks::Shared => 0,
            Masks::Independent => draw.first_row + (index % masks) as u32,
        };
        site.stream(draw.seed, draw.domain, row, draw.sample + (index / masks) as u32)
    }

    fn product<B: Backend>(&self, dense: &Dense, rows: usize, output: &mut [f32], workspace: &mut Workspace) {
        let (inputs, units) = self.kernel_shape(dense);
        let kernel = Matrix::row_major(&self.parameters[dense.kernel], inputs, units);
        let Workspace { values, scratch, kernels, lists, .. } = workspace;
        let x = Matrix::row_major(&values[dense.source], rows, inputs);
        match kernels {
            Some(kernels) if is_sparse(x, units) => {
                multiply_panels::<B>(Left::Plain(x), self.packed::<B>(dense, kernels), output, lists, false);
            }
            _ => multiply::<B>(x, kernel, output, scratch),
        }
    }

    /// The kernel in panels, packed when it is asked for the first time.
    fn packed<'a, B: Backend>(&self, dense: &Dense, kernels: &'a PackedKernels) -> &'a Panels {
        let (inputs, units) = self.kernel_shape(dense);
        kernels.get::<B>(dense.kernel, Matrix::row_major(&self.parameters[dense.kernel], inputs, units))
    }

    /// The product with every weight gated: one gated kernel for each mask, over the rows that share it.
    ///
    /// The gates of a mask live only as long as its product: those of all masks would be `rows · weights` numbers.
    fn gated_product<B: Backend>(
        &self,
        dense: &Dense,
        site: usize,
        draw: Draw,
        output: &mut [f32],
        workspace: &mut Workspace,
    ) {
        let (inputs, units) = self.kernel_shape(dense);
        let Workspace { values, factors, scratch, .. } = workspace;
        let rows = self.rows_per_mask(draw);
        let source = &values[dense.source];
        let kernel = &mut factors[site]; // [gates]
        kernel.resize(inputs * units, 0.0);
        for (index, output) in output.chunks_exact_mut(rows * units).enumerate() {
            let site = &self.graph.sites[site];
            site.draw::<B>(&self.stream(site, draw, index), kernel);
            kernel.iter_mut().zip(&self.parameters[dense.kernel]).for_each(|(factor, weight)| *factor *= weight);
            let first = index * rows * inputs % source.len();
            let x = Matrix::row_major(&source[first..first + rows * inputs], rows, inputs);
            multiply::<B>(x, Matrix::row_major(kernel, inputs, units), output, scratch);
        }
    }

    fn finish<B: Backend>(&self, index: usize, dense: &Dense, output: &mut [f32], workspace: &mut Workspace) {
        let (_, units) = self.kernel_shape(dense);
        if let Some(bias) = dense.bias {
            for row in output.chunks_exact_mut(units) {
                row.iter_mut().zip(&self.parameters[bias]).for_each(|(value, bias)| *value += bias);
            }
        }
        self.activate::<B>(index, dense.activation, output, units, workspace);
    }

    /// The activation of a layer, after keeping the pre-activations for whom they concern.
    fn activate<B: Backend>(
        &self,
        index: usize,
        activation: Activation,
        output: &mut [f32],
        width: usize,
        workspace: &mut Workspace,
    ) {
        let keep = |place: &mut Vec<f32>| {
            place.clear();
            place.extend_from_slice(output);
        };
        if self.logits_of == Some(index) {
            keep(&mut workspace.logits);
        }
        let is_asked_for = workspace.keeps_pre_activations.get(index).is_some_and(|keeps| *keeps);
        if is_asked_for || (self.mode == Mode::Training && activation.is_ambiguous()) {
            keep(&mut workspace.pre_activations[index]);
        }
        activation.apply::<B>(output, width);
    }

    fn kernel_shape(&self, dense: &Dense) -> (usize, usize) {
        let shape = &self.graph.parameters[dense.kernel].shape;
        (shape[0], shape[1])
    }
}

/// Output rows beside the source rows they read, the source starting again when it has fewer.
fn rows_of<'a>(
    output: &'a mut [f32],
    source: &'a [f32],
    width: usize,
) -> impl Iterator<Item = (&'a mut [f32], &'a [f32])> {
    output.chunks_exact_mut(width).zip(source.chunks_exact(width).cycle())
}

fn concat(graph: &Graph, sources: &[usize], values: &[Vec<f32>], width: usize, output: &mut [f32]) {
    let mut first = 0;
    for &source in sources {
        let part = graph.nodes[source].width;
        let rows = output.chunks_exact_mut(width).zip(values[source].chunks_exact(part).cycle());
        rows.for_each(|(output, values)| output[first..first + part].copy_from_slice(values));
        first += part;
    }
}

fn add(sources: &[usize], values: &[Vec<f32>], width: usize, output: &mut [f32]) {
    output.fill(0.0);
    for &source in sources {
        for (output, values) in rows_of(output, &values[source], width) {
            output.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }
}
