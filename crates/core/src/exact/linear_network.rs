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

mod joint;
mod open_node;
mod parts;
mod rounding;
#[cfg(test)]
mod tests;

use crate::activation::Activation;
use crate::exact::affine::{UnitStatistics, without_rounding};
use crate::exact::plan::products;
use crate::exact::subnetwork::Subnetwork;
use crate::network::{Graph, Network, Operation};
use joint::{Joint, tiles};
use open_node::OpenNode;

pub use rounding::moments_error;

/// The most numbers of covariances that are held at a time: a gigabyte.
const MOST_NUMBERS: f64 = (1u32 << 27) as f64;

/// Why the method does not apply to `target`, or nothing.
pub fn refusal(graph: &Graph, target: usize) -> Option<&'static str> {
    if !is_linear(graph, target) {
        return Some("it is for units that are linear in gates of one unit each");
    }
    (numbers(graph, target) > MOST_NUMBERS).then_some("the covariances of its layers take more than a gigabyte")
}

/// Whether there is no [`refusal`].
pub fn applies(graph: &Graph, target: usize) -> bool {
    refusal(graph, target).is_none()
}

/// The most numbers that a walk holds: covariances of the nodes in use, and a block on its way with two copies.
fn numbers(graph: &Graph, target: usize) -> f64 {
    let (needed, random) = (graph.ancestors(&[target]), graph.random_nodes());
    let reads = |reader: usize, node: usize| needed[reader] && graph.nodes[reader].operation.sources().contains(&node);
    let nodes: Vec<usize> = (0..=target).filter(|&node| needed[node] && random[node]).collect();
    let last_reader = |&node: &usize| (node..=target).rev().find(|&reader| reads(reader, node)).unwrap_or(target);
    let last_readers: Vec<usize> = nodes.iter().map(last_reader).collect();
    let width = |node: usize| graph.nodes[node].width as f64;
    let at = |&node: &usize| {
        let known = nodes.iter().zip(&last_readers).filter(|(other, last)| **other <= node && **last >= node);
        let widths: Vec<f64> = known.map(|(&other, _)| width(other)).collect();
        let (sum, squares) = widths.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
        let widest = widths.iter().fold(0.0, |most: f64, w| most.max(*w));
        0.5 * (sum * sum + squares) + 2.0 * width(node) * widest
    };
    nodes.iter().map(at).fold(0.0, f64::max)
}

/// Whether every node between a gate and `target` is linear, `target` included.
fn is_linear(graph: &Graph, target: usize) -> bool {
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
                variance: without_rounding(variance, error_bound),
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
