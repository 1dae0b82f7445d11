//! Linear networks of any depth and width: mean and covariance in closed form, gates in every layer.
//!
//! Products of gates make the output a polynomial in them, but second moments still propagate exactly, node by node in
//! topological order. With `m` and `C` the means and covariances of everything computed so far:
//!
//! * gates over `x` (`y_u = f δ_u x_u`, new and independent of all before): `E y = f p m_x`, `Cov(y, z) = f p Cov(x, z)`
//!   for any other `z`, `Var(y_u) = f² (p Var(x_u) + p (1 − p) m_u²)`, off the diagonal `f² p_u p_v Cov(x_u, x_v)`;
//! * a dense layer: `E y = b + Wᵀ m_x`, `Cov(y, z) = Wᵀ Cov(x, z)`, `Cov(y, y) = Wᵀ Cov(x, x) W`;
//! * gated connections (`y_i = b_i + f Σ_j w_ji δ_ji x_j`): the same with `f p W`, and on the diagonal
//!   `f² p (1 − p) Σ_j w_ji² E[x_j²]` more;
//! * concatenations and sums: the blocks of their sources.
//!
//! (Baldi and Sadowski 2013, eq. 2-4, and 2014, §3, extended to covariances.) Blocks of nodes that nobody will read again
//! are dropped. Cost `O(inputs² · units)` a dense layer, memory the covariances of the nodes in use.

use crate::activation::Activation;
use crate::exact::affine::UnitStatistics;
use crate::exact::plan::products;
use crate::exact::rounding::error_bound;
use crate::exact::subnetwork::Subnetwork;
use crate::network::{Graph, Network, Operation};
use core::ops::Range;
use std::collections::BTreeMap;

/// Covariances of two nodes, `[width of the first, width of the second]`; the first is never the later one.
type Blocks = BTreeMap<(usize, usize), Vec<f64>>;

/// Means and covariances of the nodes in use.
#[derive(Default)]
struct Joint {
    means: BTreeMap<usize, Vec<f64>>,
    covariances: Blocks,
}

/// The bound on the error of the moments of `target` for row `x`: a second moment is a sum over the inputs of each layer, which
/// adds what a few rounds of enumeration would.
pub fn moments_error(network: &Network, target: usize, x: &[f32]) -> f64 {
    let widest = network.graph.nodes.iter().map(|node| node.width).max().unwrap_or(0);
    error_bound(network, target, 2 * widest, x)
}

/// Whether every node between a gate and `target` is linear, `target` included.
pub fn applies(graph: &Graph, target: usize) -> bool {
    let (needed, random) = (graph.ancestors(&[target]), graph.random_nodes());
    let linear = |node: usize| match &graph.nodes[node].operation {
        Operation::Fixed(fixed) => fixed.is_linear(),
        // A gate of several units correlates them, which the diagonal noise below has no room for.
        Operation::Dropout { site, .. } => graph.sites[*site].len() == graph.nodes[node].width,
        _ => graph.activation(node).is_none_or(|activation| activation == Activation::Linear),
    };
    linear(target) && (0..target).all(|node| !(needed[node] && random[node]) || linear(node))
}

/// Multiply-adds for one row.
pub fn work(graph: &Graph, target: usize) -> f64 {
    let (needed, random) = (graph.ancestors(&[target]), graph.random_nodes());
    let nodes: Vec<usize> = (0..=target).filter(|&node| needed[node] && random[node]).collect();
    let total: usize = nodes.iter().map(|&node| graph.nodes[node].width).sum();
    let each = |node: usize| match &graph.nodes[node].operation {
        Operation::Dense(_) | Operation::Fixed(_) => products(graph, node) as f64 * total as f64,
        _ => 0.0,
    };
    nodes.into_iter().map(each).sum()
}

/// Multiply-adds without a pause: a few milliseconds.
const PRODUCTS_OF_A_STEP: usize = 1 << 22;

/// The walk of one row, node by node and source by source, advanced step by step; steps never change a bit.
pub struct LinearWalk {
    nodes: Vec<usize>, // to come, in order
    work: f64,
    done: f64,
    joint: Joint,
    open: Option<OpenNode>,
}

