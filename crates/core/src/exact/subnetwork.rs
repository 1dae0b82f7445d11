//! One pass over one subnetwork in double precision: the formulas as they stand, nothing shared, nothing skipped.

use crate::network::{Dense, Graph, Network, Operation};

/// Activities and gate factors of one row.
#[derive(Clone, Debug)]
pub struct Subnetwork {
    /// By node, `[width]`.
    pub values: Vec<Vec<f64>>,
    /// By site, `[gates]`: what each gate multiplies by.
    pub factors: Vec<Vec<f64>>,
    /// Pre-activations of `target`, `[width]`.
    pub logits: Vec<f64>,
    target: usize,
}

impl Subnetwork {
    /// Every gate at its mean: the first pass gives the deterministic activities `O*`.
    pub fn new(graph: &Graph, target: usize) -> Self {
        let sites = graph.sites.iter();
        Self {
            values: graph.nodes.iter().map(|node| vec![0.0; node.width]).collect(),
            factors: sites.map(|site| (0..site.len()).map(|gate| site.mean_factor(gate)).collect()).collect(),
            logits: Vec::new(),
            target,
        }
    }

    /// The node whose pre-activations are kept.
    pub fn target(&self) -> usize {
        self.target
    }

    /// Computes the marked nodes for one row of input under the factors.
    pub fn pass(&mut self, network: &Network, x: &[f32], wanted: &[bool]) {
        let graph = &network.graph;
        for (index, node) in graph.nodes.iter().enumerate().filter(|(index, _)| wanted[*index]) {
            let mut output = core::mem::take(&mut self.values[index]);
            match &node.operation {
                Operation::Input => output.iter_mut().zip(x).for_each(|(output, &x)| *output = x.into()),
                Operation::Dense(dense) => {
                    self.sum(network, dense, &mut output);
                    if index == self.target {
                        self.logits.clone_from(&output);
                    }
                    dense.activation.apply_double(&mut output);
                }
                Operation::Dropout { source, site } => {
                    let gated = self.values[*source].iter().zip(&self.factors[*site]);
                    output.iter_mut().zip(gated).for_each(|(output, (value, factor))| *output = value * factor);
                }
                Operation::Concat { sources } => {
                    let values = sources.iter().flat_map(|&source| &self.values[source]);
                    output.iter_mut().zip(values).for_each(|(output, value)| *output = *value);
                }
                Operation::Add { sources } => {
                    output.fill(0.0);
                    for &source in sources {
                        output.iter_mut().zip(&self.values[source]).for_each(|(sum, value)| *sum += value);
                    }
                }
            }
            self.values[index] = output;
        }
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
