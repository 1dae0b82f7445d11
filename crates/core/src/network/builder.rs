//! Builds a graph node by node: shapes are inferred and checked, parameters and gate sites numbered.

mod fixed;

use super::{Dense, Graph, Network, Node, Operation, PackedCache, Parameter, Parameters};
use crate::activation::Activation;
use crate::concrete::Concrete;
use crate::error::Error;
use crate::gates::{Scaling, Site};
use crate::initialize::Initializer;
use crate::ops::{Fixed, Function};
use crate::train::constraint::Penalty;
use std::rc::Rc;

/// Gates of all sites of a network: a walk through subnetworks holds a number for each.
const MOST_GATES: usize = 1 << 26;

/// Builds a graph node by node, in topological order, and refuses what does not fit.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    graph: Graph,
}

impl Builder {
    /// The input of vectors; exactly once, before any layer.
    pub fn input(&mut self, width: usize) -> Result<usize, Error> {
        self.input_of_shape(&[width])
    }

    /// The input of rows of any shape; exactly once, before any layer.
    pub fn input_of_shape(&mut self, shape: &[usize]) -> Result<usize, Error> {
        if !self.graph.nodes.is_empty() {
            return Err(Error::range("Cannot add a second input: a network has one, before its layers"));
        }
        self.push_shaped("input", shape, Operation::Input)
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
        let &[inputs] = self.shape(name, source)? else {
            return Err(Error::shape(format!(
                "Cannot make layer \"{name}\": its input is {:?}, wanted [width]: flatten it first",
                self.graph.nodes[source].shape
            )));
        };
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
                let kernel = self.parameter(node, vec![inputs, units], Initializer::GLOROT_UNIFORM, true);
                (kernel, use_bias.then(|| self.parameter(node, vec![units], Initializer::ZEROS, true)))
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

    /// Says how training keeps the weights of a layer small: the penalties of its parameters in their order, and a limit
    /// for the norms of its kernel, the first of them.
    pub fn regularize(&mut self, node: usize, penalties: &[Penalty], max_norm: Option<f64>) -> Result<(), Error> {
        let numbers = penalties.iter().flat_map(|penalty| [penalty.l1, penalty.l2]);
        if let Some(wrong) = numbers.into_iter().find(|number| !(*number >= 0.0 && (*number as f32).is_finite())) {
            return Err(Error::range(format!("Cannot regularise with {wrong}, wanted at least 0, and float32")));
        }
        if let Some(wrong) = max_norm.filter(|limit| !(*limit > 0.0 && limit.is_finite())) {
            return Err(Error::range(format!("Cannot limit norms to {wrong}, wanted a number above 0")));
        }
        let mut own = self.graph.parameters.iter_mut().filter(|parameter| parameter.node == node);
        for (index, penalty) in penalties.iter().enumerate() {
            let Some(parameter) = own.next() else {
                return Err(Error::range(format!(
                    "Cannot regularise node {node}: it has {index} parameters of its own, {} penalties were given",
                    penalties.len()
                )));
            };
            parameter.penalty = *penalty;
            parameter.max_norm = max_norm.filter(|_| index == 0);
        }
        Ok(())
    }

    /// Gates over the units of `source`.
    pub fn dropout(&mut self, name: &str, source: usize, rates: &[f64], scaling: Scaling) -> Result<usize, Error> {
        let shape = self.shape(name, source)?.to_vec();
        let site = self.site(name, self.graph.nodes[source].width, rates, scaling)?;
        self.push_shaped(name, &shape, Operation::Dropout { source, site })
    }

    /// Gates over the channels of images: each is kept or dropped at every place at once (Tompson et al. 2015).
    pub fn spatial_dropout2d(
        &mut self,
        name: &str,
        source: usize,
        rates: &[f64],
        scaling: Scaling,
    ) -> Result<usize, Error> {
        let shape = self.shape(name, source)?.to_vec();
        let &[_, _, channels] = &shape[..] else {
            return Err(Error::shape(format!(
                "Cannot make layer \"{name}\": its input is {shape:?}, wanted [height, width, channels]"
            )));
        };
        let site = self.site(name, channels, rates, scaling)?;
        self.push_shaped(name, &shape, Operation::Dropout { source, site })
    }

    /// Gaussian noise by which units are multiplied.
    pub fn gaussian_dropout(&mut self, name: &str, source: usize, rate: f64) -> Result<usize, Error> {
        self.noise(name, source, rate, Site::gaussian)
    }

    /// Gates that bring dropped units to the lower end of SELU.
    pub fn alpha_dropout(&mut self, name: &str, source: usize, rate: f64) -> Result<usize, Error> {
        self.noise(name, source, rate, Site::alpha)
    }

    /// Gates at a rate that is learned, with a parameter `[1]`, its logit; the fields of `concrete` but that one are taken.
    pub fn concrete_dropout(
        &mut self,
        name: &str,
        source: usize,
        rate: f64,
        mut concrete: Concrete,
        shared_with: Option<usize>,
    ) -> Result<usize, Error> {
        let fits = rate > 0.0
            && rate < 1.0
            && concrete.temperature > 0.0
            && concrete.weight_regularizer >= 0.0
            && concrete.dropout_regularizer >= 0.0;
        if !fits {
            return Err(Error::range(format!(
                "Cannot gate layer \"{name}\": got rate {rate} and {concrete:?}, wanted a rate in (0, 1), a positive temperature \
                 and regularisers of at least 0"
            )));
        }
        let logit = Initializer::Constant(libm::log(rate / (1.0 - rate)));
        concrete.logit = self.own_or_shared(name, vec![(vec![1], logit, true)], shared_with)?[0];
        self.noise(name, source, 0.0, |site| site.concrete(concrete))
    }

    fn noise(&mut self, name: &str, source: usize, rate: f64, kind: impl FnOnce(Site) -> Site) -> Result<usize, Error> {
        let node = self.dropout(name, source, &[rate], Scaling::Inverted)?;
        if let Some(site) = self.graph.sites.pop() {
            self.graph.sites.push(kind(site));
        }
        Ok(node)
    }

    /// The sources side by side.
    pub fn concat(&mut self, name: &str, sources: &[usize]) -> Result<usize, Error> {
        let (mut last, mut places) = (0, Vec::new());
        for &source in sources {
            let [other_places @ .., channels] = self.shape(name, source)? else { continue };
            if last > 0 && *other_places != places[..] {
                return Err(Error::shape(format!(
                    "Cannot concatenate in layer \"{name}\": the inputs have shapes {:?}, wanted equal ones but for the last dimension",
                    self.shapes(sources)
                )));
            }
            (last, places) = (last + channels, other_places.to_vec());
        }
        if sources.is_empty() {
            return Err(Error::shape(format!(
                "Cannot concatenate in layer \"{name}\": got no inputs, wanted at least 1"
            )));
        }
        let sources = sources.to_vec();
        let operation = if places.is_empty() {
            Operation::Concat { sources }
        } else {
            let channels = sources.iter().map(|&source| self.graph.channels(source)).collect();
            Operation::Fixed(Fixed { sources, function: Function::ConcatChannels { channels } })
        };
        places.push(last);
        self.push_shaped(name, &places, operation)
    }

    /// The sum of sources of equal shape.
    pub fn add(&mut self, name: &str, sources: &[usize]) -> Result<usize, Error> {
        let shape = self.equal_shapes("add", name, sources)?;
        self.push_shaped(name, &shape, Operation::Add { sources: sources.to_vec() })
    }

    /// The common shape of `sources`.
    fn equal_shapes(&self, verb: &str, name: &str, sources: &[usize]) -> Result<Vec<usize>, Error> {
        for &source in sources {
            self.shape(name, source)?;
        }
        let shapes = self.shapes(sources);
        let Some(shape) = shapes.first() else {
            return Err(Error::shape(format!("Cannot {verb} in layer \"{name}\": got no inputs, wanted at least 1")));
        };
        if shapes.iter().any(|other| other != shape) {
            return Err(Error::shape(format!(
                "Cannot {verb} in layer \"{name}\": the inputs have shapes {shapes:?}, wanted equal ones"
            )));
        }
        Ok(shape.to_vec())
    }

    /// Replaces how the first values of a parameter of `node` are found: 0 is its kernel, 1 its bias.
    pub fn initialize(&mut self, node: usize, part: usize, initializer: Initializer) {
        // A later application of a layer owns no parameter, and is left alone.
        if let Some(parameter) = self.graph.parameters.iter_mut().filter(|parameter| parameter.node == node).nth(part) {
            parameter.initializer = initializer;
        }
    }

    /// The network, with first values drawn from the seed.
    pub fn build(self, output: usize, seed: u64) -> Result<Network, Error> {
        self.filled(output, |index, parameter| parameter.initializer.values(&parameter.shape, seed, index as u32))
    }

    /// The same network with zeros for its parameters, which another's are to replace: drawing them would take longer.
    pub fn build_blank(self, output: usize) -> Result<Network, Error> {
        self.filled(output, |_, parameter| {
            let size = parameter.shape.iter().product();
            let mut values = Vec::new();
            values.try_reserve_exact(size).ok()?;
            values.resize(size, 0.0);
            Some(values)
        })
    }

    fn filled(
        mut self,
        output: usize,
        values: impl Fn(usize, &Parameter) -> Option<Vec<f32>>,
    ) -> Result<Network, Error> {
        if output >= self.graph.nodes.len() {
            return Err(Error::range(format!(
                "Cannot read the output from node {output}: the network has {} nodes",
                self.graph.nodes.len()
            )));
        }
        self.graph.output = output;
        let mut parameters = Parameters::new();
        for (index, parameter) in self.graph.parameters.iter().enumerate() {
            parameters.push(values(index, parameter).ok_or_else(|| {
                let shape = &parameter.shape;
                let name = &self.graph.nodes[parameter.node].name;
                Error::range(format!(
                    "Cannot make layer \"{name}\": no memory is left for its {shape:?} weights; dispose of other models"
                ))
            })?);
        }
        Ok(Network { parameters: Rc::new(parameters), graph: Rc::new(self.graph), packed: PackedCache::default() })
    }

    fn push(&mut self, name: &str, width: usize, operation: Operation) -> usize {
        self.graph.nodes.push(Node { name: name.to_owned(), shape: vec![width], width, operation });
        self.graph.nodes.len() - 1
    }

    pub(super) fn push_shaped(&mut self, name: &str, shape: &[usize], operation: Operation) -> Result<usize, Error> {
        let width = shape.iter().try_fold(1usize, |width, &size| width.checked_mul(size));
        let Some(width) = width.filter(|width| (1..=1 << 30).contains(width) && !shape.is_empty()) else {
            return Err(Error::shape(format!(
                "Cannot make \"{name}\" of shape {shape:?}, wanted 1 to 2^30 units and no dimension of 0"
            )));
        };
        self.graph.nodes.push(Node { name: name.to_owned(), shape: shape.to_vec(), width, operation });
        Ok(self.graph.nodes.len() - 1)
    }

    pub(super) fn parameter(
        &mut self,
        node: usize,
        shape: Vec<usize>,
        initializer: Initializer,
        trainable: bool,
    ) -> usize {
        self.graph.parameters.push(Parameter {
            node,
            shape,
            initializer,
            trainable,
            penalty: Penalty::default(),
            max_norm: None,
        });
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

    fn shapes(&self, sources: &[usize]) -> Vec<&[usize]> {
        sources.iter().map(|&source| &self.graph.nodes[source].shape[..]).collect()
    }

    /// The shape of what layer `name` reads.
    ///
    /// # Errors
    /// `Range` when there is no such node.
    pub fn shape(&self, name: &str, source: usize) -> Result<&[usize], Error> {
        self.graph.nodes.get(source).map(|node| &node.shape[..]).ok_or_else(|| {
            Error::range(format!(
                "Cannot connect layer \"{name}\": it reads from node {source}, the network has {} nodes so far",
                self.graph.nodes.len()
            ))
        })
    }
}