impl LinearWalk {
    /// A walk to `target`.
    pub fn new(graph: &Graph, target: usize) -> Self {
        let (needed, random) = (graph.ancestors(&[target]), graph.random_nodes());
        Self {
            nodes: (0..=target).filter(|&node| needed[node] && random[node]).collect(),
            work: work(graph, target),
            done: 0.0,
            joint: Joint::default(),
            open: None,
        }
    }

    /// How much of the work is left: at most 1, and 0 after the last step only.
    pub fn left(&self) -> f64 {
        if self.nodes.is_empty() { 0.0 } else { 1.0 - (self.done / self.work).min(0.999) }
    }

    /// Works for a few milliseconds, from the deterministic pass to the target; returns whether nothing is left.
    pub fn step(&mut self, network: &Network, deterministic: &Subnetwork) -> bool {
        let mut left = PRODUCTS_OF_A_STEP;
        while let Some(&node) = self.nodes.first() {
            if left == 0 {
                return false;
            }
            let mut open = self.open.take().unwrap_or_else(|| OpenNode::new(network, node, &self.joint, deterministic));
            let before = left;
            let is_complete = open.step(&mut self.joint, network, deterministic, &mut left);
            self.done += (before - left) as f64;
            if is_complete {
                self.joint.forget(&network.graph, deterministic.target(), node);
                self.nodes.remove(0);
            } else {
                self.open = Some(open);
            }
        }
        true
    }

    /// The statistics of the selected units, after the last step; third and higher moments are not known.
    pub fn statistics(&self, deterministic: &Subnetwork, units: &[usize], error_bound: f64) -> Vec<UnitStatistics> {
        let (target, joint) = (deterministic.target(), &self.joint);
        let (means, covariance) = (joint.mean(target, deterministic), joint.covariances.get(&(target, target)));
        let width = means.len();
        let unit = |unit: usize| {
            let variance = covariance.map_or(0.0, |block| block[unit * width + unit]);
            UnitStatistics {
                mean: means[unit],
                variance: if variance < 0.0 && -variance <= error_bound { 0.0 } else { variance },
                third_moment: f64::NAN,
                fourth_moment: f64::NAN,
                log_geometric_mean: f64::NAN,
                log_complement_geometric_mean: f64::NAN,
                least: f64::NAN,
                largest: f64::NAN,
                error_bound,
            }
        };
        units.iter().map(|&index| unit(index)).collect()
    }

    /// The covariances of all units of the target, `[units, units]`, after the last step.
    pub fn covariance(mut self, deterministic: &Subnetwork) -> Vec<f64> {
        let target = deterministic.target();
        let width = deterministic.values[target].len();
        let covariance = self.joint.covariances.remove(&(target, target));
        let mut covariance = covariance.unwrap_or_else(|| vec![0.0; width * width]);
        // Both halves are sums of the same terms in different orders.
        tiles(width, width, |unit, other| {
            if other < unit {
                covariance[unit * width + other] = covariance[other * width + unit];
            }
        });
        covariance
    }
}

impl Joint {
    /// Drops what no node behind `node` reads.
    fn forget(&mut self, graph: &Graph, target: usize, node: usize) {
        let needed = graph.ancestors(&[target]);
        let read_later = |other: usize| {
            other == target
                || (node + 1..=target)
                    .any(|reader| needed[reader] && graph.nodes[reader].operation.sources().contains(&other))
        };
        self.means.retain(|&other, _| read_later(other));
        self.covariances.retain(|&(a, b), _| read_later(a) && read_later(b));
    }

    /// The mean of any node: a fixed one is at its value.
    fn mean(&self, node: usize, deterministic: &Subnetwork) -> Vec<f64> {
        self.means.get(&node).unwrap_or(&deterministic.values[node]).clone()
    }

    /// `Cov(a, b)`, `[width of a, width of b]`; nothing where either is fixed.
    fn covariance(&self, a: usize, b: usize, width_b: usize) -> Option<Vec<f64>> {
        let block = self.covariances.get(&(a.min(b), a.max(b)))?;
        // Held as [width of b, width of a] when b is the earlier.
        Some(if a <= b { block.clone() } else { transposed(block, block.len() / width_b) })
    }
}

/// A node whose covariances with those in use, and with itself at last, are under way.
struct OpenNode {
    node: usize,
    parts: Parts,
    mean: Vec<f64>,
    others: Vec<usize>, // to come, the one at hand first
    block: Vec<f64>,    // Cov(node, other)
    is_known: bool,     // whether a source of the node varies with the other
    part: usize,
    source: Option<Vec<f64>>, // Cov(source of the part, other)
    item: usize,              // of the part, the next
}

