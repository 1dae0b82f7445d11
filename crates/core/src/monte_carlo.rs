//! Monte Carlo dropout: `T` sampled subnetworks over a batch of rows, streamed into moments.
//!
//! What a sample is depends on (seed, sample, row, site, unit) alone (see [`crate::gates`]), and how samples are
//! summed on their number alone (see [`crate::sampled`]). Chunks of rows, steps of samples and the size of a group
//! therefore never change a bit. Nothing of size `[samples, rows, width]` is held unless samples are kept, and then
//! only until they are taken.

mod integrated;

use crate::error::Error;
use crate::forward::narrow::masks_side_by_side;
use crate::forward::{Draw, Masks, Mode, Pass, Workspace};
use crate::gemm::GROUP;
use crate::need::{Need, Together, needs};
use crate::network::Network;
use crate::random::Domain;
use crate::sampled::{Collect, Sampled};
use integrated::{Integrated, PRODUCTS_OF_A_STEP};
use thinned_lanes::Backend;

/// Rows of a product that are enough to keep the kernels busy; samples of small batches are grouped up to it.
const ROWS_OF_A_PASS: usize = 256;

/// Products of a dense pass that groups of samples are computed ahead for: a few dozen milliseconds. The more go together,
/// the fewer times a kernel comes from the third-level cache, and the more activities are held.
const PRODUCTS_OF_A_PASS: u64 = 3 << 29;

/// Columns of a product whose copies of the kernel, one for each sample, lie side by side; and the sums of such a product.
const COLUMNS_OF_A_PASS: usize = 1024;
const SUMS_OF_A_PASS: usize = 1 << 20;

/// Rows that pay for packing the kept weights of a sample by themselves.
const ROWS_OF_A_SUBNETWORK: usize = 16;

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Nodes whose activities, before their own gates, are wanted.
    pub nodes: Vec<usize>,
    /// Subnetworks, at least 1.
    pub samples: u32,
    /// Number of the first of them among all samples, for runs that share the work.
    pub first_sample: u32,
    /// In `[0, 2^53)`.
    pub seed: u64,
    /// Number of the first row among all rows of the run; counts for independent masks.
    pub first_row: u32,
    /// Which rows share a mask.
    pub masks: Masks,
    /// Whether samples are kept for [`Run::take_samples`].
    pub keep_samples: bool,
    /// Whether the gates of the last gated layer are integrated instead of drawn; samples are then conditional means.
    pub integrate_last: bool,
    /// Whether logistic units and softmax groups have their geometric means too; not with `integrate_last`.
    pub geometric_means: bool,
}

/// What is collected of each sample.
///
/// # Errors
/// `Range` for both at once.
pub fn collect(integrate_last: bool, geometric_means: bool) -> Result<Collect, Error> {
    match (integrate_last, geometric_means) {
        (true, true) => Err(Error::range(
            "Cannot sample subnetworks: there are no geometric means where the last gates are integrated, wanted one of \
             geometricMeans and integrateLast",
        )),
        (true, false) => Ok(Collect::ConditionalMoments),
        (false, true) => Ok(Collect::GeometricMeans),
        (false, false) => Ok(Collect::Moments),
    }
}

/// A run over one chunk of rows, advanced step by step.
pub struct Run<B: Backend> {
    network: Network,
    rows: usize,
    draw: Draw,
    samples: u32,
    drawn: u32,
    needs: Vec<Need>,
    together: Together,
    samples_of_a_pass: u32,
    computed: core::ops::Range<u64>, // the samples in the workspace
    sampled: Sampled<B>,
    keep_samples: bool,
    workspace: Workspace,
    random: Vec<bool>,
    integrated: Option<Integrated<B>>,
    failure: Option<Error>,
}

