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
use crate::exact::subnetwork::Subnetwork;
use crate::network::{Graph, Network, Operation};
use std::collections::BTreeMap;

/// Covariances of two nodes, `[width of the first, width of the second]`; the first is never the later one.
type Blocks = BTreeMap<(usize, usize), Vec<f64>>;

/// Means and covariances of the nodes in use.
#[derive(Default)]
struct Joint {
    means: BTreeMap<usize, Vec<f64>>,
    covariances: Blocks,
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

/// The statistics of the selected units of the deterministic pass's target; third and higher moments are not known.
pub fn statistics(
    network: &Network,
    deterministic: &Subnetwork,
    units: &[usize],
    error_bound: f64,
) -> Vec<UnitStatistics> {
    let target = deterministic.target();
    let joint = Joint::of(network, deterministic);
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

/// The covariances of all units of the deterministic pass's target, `[units, units]`.
pub fn covariance(network: &Network, deterministic: &Subnetwork) -> Vec<f64> {
    let target = deterministic.target();
    let width = deterministic.values[target].len();
    let joint = Joint::of(network, deterministic);
    let mut covariance = joint.covariances.get(&(target, target)).cloned().unwrap_or_else(|| vec![0.0; width * width]);
    // Both halves are sums of the same terms in different orders.
    for unit in 0..width {
        for other in 0..unit {
            covariance[unit * width + other] = covariance[other * width + unit];
        }
    }
    covariance
}

impl Joint {
    fn of(network: &Network, deterministic: &Subnetwork) -> Self {
        let graph = &network.graph;
        let target = deterministic.target();
        let (needed, random) = (graph.ancestors(&[target]), graph.random_nodes());
        let mut joint = Self::default();
        for node in (0..=target).filter(|&node| needed[node] && random[node]) {
            joint.add(network, node, deterministic);
            let read_later = |other: usize| {
                other == target
                    || (node + 1..=target)
                        .any(|reader| needed[reader] && graph.nodes[reader].operation.sources().contains(&other))
            };
            joint.means.retain(|&other, _| read_later(other));
            joint.covariances.retain(|&(a, b), _| read_later(a) && read_later(b));
        }
        joint
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

    fn add(&mut self, network: &Network, node: usize, deterministic: &Subnetwork) {
        let graph = &network.graph;
        let width = graph.nodes[node].width;
        let parts = Parts::of(network, node);
        let mut mean = parts.offset.clone();
        for part in &parts.linear {
            part.apply(&self.mean(part.source, deterministic), 1, &mut mean);
        }
        let others: Vec<usize> = self.means.keys().copied().collect();
        for other in others {
            let columns = graph.nodes[other].width;
            let mut block = vec![0.0; width * columns]; // Cov(node, other)
            let mut known = false;
            for part in &parts.linear {
                if let Some(source) = self.covariance(part.source, other, columns) {
                    part.apply(&source, columns, &mut block);
                    known = true;
                }
            }
            if known {
                self.covariances.insert((other, node), transposed(&block, columns));
            }
        }
        // Cov(node, node) = Σ over pairs of parts; the blocks with each part's source are there now.
        let mut own = vec![0.0; width * width];
        for part in &parts.linear {
            if let Some(block) = self.covariance(part.source, node, width) {
                part.apply(&block, width, &mut own);
            }
        }
        parts.add_gate_variance(self, network, deterministic, &mut own);
        self.means.insert(node, mean);
        self.covariances.insert((node, node), own);
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
    /// Adds `M · x` for `x` of `columns` columns, row-major.
    fn apply(&self, x: &[f64], columns: usize, output: &mut [f64]) {
        match &self.matrix {
            Matrix::Diagonal(factors) => {
                for (row, factor) in factors.iter().enumerate() {
                    let row = row * columns..(row + 1) * columns;
                    output[row.clone()].iter_mut().zip(&x[row]).for_each(|(sum, x)| *sum += factor * x);
                }
            }
            Matrix::Dense(kernel, units) => {
                for (x, weights) in x.chunks_exact(columns).zip(kernel.chunks_exact(*units)) {
                    for (output, weight) in output.chunks_exact_mut(columns).zip(weights) {
                        output.iter_mut().zip(x).for_each(|(sum, x)| *sum += weight * x);
                    }
                }
            }
            Matrix::Sparse(entries) => {
                for &(row, column, weight) in entries {
                    let (row, column) = (row * columns..(row + 1) * columns, column * columns..(column + 1) * columns);
                    output[row].iter_mut().zip(&x[column]).for_each(|(sum, x)| *sum += weight * x);
                }
            }
            Matrix::Shift(first) => {
                output[first * columns..].iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
            }
        }
    }
}

fn transposed(block: &[f64], columns: usize) -> Vec<f64> {
    let rows = block.len() / columns;
    (0..block.len()).map(|index| block[index % rows * columns + index / rows]).collect()
}