impl OpenNode {
    fn new(network: &Network, node: usize, joint: &Joint, deterministic: &Subnetwork) -> Self {
        let parts = Parts::of(network, node);
        let mut mean = parts.offset.clone();
        for part in &parts.linear {
            let source = joint.mean(part.source, deterministic);
            part.apply(&source, 1, 0..part.items(source.len()), &mut mean);
        }
        // The blocks with each part's source are there when it comes to the node itself.
        let others = joint.means.keys().copied().chain([node]).collect();
        let block = Vec::new();
        Self { node, parts, mean, others, block, is_known: false, part: 0, source: None, item: 0 }
    }

    /// Goes on for about `left` products, which it counts down; returns whether all blocks are in `joint`.
    fn step(&mut self, joint: &mut Joint, network: &Network, deterministic: &Subnetwork, left: &mut usize) -> bool {
        let width = self.mean.len();
        while let Some(&other) = self.others.first() {
            if *left == 0 {
                return false;
            }
            let columns = network.graph.nodes[other].width;
            self.block.resize(width * columns, 0.0);
            if let Some(part) = self.parts.linear.get(self.part) {
                if self.source.is_none() {
                    self.source = joint.covariance(part.source, other, columns);
                }
                if let Some(source) = &self.source {
                    self.is_known = true;
                    let (items, each) = (part.items(source.len() / columns), part.products(columns));
                    let end = items.min(self.item + left.div_ceil(each));
                    part.apply(source, columns, self.item..end, &mut self.block);
                    *left = left.saturating_sub((end - self.item) * each);
                    self.item = end;
                    if end < items {
                        continue;
                    }
                }
                (self.part, self.source, self.item) = (self.part + 1, None, 0);
                continue;
            }
            let mut block = core::mem::take(&mut self.block);
            if other == self.node {
                // Cov(node, node) = Σ over pairs of parts, and its own gates.
                self.parts.add_gate_variance(joint, network, deterministic, &mut block);
                joint.means.insert(other, core::mem::take(&mut self.mean));
                joint.covariances.insert((other, other), block);
            } else if self.is_known {
                joint.covariances.insert((other, self.node), transposed(&block, columns));
            }
            self.others.remove(0);
            (self.part, self.is_known) = (0, false);
        }
        true
    }
}

/// A node as `offset + Σ M · source`, with independent gate noise on its diagonal.
struct Parts {
    offset: Vec<f64>,
    linear: Vec<Part>,
    gated: Option<usize>,
}

/// One source through a matrix that is diagonal, dense or a shift.
struct Part {
    source: usize,
    matrix: Matrix,
}

enum Matrix {
    /// `y_u = d_u x_u`.
    Diagonal(Vec<f64>),
    /// `y_i = Σ_j w_ji x_j`, row-major `[inputs, units]`.
    Dense(Vec<f64>, usize),
    /// `y_(first + u) = x_u`.
    Shift(usize),
    /// `y_u = Σ w x_j` over the listed `(u, j, w)`.
    Sparse(Vec<(usize, usize, f64)>),
}

impl Parts {
    fn of(network: &Network, node: usize) -> Self {
        let graph = &network.graph;
        let width = graph.nodes[node].width;
        let part = |source: usize, matrix: Matrix| Part { source, matrix };
        let mut offset = vec![0.0; width];
        let linear = match &graph.nodes[node].operation {
            Operation::Input => Vec::new(),
            Operation::Dropout { source, site } => {
                let site = &graph.sites[*site];
                let means = (0..width).map(|gate| site.kept_factor(gate) * site.keep(gate));
                vec![part(*source, Matrix::Diagonal(means.collect()))]
            }
            Operation::Dense(dense) => {
                if let Some(bias) = dense.bias {
                    offset = network.parameters[bias].iter().map(|&bias| bias.into()).collect();
                }
                let mean = dense.site.map_or(1.0, |site| graph.sites[site].kept_factor(0) * graph.sites[site].keep(0));
                let kernel = network.parameters[dense.kernel].iter().map(|&weight| f64::from(weight) * mean);
                vec![part(dense.source, Matrix::Dense(kernel.collect(), width))]
            }
            Operation::Concat { sources } => {
                let mut first = 0;
                let shift = |&source: &usize| {
                    first += graph.nodes[source].width;
                    part(source, Matrix::Shift(first - graph.nodes[source].width))
                };
                sources.iter().map(shift).collect()
            }
            Operation::Add { sources } => sources.iter().map(|&source| part(source, Matrix::Shift(0))).collect(),
            Operation::Fixed(fixed) => {
                let mut entries: BTreeMap<usize, Vec<(usize, usize, f64)>> = BTreeMap::new(); // by source
                for (unit, offset) in offset.iter_mut().enumerate() {
                    *offset = fixed.constant(network, unit);
                    fixed.terms(network, unit, &mut |source, place, weight| {
                        entries.entry(source).or_default().push((unit, place, weight));
                    });
                }
                entries.into_iter().map(|(source, entries)| part(source, Matrix::Sparse(entries))).collect()
            }
        };
        Self { offset, linear, gated: graph.nodes[node].operation.site() }
    }