impl<B: Backend> Run<B> {
    /// A run over the rows of `x`, `[rows, inputs]`; everything before the first gate is computed here, once.
    ///
    /// # Errors
    /// `Range` when there are no samples, a node does not exist or its last gates cannot be integrated; `Shape` when `x` is not `rows` rows.
    pub fn new(network: &Network, x: &[f32], rows: usize, request: &Request) -> Result<Self, Error> {
        let graph = &network.graph;
        if request.samples == 0 {
            return Err(Error::range("Cannot sample subnetworks: samples is 0, wanted at least 1"));
        }
        check_rows(x, rows, graph.input_width())?;
        if request.first_sample.checked_add(request.samples).is_none() {
            return Err(Error::range(format!(
                "Cannot sample subnetworks: {} samples from number {} on, wanted numbers below 2^32",
                request.samples, request.first_sample
            )));
        }
        let sampled =
            Sampled::new(network, &request.nodes, rows, collect(request.integrate_last, request.geometric_means)?)?;
        let targets: Vec<usize> = sampled.nodes().collect();
        let integrated = if request.integrate_last { Some(Integrated::new(network, &targets)?) } else { None };
        // Where the last gates are integrated, what they act on is the target of a pass.
        let targets = integrated.as_ref().map_or(targets, Integrated::heads);
        let random = graph.random_nodes();
        let needed = graph.ancestors(&targets);
        let fixed: Vec<bool> = needed.iter().zip(&random).map(|(needed, random)| *needed && !random).collect();
        let gated: Vec<bool> = needed.iter().zip(&random).map(|(needed, random)| *needed && *random).collect();
        let together = match request.masks {
            Masks::Independent => Together::Groups,
            Masks::Shared if rows >= ROWS_OF_A_SUBNETWORK => Together::OneMask,
            Masks::Shared => Together::Rows,
        };
        let needs = needs(graph, &gated, &targets, together);
        // A subnetwork with weights of its own has no use for the rows of another sample.
        let is_packed = needs.iter().any(|need| matches!(need, Need::Kept(_)));
        let dense = gated.iter().enumerate().filter(|(_, gated)| **gated).filter_map(|(node, _)| graph.dense(node));
        let products: u64 = dense.map(|dense| network.parameters[dense.kernel].len() as u64).sum();
        let most = (ROWS_OF_A_PASS / rows).max(1) as u64;
        let samples_of_a_pass = match together {
            _ if is_packed => 1,
            Together::Groups => (PRODUCTS_OF_A_PASS / (rows as u64 * products.max(1))).clamp(1, most) as u32,
            Together::OneMask => {
                let beside = masks_side_by_side(graph, &gated, &needs)
                    .map_or(1, |units| (COLUMNS_OF_A_PASS / units).min(SUMS_OF_A_PASS / (rows * units)));
                beside.max(most as usize) as u32
            }
            Together::Rows => most as u32,
        };
        let mut workspace = Workspace::of_fixed_parameters(network);
        workspace.keeps_pre_activations = sampled.wants_pre_activations(graph.nodes.len());
        let pass = Pass { graph, parameters: &network.parameters, rows, logits_of: None, mode: Mode::Prediction };
        pass.deterministic::<B>(x, &fixed, &mut workspace);
        Ok(Self {
            rows,
            draw: Draw {
                seed: request.seed,
                domain: Domain::MonteCarlo,
                sample: request.first_sample,
                first_row: request.first_row,
                masks: request.masks,
            },
            samples: request.samples,
            drawn: 0,
            needs,
            together,
            samples_of_a_pass,
            computed: 0..0,
            sampled,
            keep_samples: request.keep_samples,
            workspace,
            random,
            integrated,
            failure: None,
            network: network.clone(),
        })
    }

    /// Samples still to draw.
    pub fn remaining(&self) -> u32 {
        self.samples - self.drawn
    }

    /// Draws up to `samples` more, or none once the run has failed. Where the last gates are integrated it ends after some ten
    /// milliseconds of that, if need be before a sample is complete: an integral costs what `|X|` makes it cost.
    pub fn step(&mut self, samples: u32) {
        let end = self.drawn + samples.min(self.remaining());
        let mut left = PRODUCTS_OF_A_STEP;
        while self.drawn < end && self.failure.is_none() {
            let next = u64::from(self.draw.sample) + u64::from(self.drawn);
            if !self.computed.contains(&next) {
                self.compute(next, end - self.drawn);
            }
            let first = next - self.computed.start;
            if self.integrated.is_some() {
                match self.integrate(first as usize, &mut left) {
                    Ok(true) => self.drawn += 1,
                    Ok(false) => return,
                    Err(failure) => self.failure = Some(failure),
                }
                continue;
            }
            let last = (self.computed.end - self.computed.start).min(first + u64::from(end - self.drawn));
            let Workspace { values, pre_activations, .. } = &self.workspace;
            self.sampled.push(values, pre_activations, first as usize..last as usize, self.keep_samples);
            self.drawn += (last - first) as u32;
        }
    }

    /// Computes sample `next` and those that follow: as many as are wanted or go well together. What
    /// goes in groups goes in whole ones, which may begin before the first sample and end behind the last.
    fn compute(&mut self, next: u64, wanted: u32) {
        let group = if self.together == Together::Groups { GROUP as u64 } else { 1 };
        let start = next - next % group;
        let wanted = if self.together == Together::Groups { self.remaining() } else { wanted };
        let end = (next + u64::from(wanted.min(self.samples_of_a_pass))).next_multiple_of(group);
        let Network { graph, parameters, .. } = &self.network;
        let pass = Pass { graph, parameters, rows: self.rows, logits_of: None, mode: Mode::Prediction };
        let draw = Draw { sample: start as u32, ..self.draw };
        pass.gated::<B>(draw, (end - start) as usize, &self.needs, &mut self.workspace);
        self.computed = start..end;
    }

    /// Goes on with the conditional moments of one sample of the group at hand, and adds them once they are complete, which
    /// it returns.
    fn integrate(&mut self, sample: usize, left: &mut usize) -> Result<bool, Error> {
        let Self { network, random, rows, workspace, sampled, .. } = self;
        let activity = |node: usize, row: usize, unit: usize| {
            let row = if random[node] { sample * *rows + row } else { row };
            f64::from(workspace.values[node][row * network.graph.nodes[node].width + unit])
        };
        let Some(integrated) = &mut self.integrated else { return Ok(true) };
        if !integrated.step(*rows, activity, left)? {
            return Ok(false);
        }
        for (target, moments) in integrated.moments().enumerate() {
            sampled.push_conditional(target, &moments.means, &moments.variances, self.keep_samples);
        }
        integrated.clear();
        Ok(true)
    }

    /// Why the run cannot go on.
    pub fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    /// What was drawn so far.
    pub fn sampled(&self) -> &Sampled<B> {
        &self.sampled
    }

    /// What was drawn so far, which the run gives up; nothing remains to be drawn.
    pub fn finish(&mut self) -> Sampled<B> {
        self.drawn = self.samples;
        core::mem::take(&mut self.sampled)
    }

    /// The samples kept since the last call, `[samples, rows, width]`.
    pub fn take_samples(&mut self, index: usize) -> Vec<f32> {
        self.sampled.take_samples(index)
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
