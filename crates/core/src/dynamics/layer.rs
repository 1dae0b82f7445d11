//! The one layer of a network whose dynamics are known.

use crate::activation::Activation;
use crate::dynamics::unit::Unit;
use crate::error::Error;
use crate::network::{Dense, Graph, Operation, Parameters};
use crate::ops::{Fixed, Function};

/// A dense layer over the input, gated inputs or gated connections.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// Parameter `[inputs, units]`.
    pub kernel: usize,
    /// Parameter `[units]`.
    pub bias: Option<usize>,
    /// Of its units.
    pub activation: Activation,
    /// How many.
    pub units: usize,
    inputs: usize,
    gates: Gates,
}

#[derive(Clone, Copy, Debug)]
enum Gates {
    None,
    /// A site with one gate for each input.
    Inputs(usize),
    /// A site with one gate for each weight.
    Connections(usize),
}

impl Layer {
    /// The only layer of the graph.
    ///
    /// # Errors
    /// `Range` for any other graph, saying which part of it is in the way.
    pub fn of(graph: &Graph) -> Result<Self, Error> {
        let refuse = |why: String| {
            Err(Error::range(format!(
                "Cannot compute an expected gradient: {why}; a single dense layer over the input is wanted, behind at most one \
                 dropout"
            )))
        };
        let name = |node: usize| &graph.nodes[node].name;
        let Some(Dense { source, kernel, bias, activation, site }) = graph.dense(graph.output) else {
            return refuse(format!("the output \"{}\" is no dense layer", name(graph.output)));
        };
        let mut gates = site.map_or(Gates::None, Gates::Connections);
        let mut below = unshaped(graph, *source);
        if let Operation::Dropout { source, site } = &graph.nodes[below].operation {
            if matches!(gates, Gates::Connections(_)) {
                return refuse(format!("both the inputs and the connections of \"{}\" are gated", name(graph.output)));
            }
            if !graph.sites[*site].is_thinning() || graph.sites[*site].len() != graph.nodes[below].width {
                return refuse(format!("\"{}\" does not have a gate that keeps or drops for each input", name(below)));
            }
            gates = Gates::Inputs(*site);
            below = unshaped(graph, *source);
        }
        if !matches!(graph.nodes[below].operation, Operation::Input) {
            return refuse(format!("\"{}\" reads from \"{}\"", name(graph.output), name(below)));
        }
        if let Gates::Connections(site) = gates
            && !graph.sites[site].is_thinning()
        {
            return refuse(format!("the connections of \"{}\" have noise instead of gates", name(graph.output)));
        }
        Ok(Self {
            kernel: *kernel,
            bias: *bias,
            activation: *activation,
            units: graph.nodes[graph.output].width,
            inputs: graph.input_width(),
            gates,
        })
    }

    /// Unit `unit` over the row `x`.
    pub fn unit(&self, graph: &Graph, parameters: &Parameters, x: &[f32], unit: usize) -> Unit {
        let kernel = parameters[self.kernel].iter().skip(unit).step_by(self.units);
        let site = |site: usize| &graph.sites[site];
        let gate = |input: usize| match self.gates {
            Gates::None => (0.0, 1.0),
            Gates::Inputs(index) => (site(index).rate(input), site(index).kept_factor(input)),
            Gates::Connections(index) => {
                let gate = input * self.units + unit;
                (site(index).rate(gate), site(index).kept_factor(gate))
            }
        };
        Unit {
            weights: kernel.map(|&weight| weight.into()).collect(),
            carried: x.iter().enumerate().map(|(input, &x)| f64::from(x) * gate(input).1).collect(),
            rates: (0..self.inputs).map(|input| gate(input).0).collect(),
            bias: self.bias.map_or(0.0, |bias| parameters[bias][unit].into()),
        }
    }
}

/// The node whose numbers `node` has in another shape.
fn unshaped(graph: &Graph, mut node: usize) -> usize {
    while let Operation::Fixed(Fixed { sources, function: Function::Reshape }) = &graph.nodes[node].operation {
        node = sources[0];
    }
    node
}
