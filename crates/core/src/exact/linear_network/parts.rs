//! A node as matrices that its sources go through, and the noise of its own gates.

use super::joint::Joint;
use crate::exact::subnetwork::Subnetwork;
use crate::network::{Network, Operation};
use core::ops::Range;
use std::collections::BTreeMap;

/// A node as `offset + Σ M · source`, with independent gate noise on its diagonal.
pub struct Parts {
    pub offset: Vec<f64>,
    pub linear: Vec<Part>,
    gated: Option<usize>,
}

/// One source through a matrix that is diagonal, dense or a shift.
pub struct Part {
    pub source: usize,
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
    /// The parts of this node.
    pub fn of(network: &Network, node: usize) -> Self {
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
    pub fn add_gate_variance(&self, joint: &Joint, network: &Network, deterministic: &Subnetwork, own: &mut [f64]) {
        let Some(source) = self.gated_source() else { return };
        let width = self.offset.len();
        let means = joint.mean(source, deterministic);
        let inputs = means.len();
        let block = joint.covariances.get(&(source, source));
        let squares = (0..inputs).map(|j| block.map_or(0.0, |block| block[j * inputs + j]) + means[j] * means[j]);
        self.add_gate_noise(network, squares, |unit, noise| own[unit * width + unit] += noise);
    }

    /// The node that gates of its own are over, if it has any.
    pub fn gated_source(&self) -> Option<usize> {
        self.gated.and(self.linear.first()).map(|part| part.source)
    }

    /// Visits what each of its gates adds to the variance of a unit, given `E x²` of its inputs.
    pub fn add_gate_noise(
        &self,
        network: &Network,
        squares: impl Iterator<Item = f64>,
        mut add: impl FnMut(usize, f64),
    ) {
        let Some((site, part)) = self.gated.map(|site| &network.graph.sites[site]).zip(self.linear.first()) else {
            return;
        };
        // The matrix holds f p w, of which the gate's relative variance is (1 − p) / p.
        for (input, square) in squares.enumerate() {
            match &part.matrix {
                Matrix::Dense(kernel, units) => {
                    for unit in 0..*units {
                        let (mean, gate) = (kernel[input * units + unit], input * units + unit);
                        add(unit, mean * mean * site.rate(gate) / site.keep(gate) * square);
                    }
                }
                Matrix::Diagonal(factors) => {
                    add(input, factors[input] * factors[input] * site.rate(input) / site.keep(input) * square);
                }
                Matrix::Shift(_) | Matrix::Sparse(_) => {}
            }
        }
    }
}

impl Part {
    /// The same with other numbers; those that a matrix need not hold are 1.
    pub fn map(&self, of: impl Fn(f64) -> f64) -> Self {
        let matrix = match &self.matrix {
            Matrix::Diagonal(values) => Matrix::Diagonal(values.iter().map(|&value| of(value)).collect()),
            Matrix::Dense(values, units) => Matrix::Dense(values.iter().map(|&value| of(value)).collect(), *units),
            Matrix::Sparse(entries) => {
                Matrix::Sparse(entries.iter().map(|&(row, column, value)| (row, column, of(value))).collect())
            }
            Matrix::Shift(first) => Matrix::Shift(*first),
        };
        Self { source: self.source, matrix }
    }

    /// What [`Part::apply`] can be cut into, for a source of so many rows.
    pub fn items(&self, rows: usize) -> usize {
        match &self.matrix {
            Matrix::Sparse(entries) => entries.len(),
            _ => rows,
        }
    }

    /// Multiply-adds of one of them.
    pub fn products(&self, columns: usize) -> usize {
        match &self.matrix {
            Matrix::Dense(_, units) => units * columns,
            _ => columns,
        }
    }

    /// Adds what some items come to in `M · x` for `x` of `columns` columns, row-major.
    pub fn apply(&self, x: &[f64], columns: usize, items: Range<usize>, output: &mut [f64]) {
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
