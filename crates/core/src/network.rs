//! The network: a directed acyclic graph of layers, validated once, and its parameters.
//!
//! Nodes are numbered in topological order: a node reads only from nodes with smaller numbers, and any of them. Gate
//! sites are numbered in the order of their nodes, which makes the order part of the random layout.
//!
//! A row of any shape is held flat, row-major; images are `[height, width, channels]`, channels side by side (NHWC, as in
//! TensorFlow.js). A unit is a place in the flat row.

use crate::activation::Activation;
mod builder;
mod packed;

use crate::gates::Site;
use crate::initialize::Initializer;
use crate::ops::{Fixed, Function, NormalizationKind};
use crate::train::constraint::Penalty;
pub use builder::Builder;
pub use packed::{PackedCache, PackedKernels};
use std::rc::Rc;

/// A validated graph together with its parameters; both are shared with the runs that read them.
#[derive(Clone, Debug)]
pub struct Network {
    /// The structure, which never changes.
    pub graph: Rc<Graph>,
    /// The numbers; a run that holds them keeps the values it began with.
    pub parameters: Rc<Parameters>,
    /// Kernels of the parameters as products want them.
    pub packed: PackedCache,
}

/// One tensor of parameters a list entry: kernels `[inputs, units]` row-major, biases `[units]`.
pub type Parameters = Vec<Vec<f32>>;

/// The structure of a network.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// In topological order; node 0 is the input.
    pub nodes: Vec<Node>,
    /// The node that predictions are read from.
    pub output: usize,
    /// In the order of their nodes.
    pub sites: Vec<Site>,
    /// Shape and owner of each parameter tensor.
    pub parameters: Vec<Parameter>,
}

/// Shape and owner of a parameter tensor.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The first node that uses it.
    pub node: usize,
    /// `[inputs, units]`, `[height, width, inputs, filters]` or `[units]`.
    pub shape: Vec<usize>,
    /// How its first values are found.
    pub initializer: Initializer,
    /// Whether training moves it by a gradient; moving statistics are carried along instead.
    pub trainable: bool,
    /// What training adds to the loss for it.
    pub penalty: Penalty,
    /// What training limits the norm of the incoming weights of each unit to.
    pub max_norm: Option<f64>,
}

/// One application of a layer.
#[derive(Clone, Debug)]
pub struct Node {
    /// Unique in the network.
    pub name: String,
    /// The shape of a row of its output.
    pub shape: Vec<usize>,
    /// Units of its output: the product of the shape.
    pub width: usize,
    /// What it computes.
    pub operation: Operation,
}

/// What a node computes.
#[derive(Clone, Debug)]
pub enum Operation {
    /// The rows given by the caller.
    Input,
    /// `activation(x · kernel + bias)`, its connections gated when it has a site.
    Dense(Dense),
    /// The source times the gates of a site; unit `u` has gate `u mod gates` (fewer gates than units: one a channel).
    Dropout {
        /// Node.
        source: usize,
        /// Site.
        site: usize,
    },
    /// The sources side by side.
    Concat {
        /// Nodes.
        sources: Vec<usize>,
    },
    /// The sum of the sources.
    Add {
        /// Nodes.
        sources: Vec<usize>,
    },
    /// A function without gates of its own.
    Fixed(Fixed),
}

/// A dense layer; its gates, if any, are one for each weight: gate `input · units + unit` (DropConnect).
#[derive(Clone, Debug)]
pub struct Dense {
    /// Node.
    pub source: usize,
    /// Parameter `[inputs, units]`.
    pub kernel: usize,
    /// Parameter `[units]`.
    pub bias: Option<usize>,
    /// What follows the sum.
    pub activation: Activation,
    /// Site of its connections.
    pub site: Option<usize>,
}

impl Operation {
    /// The nodes it reads from.
    pub fn sources(&self) -> &[usize] {
        match self {
            Self::Input => &[],
            Self::Dense(dense) => core::slice::from_ref(&dense.source),
            Self::Dropout { source, .. } => core::slice::from_ref(source),
            Self::Concat { sources } | Self::Add { sources } => sources,
            Self::Fixed(fixed) => &fixed.sources,
        }
    }

    /// The site whose gates act inside it.
    pub fn site(&self) -> Option<usize> {
        match self {
            Self::Dense(dense) => dense.site,
            Self::Dropout { site, .. } => Some(*site),
            _ => None,
        }
    }
}

impl Graph {
    /// Units of a row of inputs.
    pub fn input_width(&self) -> usize {
        self.nodes[0].width
    }

    /// For each node whether its value depends on a gate that can be dropped.
    pub fn random_nodes(&self) -> Vec<bool> {
        let mut random = vec![false; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            random[index] = node.operation.sources().iter().any(|&source| random[source])
                || node.operation.site().is_some_and(|site| self.sites[site].is_random());
        }
        random
    }

    /// For each parameter how many layers have it; the bias of a dense layer goes with its kernel and is not counted.
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.parameters.len()];
        for node in &self.nodes {
            match &node.operation {
                Operation::Dense(dense) => uses[dense.kernel] += 1,
                Operation::Fixed(fixed) => fixed.parameters().into_iter().for_each(|parameter| uses[parameter] += 1),
                _ => {}
            }
        }
        uses
    }

    /// For each node whether any of `targets` depends on it, themselves included.
    pub fn ancestors(&self, targets: &[usize]) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        for &target in targets {
            needed[target] = true;
        }
        for index in (0..self.nodes.len()).rev() {
            if needed[index] {
                self.nodes[index].operation.sources().iter().for_each(|&source| needed[source] = true);
            }
        }
        needed
    }

    /// The node whose activities are the statistics of `node`: a dropout layer's are those before its own gates.
    pub fn before_gates(&self, node: usize) -> usize {
        match self.nodes[node].operation {
            Operation::Dropout { source, .. } => source,
            _ => node,
        }
    }

    /// The dense layer at `node`, if it is one.
    pub fn dense(&self, node: usize) -> Option<&Dense> {
        match &self.nodes[node].operation {
            Operation::Dense(dense) => Some(dense),
            _ => None,
        }
    }

    /// The function that `node` ends in, if it is a layer that has one.
    pub fn activation(&self, node: usize) -> Option<Activation> {
        match &self.nodes[node].operation {
            Operation::Dense(dense) => Some(dense.activation),
            Operation::Fixed(fixed) => fixed.activation(),
            _ => None,
        }
    }

    /// Whether the rows of a training batch change each other's values: the statistics of a batch normalisation do.
    pub fn couples_rows(&self) -> bool {
        self.nodes.iter().any(|node| match &node.operation {
            Operation::Fixed(Fixed { function: Function::Normalization(normalization), .. }) => {
                normalization.kind != NormalizationKind::Layer
            }
            _ => false,
        })
    }

    /// The same for statistics of classes: none for a softmax over each place of an image, which has no one vote a row.
    pub fn layer_activation(&self, node: usize) -> Option<Activation> {
        let is_grouped = self.nodes[node].shape.len() > 1;
        self.activation(node).filter(|activation| !(is_grouped && *activation == Activation::Softmax))
    }

    /// Units that share a softmax or a normalisation: those of the last dimension.
    pub fn channels(&self, node: usize) -> usize {
        self.nodes[node].shape.last().copied().unwrap_or(1)
    }
}