    /// What the node's own gates add to the variances of its units.
    fn add_gate_variance(&self, joint: &Joint, network: &Network, deterministic: &Subnetwork, own: &mut [f64]) {
        let Some((site, part)) = self.gated.map(|site| &network.graph.sites[site]).zip(self.linear.first()) else {
            return;
        };
        let width = self.offset.len();
        let means = joint.mean(part.source, deterministic);
        let inputs = means.len();
        let block = joint.covariances.get(&(part.source, part.source));
        let squares = (0..inputs).map(|j| block.map_or(0.0, |block| block[j * inputs + j]) + means[j] * means[j]);
        for (input, square) in squares.enumerate() {
            match &part.matrix {
                // The matrix holds f p w, of which the gate's relative variance is (1 − p) / p.
                Matrix::Dense(kernel, units) => {
                    for unit in 0..width {
                        let (mean, gate) = (kernel[input * units + unit], input * units + unit);
                        own[unit * width + unit] += mean * mean * site.rate(gate) / site.keep(gate) * square;
                    }
                }
                Matrix::Diagonal(factors) => {
                    let noise = factors[input] * factors[input] * site.rate(input) / site.keep(input);
                    own[input * width + input] += noise * square;
                }
                Matrix::Shift(_) | Matrix::Sparse(_) => {}
            }
        }
    }
}

impl Part {
    /// What [`Part::apply`] can be cut into, for a source of so many rows.
    fn items(&self, rows: usize) -> usize {
        match &self.matrix {
            Matrix::Sparse(entries) => entries.len(),
            _ => rows,
        }
    }

    /// Multiply-adds of one of them.
    fn products(&self, columns: usize) -> usize {
        match &self.matrix {
            Matrix::Dense(_, units) => units * columns,
            _ => columns,
        }
    }

    /// Adds what some items come to in `M · x` for `x` of `columns` columns, row-major.
    fn apply(&self, x: &[f64], columns: usize, items: Range<usize>, output: &mut [f64]) {
        match &self.matrix {
            Matrix::Diagonal(factors) => {
                for row in items {
                    let (factor, row) = (factors[row], row * columns..(row + 1) * columns);
                    output[row.clone()].iter_mut().zip(&x[row]).for_each(|(sum, x)| *sum += factor * x);
                }
            }
            Matrix::Dense(kernel, units) => {
                let x = &x[items.start * columns..items.end * columns];
                let kernel = &kernel[items.start * units..items.end * units];
                for (x, weights) in x.chunks_exact(columns).zip(kernel.chunks_exact(*units)) {
                    for (output, weight) in output.chunks_exact_mut(columns).zip(weights) {
                        output.iter_mut().zip(x).for_each(|(sum, x)| *sum += weight * x);
                    }
                }
            }
            Matrix::Sparse(entries) => {
                for &(row, column, weight) in &entries[items] {
                    let (row, column) = (row * columns..(row + 1) * columns, column * columns..(column + 1) * columns);
                    output[row].iter_mut().zip(&x[column]).for_each(|(sum, x)| *sum += weight * x);
                }
            }
            Matrix::Shift(first) => {
                let x = &x[items.start * columns..items.end * columns];
                let output = &mut output[(first + items.start) * columns..];
                output.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
            }
        }
    }
}

