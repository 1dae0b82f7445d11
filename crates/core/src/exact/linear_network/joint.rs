//! What is known of the nodes so far, and the matrices that it comes in.

use crate::exact::subnetwork::Subnetwork;
use crate::network::Graph;
use std::collections::BTreeMap;

/// Covariances of two nodes, `[width of the first, width of the second]`; the first is never the later one.
type Blocks = BTreeMap<(usize, usize), Vec<f64>>;

/// Means and covariances of the nodes in use.
#[derive(Default)]
pub struct Joint {
    pub means: BTreeMap<usize, Vec<f64>>,
    pub covariances: Blocks,
}

impl Joint {
    /// Drops what no node behind `node` reads.
    pub fn forget(&mut self, graph: &Graph, target: usize, node: usize) {
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
    pub fn mean(&self, node: usize, deterministic: &Subnetwork) -> Vec<f64> {
        self.means.get(&node).unwrap_or(&deterministic.values[node]).clone()
    }

    /// `Cov(a, b)`, `[width of a, width of b]`; nothing where either is fixed.
    pub fn covariance(&self, a: usize, b: usize, width_b: usize) -> Option<Vec<f64>> {
        let block = self.covariances.get(&(a.min(b), a.max(b)))?;
        // Held as [width of b, width of a] when b is the earlier.
        Some(if a <= b { block.clone() } else { transposed(block, block.len() / width_b) })
    }
}

/// The matrix of so many columns the other way round.
pub fn transposed(block: &[f64], columns: usize) -> Vec<f64> {
    let rows = block.len() / columns;
    let mut transposed = vec![0.0; block.len()];
    tiles(rows, columns, |row, column| transposed[column * rows + row] = block[row * columns + column]);
    transposed
}

/// Visits every place of a matrix in squares of a few cache lines, which rows and columns both meet.
pub fn tiles(rows: usize, columns: usize, mut visit: impl FnMut(usize, usize)) {
    const SIDE: usize = 16;
    for first_row in (0..rows).step_by(SIDE) {
        for first_column in (0..columns).step_by(SIDE) {
            for row in first_row..rows.min(first_row + SIDE) {
                (first_column..columns.min(first_column + SIDE)).for_each(|column| visit(row, column));
            }
        }
    }
}
