//! Kernels as expressions: families, sums and products.

use super::family::{Family, Leaf, Row};
use super::points::Points;
use super::zeros;
use crate::error::Error;
use thinned_lanes::Backend;

#[derive(Clone, Debug)]
enum Node {
    Leaf(Leaf),
    /// Of two earlier nodes.
    Sum(usize, usize),
    /// Of two earlier nodes.
    Product(usize, usize),
}

/// A covariance function: nodes in the order in which they are computed, the last being the whole.
#[derive(Clone, Debug)]
pub struct Kernel {
    nodes: Vec<Node>,
    /// The number of inputs of a point.
    pub inputs: usize,
}

/// Rows of values of every node, used again for every row of a matrix.
#[derive(Debug, Default)]
pub struct Workspace {
    values: Vec<Vec<f64>>,
    weights: Vec<Vec<f64>>,
}

/// Refuses covariances that are no finite numbers: `rows` names those of the first.
pub fn all_finite(action: &str, covariances: &[f64], rows: impl Fn(usize) -> String) -> Result<(), Error> {
    match covariances.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(Error::range(format!(
            "Cannot {action}: the covariance of {} is not finite, finite numbers are wanted: inputs or parameters of the kernel of a \
             more usual scale",
            rows(index)
        ))),
    }
}

impl Kernel {
    /// The kernel in postfix notation: names of families, each with the next of `counts` and so many of the `parameters`, and
    /// `sum` and `product` of the two before them.
    ///
    /// # Errors
    /// `Type` for an unknown word, `Shape` where the words make no expression or parameters do not fit the inputs.
    pub fn parse(words: &str, counts: &[u32], parameters: &[f64], inputs: usize) -> Result<Self, Error> {
        let malformed =
            || Error::shape(format!("Cannot read kernel \"{words}\", wanted an expression in postfix notation"));
        let mut nodes = Vec::new();
        let mut open = Vec::new();
        let mut counts = counts.iter();
        let mut rest = parameters;
        for word in words.split(' ') {
            let node = match word {
                "sum" | "product" => {
                    let (Some(b), Some(a)) = (open.pop(), open.pop()) else { return Err(malformed()) };
                    if word == "sum" { Node::Sum(a, b) } else { Node::Product(a, b) }
                }
                _ => {
                    let family = Family::parse(word)?;
                    let count = *counts.next().ok_or_else(malformed)? as usize;
                    let (own, others) = rest.split_at_checked(count).ok_or_else(malformed)?;
                    if !family.takes(count, inputs) {
                        return Err(Error::shape(format!(
                            "Cannot use kernel {word}: it has {count} parameters for points of {inputs} inputs, wanted one \
                             length-scale, or one for each input"
                        )));
                    }
                    rest = others;
                    Node::Leaf(Leaf { family, parameters: own.to_vec() })
                }
            };
            open.push(nodes.len());
            nodes.push(node);
        }
        if open.len() == 1 && rest.is_empty() { Ok(Self { nodes, inputs }) } else { Err(malformed()) }
    }

    /// Covariances of a row with the first `out.len()` points.
    pub fn row<B: Backend>(&self, row: Row<'_>, points: &Points, space: &mut Workspace, out: &mut [f64]) {
        self.values::<B>(row, points, out.len(), space);
        out.copy_from_slice(&space.values[self.nodes.len() - 1][..out.len()]);
    }

    /// `k(x, x)`, a point with itself.
    pub fn diagonal(&self, x: &[f64]) -> f64 {
        let mut values = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            values.push(match node {
                Node::Leaf(leaf) => leaf.diagonal(x),
                Node::Sum(a, b) => values[*a] + values[*b],
                Node::Product(a, b) => values[*a] * values[*b],
            });
        }
        values[self.nodes.len() - 1]
    }

    /// How many parameters there are.
    pub fn parameters(&self) -> usize {
        self.leaves().map(|leaf| leaf.parameters.len()).sum()
    }

    /// Adds to `gradient`, one number a parameter in their order, `Σⱼ weightsⱼ·∂k(x, zⱼ)/∂log parameter`.
    pub fn add_gradient<B: Backend>(
        &self,
        row: Row<'_>,
        points: &Points,
        weights: &[f64],
        space: &mut Workspace,
        gradient: &mut [f64],
    ) {
        let length = weights.len().next_multiple_of(2);
        self.values::<B>(row, points, weights.len(), space);
        space.weights.resize(self.nodes.len(), Vec::new());
        for node in &mut space.weights {
            node.clear();
            node.resize(length, 0.0);
        }
        let Workspace { values, weights: along } = space;
        along[self.nodes.len() - 1][..weights.len()].copy_from_slice(weights);
        let mut end = self.parameters();
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let (before, own) = along.split_at_mut(index);
            let own = &own[0];
            match node {
                Node::Leaf(leaf) => {
                    let first = end - leaf.parameters.len();
                    leaf.add_gradient::<B>(row, points, &values[index], own, &mut gradient[first..end]);
                    end = first;
                }
                Node::Sum(a, b) => {
                    for child in [*a, *b] {
                        before[child].iter_mut().zip(own).for_each(|(sum, weight)| *sum += weight);
                    }
                }
                Node::Product(a, b) => {
                    for (child, other) in [(*a, *b), (*b, *a)] {
                        let factors = own.iter().zip(&values[other]);
                        before[child].iter_mut().zip(factors).for_each(|(sum, (weight, value))| *sum += weight * value);
                    }
                }
            }
        }
    }

    /// The matrix `k(x, z) [x.rows, z.rows]`; of a set of points with itself without `z`.
    ///
    /// # Errors
    /// `Range` where there is no memory for it, or a covariance is not finite.
    pub fn matrix<B: Backend>(&self, action: &str, x: &Points, z: Option<&Points>) -> Result<Vec<f64>, Error> {
        let columns = z.unwrap_or(x);
        let mut matrix = zeros(x.rows.checked_mul(columns.rows), "the covariances")?;
        let mut space = Workspace::default();
        for (row, out) in matrix.chunks_exact_mut(columns.rows.max(1)).enumerate() {
            let own = if z.is_none() { Some(row) } else { None };
            self.row::<B>(Row { x: x.row(row), own }, columns, &mut space, out);
            all_finite(action, out, |column| match z {
                None => format!("rows {row} and {column} of x"),
                Some(_) => format!("row {row} of x and row {column} of z"),
            })?;
        }
        Ok(matrix)
    }

    fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Leaf(leaf) => Some(leaf),
            _ => None,
        })
    }

    /// The values of every node for the first `length` points, and one more where that makes a full vector.
    fn values<B: Backend>(&self, row: Row<'_>, points: &Points, length: usize, space: &mut Workspace) {
        let length = length.next_multiple_of(2);
        space.values.resize(self.nodes.len(), Vec::new());
        for (index, node) in self.nodes.iter().enumerate() {
            let (before, own) = space.values.split_at_mut(index);
            let own = &mut own[0];
            own.resize(length, 0.0);
            match node {
                Node::Leaf(leaf) => leaf.row::<B>(row, points, own),
                Node::Sum(a, b) => {
                    let pairs = before[*a].iter().zip(&before[*b]);
                    own.iter_mut().zip(pairs).for_each(|(value, (a, b))| *value = a + b);
                }
                Node::Product(a, b) => {
                    let pairs = before[*a].iter().zip(&before[*b]);
                    own.iter_mut().zip(pairs).for_each(|(value, (a, b))| *value = a * b);
                }
            }
        }
    }
}