fn transposed(block: &[f64], columns: usize) -> Vec<f64> {
    let rows = block.len() / columns;
    let mut transposed = vec![0.0; block.len()];
    tiles(rows, columns, |row, column| transposed[column * rows + row] = block[row * columns + column]);
    transposed
}

/// Visits every place of a matrix in squares of a few cache lines, which rows and columns both meet.
fn tiles(rows: usize, columns: usize, mut visit: impl FnMut(usize, usize)) {
    const SIDE: usize = 16;
    for first_row in (0..rows).step_by(SIDE) {
        for first_column in (0..columns).step_by(SIDE) {
            for row in first_row..rows.min(first_row + SIDE) {
                (first_column..columns.min(first_column + SIDE)).for_each(|column| visit(row, column));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::Scaling;
    use crate::network::Builder;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// `Cov` of two layers of gates, by the formulas for every pair of units.
    #[test]
    fn a_wide_network_takes_many_steps_to_the_covariances_of_the_formulas() {
        const WIDTHS: [usize; 3] = [150, 130, 140];
        let mut builder = Builder::default();
        let input = builder.input(WIDTHS[0]).unwrap();
        let first = builder.dropout("d0", input, &[0.4], Scaling::Inverted).unwrap();
        let hidden = builder.dense("h", first, WIDTHS[1], Activation::Linear, true, None, None).unwrap();
        let second = builder.dropout("d1", hidden, &[0.3], Scaling::Inverted).unwrap();
        let target = builder.dense("o", second, WIDTHS[2], Activation::Linear, true, None, None).unwrap();
        let network = builder.build(target, 3).unwrap();
        let graph = &network.graph;
        let x: Vec<f32> = (0..WIDTHS[0]).map(|i| (i as f32).sin()).collect();
        let mut pass = Subnetwork::new(graph, target);
        pass.pass(&network, &x, &graph.ancestors(&[target]));

        let (mut walk, mut steps) = (LinearWalk::new(graph, target), 1);
        let mut left = 1.0;
        while !walk.step(&network, &pass) {
            assert!(walk.left() > 0.0 && walk.left() <= left);
            left = walk.left();
            steps += 1;
        }
        assert_eq!(walk.left(), 0.0);
        assert!(steps >= 3, "{steps}: 10 million products");

        let kernel = |node: usize, from: usize, to: usize| {
            let dense = graph.dense(node).unwrap();
            f64::from(network.parameters[dense.kernel][from * graph.nodes[node].width + to])
        };
        // y = W'x/p of the first gates; Cov(y, y) = Σ W W' x² q/p; then y²/p more on the diagonal, and Cov/p.
        let (inputs, hidden_units, units) = (WIDTHS[0], WIDTHS[1], WIDTHS[2]);
        let noise: Vec<f64> = x.iter().map(|&x| f64::from(x) * f64::from(x) * (0.4 / 0.6)).collect();
        let mut middle = vec![0.0; hidden_units * hidden_units];
        for a in 0..hidden_units {
            for b in 0..hidden_units {
                middle[a * hidden_units + b] =
                    (0..inputs).map(|i| kernel(hidden, i, a) * kernel(hidden, i, b) * noise[i]).sum::<f64>();
            }
            let (variance, mean) = (middle[a * hidden_units + a], pass.values[hidden][a]);
            middle[a * hidden_units + a] += (0.3 / 0.7) * (variance + mean * mean);
        }
        let through: Vec<f64> = (0..units * hidden_units)
            .map(|place| {
                let (unit, b) = (place / hidden_units, place % hidden_units);
                (0..hidden_units).map(|a| kernel(target, a, unit) * middle[a * hidden_units + b]).sum::<f64>()
            })
            .collect();
        let all: Vec<usize> = (0..units).collect();
        let found = walk.statistics(&pass, &all, 0.0);
        let covariance = walk.covariance(&pass);
        for i in 0..units {
            for j in 0..units {
                let expected: f64 =
                    (0..hidden_units).map(|b| through[i * hidden_units + b] * kernel(target, b, j)).sum();
                assert!((covariance[i * units + j] - expected).abs() < 1e-12, "{i} {j}");
                assert_eq!(covariance[i * units + j], covariance[j * units + i]);
            }
            assert_eq!(covariance[i * units + i], found[i].variance);
            assert!((found[i].mean - pass.values[target][i]).abs() < 1e-12);
        }
    }
}
