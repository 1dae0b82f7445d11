//! The network: a directed acyclic graph of layers, validated once, and its parameters.
//!
//! Nodes are numbered in topological order: a node reads only from nodes with smaller numbers, and any of them. Gate
//! sites are numbered in the order of their nodes, which makes the order part of the random layout.

use crate::activation::Activation;
use crate::error::Error;
use crate::gates::{Scaling, Site};
use crate::initialize::glorot_uniform;
use std::rc::Rc;

/// Gates of all sites of a network: a walk through subnetworks holds a number for each.
const MOST_GATES: usize = 1 << 26;

/// A validated graph together with its parameters; both are shared with the runs that read them.
#[derive(Clone, Debug)]
pub struct Network {
    /// The structure, which never changes.
    pub graph: Rc<Graph>,
    /// The numbers; a run that holds them keeps the values it began with.
    pub parameters: Rc<Parameters>,
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
    /// `[inputs, units]` or `[units]`.
    pub shape: Vec<usize>,
}

/// One application of a layer.
#[derive(Clone, Debug)]
pub struct Node {
    /// Unique in the network.
    pub name: String,
    /// Units of its output.
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
    /// The source times the gates of a site.
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
}

/// Builds a graph node by node, in topological order, and refuses what does not fit.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    graph: Graph,
}

impl Builder {
    /// The input; exactly once, before any layer.
    pub fn input(&mut self, width: usize) -> Result<usize, Error> {
        if !self.graph.nodes.is_empty() {
            return Err(Error::range("Cannot add a second input: a network has one, before its layers"));
        }
        if width == 0 {
            return Err(Error::shape("Cannot make an input of 0 units, wanted at least 1"));
        }
        Ok(self.push("input", width, Operation::Input))
    }

    /// A dense layer over `source`; with `shared_with`, another application of that dense node's parameters.
    pub fn dense(
        &mut self,
        name: &str,
        source: usize,
        units: usize,
        activation: Activation,
        use_bias: bool,
        connections: Option<(f64, Scaling)>,
        shared_with: Option<usize>,
    ) -> Result<usize, Error> {
        let inputs = self.width(name, source)?;
        if units == 0 {
            return Err(Error::range(format!("Cannot make layer \"{name}\": units is 0, wanted at least 1")));
        }
        if inputs.checked_mul(units).is_none_or(|weights| weights > (1 << 30)) {
            return Err(Error::range(format!(
                "Cannot make layer \"{name}\": {inputs} x {units} weights, wanted at most 2^30"
            )));
        }
        let site = match connections {
            Some((rate, scaling)) => Some(self.site(name, inputs * units, &[rate], scaling)?),
            None => None,
        };
        let node = self.graph.nodes.len();
        let (kernel, bias) = match shared_with {
            None => {
                let kernel = self.parameter(node, vec![inputs, units]);
                (kernel, use_bias.then(|| self.parameter(node, vec![units])))
            }
            Some(other) => {
                let Some(first) = self.graph.nodes.get(other).and_then(|_| self.graph.dense(other)) else {
                    return Err(Error::range(format!(
                        "Cannot share the weights of node {other}: it is no dense layer"
                    )));
                };
                let (kernel, bias) = (first.kernel, first.bias);
                let shape = &self.graph.parameters[kernel].shape;
                if *shape != [inputs, units] {
                    return Err(Error::shape(format!(
                        "Cannot apply layer \"{name}\" again: its kernel is [{}, {}], the new input wants [{inputs}, {units}]",
                        shape[0], shape[1]
                    )));
                }
                (kernel, bias)
            }
        };
        Ok(self.push(name, units, Operation::Dense(Dense { source, kernel, bias, activation, site })))
    }

    /// Gates over the units of `source`.
    pub fn dropout(&mut self, name: &str, source: usize, rates: &[f64], scaling: Scaling) -> Result<usize, Error> {
        let width = self.width(name, source)?;
        let site = self.site(name, width, rates, scaling)?;
        Ok(self.push(name, width, Operation::Dropout { source, site }))
    }

    /// The sources side by side.
    pub fn concat(&mut self, name: &str, sources: &[usize]) -> Result<usize, Error> {
        let mut width = 0;
        for &source in sources {
            width += self.width(name, source)?;
        }
        if sources.is_empty() {
            return Err(Error::shape(format!(
                "Cannot concatenate in layer \"{name}\": got no inputs, wanted at least 1"
            )));
        }
        Ok(self.push(name, width, Operation::Concat { sources: sources.to_vec() }))
    }

    /// The sum of sources of equal width.
    pub fn add(&mut self, name: &str, sources: &[usize]) -> Result<usize, Error> {
        let widths = sources.iter().map(|&source| self.width(name, source)).collect::<Result<Vec<_>, _>>()?;
        let Some(&width) = widths.first() else {
            return Err(Error::shape(format!("Cannot add in layer \"{name}\": got no inputs, wanted at least 1")));
        };
        if widths.iter().any(|&other| other != width) {
            return Err(Error::shape(format!(
                "Cannot add in layer \"{name}\": the inputs have {widths:?} units, wanted equal widths"
            )));
        }
        Ok(self.push(name, width, Operation::Add { sources: sources.to_vec() }))
    }

    /// The network, with kernels drawn from the seed (Glorot uniform) and biases of zero.
    pub fn build(mut self, output: usize, seed: u64) -> Result<Network, Error> {
        if output >= self.graph.nodes.len() {
            return Err(Error::range(format!(
                "Cannot read the output from node {output}: the network has {} nodes",
                self.graph.nodes.len()
            )));
        }
        self.graph.output = output;
        let mut parameters = Parameters::new();
        for (index, parameter) in self.graph.parameters.iter().enumerate() {
            let values = match parameter.shape[..] {
                [inputs, units] => glorot_uniform(inputs, units, seed, index as u32),
                _ => Some(vec![0.0; parameter.shape.iter().product()]),
            };
            parameters.push(values.ok_or_else(|| {
                let shape = &parameter.shape;
                let name = &self.graph.nodes[parameter.node].name;
                Error::range(format!(
                    "Cannot make layer \"{name}\": no memory is left for its {shape:?} weights; dispose of other models"
                ))
            })?);
        }
        Ok(Network { parameters: Rc::new(parameters), graph: Rc::new(self.graph) })
    }

    fn push(&mut self, name: &str, width: usize, operation: Operation) -> usize {
        self.graph.nodes.push(Node { name: name.to_owned(), width, operation });
        self.graph.nodes.len() - 1
    }

    fn parameter(&mut self, node: usize, shape: Vec<usize>) -> usize {
        self.graph.parameters.push(Parameter { node, shape });
        self.graph.parameters.len() - 1
    }

    fn site(&mut self, name: &str, gates: usize, rates: &[f64], scaling: Scaling) -> Result<usize, Error> {
        let number = self.graph.sites.len();
        let total = gates + self.graph.sites.iter().map(Site::len).sum::<usize>();
        if total > MOST_GATES {
            return Err(Error::range(format!(
                "Cannot gate layer \"{name}\": the network would have {total} gates, wanted at most {MOST_GATES}"
            )));
        }
        self.graph.sites.push(Site::new(number as u32, gates, rates, scaling, name)?);
        Ok(number)
    }

    fn width(&self, name: &str, source: usize) -> Result<usize, Error> {
        self.graph.nodes.get(source).map(|node| node.width).ok_or_else(|| {
            Error::range(format!(
                "Cannot connect layer \"{name}\": it reads from node {source}, the network has {} nodes so far",
                self.graph.nodes.len()
            ))
        })
    }
}
