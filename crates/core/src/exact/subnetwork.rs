//! One subnetwork in double precision: the formulas as they stand, a whole pass or node by node.

use crate::network::{Dense, Graph, Network, Operation};

/// Activities, pre-activations and gate factors of one row.
#[derive(Clone, Debug)]
pub struct Subnetwork {
    /// Activities by node, `[width]`.
    pub values: Vec<Vec<f64>>,
    /// Pre-activations by node, `[width]`; empty but for nodes that end in an activation.
    pub logits: Vec<Vec<f64>>,
    /// By site, `[gates]`: what each gate multiplies by.
    pub factors: Vec<Vec<f64>>,
    target: usize,
}

impl Subnetwork {
    /// Every gate at its mean: the first pass gives the deterministic activities `O*` of `target`.
    pub fn new(graph: &Graph, target: usize) -> Self {
        let widths = |node: usize| if graph.activation(node).is_some() { graph.nodes[node].width } else { 0 };
        let sites = graph.sites.iter();
        Self {
            values: graph.nodes.iter().map(|node| vec![0.0; node.width]).collect(),
            logits: (0..graph.nodes.len()).map(|node| vec![0.0; widths(node)]).collect(),
            factors: sites.map(|site| (0..site.len()).map(|gate| site.mean_factor(gate)).collect()).collect(),
            target,
        }
    }

    /// The node whose statistics are wanted.
    pub fn target(&self) -> usize {
        self.target
    }

    /// Means another node whose activities are there.
    pub fn aim(&mut self, target: usize) {
        self.target = target;
    }

    /// Computes the marked nodes for one row of input under the factors.
    pub fn pass(&mut self, network: &Network, x: &[f32], wanted: &[bool]) {
        self.values[0].iter_mut().zip(x).for_each(|(value, &x)| *value = x.into());
        (0..wanted.len()).filter(|&node| wanted[node]).for_each(|node| self.compute(network, node));
    }

    /// Computes one node from those that it reads; the input is left as it is.
    pub fn compute(&mut self, network: &Network, node: usize) {
        let graph = &network.graph;
        let mut output = core::mem::take(&mut self.values[node]);
        match &graph.nodes[node].operation {
            Operation::Input => {}
            Operation::Dense(dense) => {
                let mut logits = core::mem::take(&mut self.logits[node]);
                self.sum(network, dense, &mut logits);
                output.copy_from_slice(&logits);
                dense.activation.apply_double(&mut output);
                self.logits[node] = logits;
            }
            Operation::Dropout { source, site } => {
                let gated = self.values[*source].iter().zip(self.factors[*site].iter().cycle());
                output.iter_mut().zip(gated).for_each(|(output, (value, factor))| *output = value * factor);
            }
            Operation::Concat { sources } => {
                let values = sources.iter().flat_map(|&source| &self.values[source]);
                output.iter_mut().zip(values).for_each(|(output, value)| *output = *value);
            }
            Operation::Fixed(fixed) => {
                fixed.compute(network, &self.values, &mut output);
                if let Some(activation) = fixed.activation() {
                    self.logits[node].copy_from_slice(&output);
                    output.chunks_exact_mut(graph.channels(node)).for_each(|row| activation.apply_double(row));
                }
            }
            Operation::Add { sources } => {
                output.fill(0.0);
                for &source in sources {
                    output.iter_mut().zip(&self.values[source]).for_each(|(sum, value)| *sum += value);
                }
            }
        }
        self.values[node] = output;
    }

    /// `S = b + Σ w δ O`, summed over the inputs in order.
    fn sum(&self, network: &Network, dense: &Dense, output: &mut [f64]) {
        match dense.bias {
            Some(bias) => {
                let bias = &network.parameters[bias];
                output.iter_mut().zip(bias).for_each(|(output, &bias)| *output = bias.into());
            }
            None => output.fill(0.0),
        }
        let units = output.len();
        let kernel = network.parameters[dense.kernel].chunks_exact(units);
        let factors = dense.site.map(|site| &self.factors[site]);
        for (input, (weights, &value)) in kernel.zip(&self.values[dense.source]).enumerate() {
            match factors {
                None => output.iter_mut().zip(weights).for_each(|(sum, &weight)| *sum += f64::from(weight) * value),
                Some(factors) => {
                    let gated = weights.iter().zip(&factors[input * units..]);
                    output.iter_mut().zip(gated).for_each(|(sum, (&weight, factor))| {
                        *sum += f64::from(weight) * factor * value;
                    });
                }
            }
        }
    }
}
