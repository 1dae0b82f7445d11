//! A dense layer that reads the innermost gates: `S = A + B` over high and low gates.

use crate::activation::Activation;
use crate::exact::blocks::level::Level;
use crate::exact::blocks::{LANES, LOW, Lanes, activate};
use crate::exact::subnetwork::Subnetwork;
use crate::network::{Graph, Network, Operation};

/// `|slope · B|` above which an exponential of its own might leave the range of numbers.
const MOST_EXPONENT: f64 = 300.0;

/// The tables of one node.
#[derive(Clone, Debug)]
pub struct Split {
    /// The node.
    pub node: usize,
    activation: Activation,
    rows: Vec<Vec<f64>>,      // by gate: what keeping it adds to each unit
    sums: Vec<Vec<f64>>,      // no gate, then those from the highest down to LOW, one more at a time
    low: Vec<Lanes>,          // by unit: B
    exponentials: Vec<Lanes>, // by unit: e^(−slope·B), where the activation has a slope and B is not too large
}

impl Split {
    /// The nodes of a level that are computed this way.
    pub fn all(graph: &Graph, level: &Level) -> Vec<Self> {
        let nodes = level.nodes.iter().copied().filter(|&node| Self::applies(graph, level, node));
        let split = |node: usize| {
            let units = graph.nodes[node].width;
            let high = level.gates.len().saturating_sub(LOW);
            Self {
                node,
                activation: graph.dense(node).map_or(Activation::Linear, |dense| dense.activation),
                rows: vec![vec![0.0; units]; level.gates.len()],
                sums: vec![vec![0.0; units]; high + 1],
                low: vec![[0.0; LANES]; units],
                exponentials: Vec::new(),
            }
        };
        nodes.map(split).collect()
    }

    /// Whether the pre-activations of a node are sums over the gates of the level.
    pub fn applies(graph: &Graph, level: &Level, node: usize) -> bool {
        // Fewer gates than units: one for a channel of an image.
        let is_gate = |node: usize| match graph.nodes[node].operation {
            Operation::Dropout { site, .. } => site == level.site && graph.sites[site].len() == graph.nodes[node].width,
            _ => false,
        };
        graph.dense(node).is_some_and(|dense| dense.site == Some(level.site) || is_gate(dense.source))
    }

    /// Sums and tables for new activities below the gates, which are left dropped, with all high gates dropped.
    pub fn restart(&mut self, network: &Network, level: &Level, subnetwork: &mut Subnetwork) {
        let graph = &network.graph;
        let Some(dense) = graph.dense(self.node) else { return };
        let (kernel, units) = (&network.parameters[dense.kernel], graph.nodes[self.node].width);
        let site = &graph.sites[level.site];
        if dense.site == Some(level.site) {
            for (row, &gate) in self.rows.iter_mut().zip(&level.gates) {
                let value = subnetwork.values[dense.source][gate / units];
                row[gate % units] = f64::from(kernel[gate]) * site.kept_factor(gate) * value;
            }
        } else {
            let below = graph.nodes[dense.source].operation.sources()[0];
            for (row, &gate) in self.rows.iter_mut().zip(&level.gates) {
                let value = subnetwork.values[below][gate] * site.kept_factor(gate);
                for (unit, sum) in row.iter_mut().enumerate() {
                    let weight = gate * units + unit;
                    let factor = dense.site.map_or(1.0, |site| subnetwork.factors[site][weight]);
                    *sum = f64::from(kernel[weight]) * factor * value;
                }
            }
            subnetwork.compute(network, dense.source);
        }
        subnetwork.compute(network, self.node);
        self.sums[0].copy_from_slice(&subnetwork.logits[self.node]);
        for (unit, lanes) in self.low.iter_mut().enumerate() {
            for (place, row) in self.rows.iter().take(LOW).enumerate() {
                for lane in 0..1 << place {
                    lanes[lane | 1 << place] = lanes[lane] + row[unit];
                }
            }
        }
        self.tabulate();
        self.renew(level, level.gates.len().max(LOW) - 1);
    }

    /// Sums again from the gate at `changed`, the highest that is not what it was.
    pub fn renew(&mut self, level: &Level, changed: usize) {
        let top = level.gates.len();
        for place in (LOW..=changed).rev() {
            let (above, below) = self.sums.split_at_mut(top - place);
            let (from, to) = (&above[above.len() - 1], &mut below[0]);
            if level.keeps(place, 0) {
                to.iter_mut().zip(from.iter().zip(&self.rows[place])).for_each(|(to, (from, row))| *to = from + row);
            } else {
                to.copy_from_slice(from);
            }
        }
    }

    /// `1 / (1 + c e^(−slope·S))` of the activity.
    fn logistic(&self) -> Option<(f64, f64)> {
        match self.activation {
            Activation::Sigmoid { c, lambda } => Some((c, lambda)),
            Activation::Tanh => Some((1.0, 2.0)),
            _ => None,
        }
    }

    fn tabulate(&mut self) {
        let Some((_, slope)) = self.logistic() else { return };
        let largest = self.low.iter().flatten().fold(0.0f64, |most, b| most.max(b.abs()));
        self.exponentials.clear();
        // A product of two exponentials is then never 0 · ∞: where A alone is beyond all numbers, so is A + B.
        if largest * slope.abs() <= MOST_EXPONENT {
            self.exponentials.extend(self.low.iter().map(|lanes| lanes.map(|b| libm::exp(-slope * b))));
        }
    }

    /// Whether units can be evaluated one by one.
    pub fn is_unit_by_unit(&self) -> bool {
        self.activation != Activation::Softmax
    }

    /// The activities of every unit in the masks of the block.
    pub fn evaluate(&self, values: &mut [Lanes]) {
        if self.is_unit_by_unit() {
            values.iter_mut().enumerate().for_each(|(unit, lanes)| self.evaluate_unit(unit, lanes));
            return;
        }
        values.iter_mut().enumerate().for_each(|(unit, lanes)| self.sum(unit, lanes));
        activate(self.activation, values);
    }

    /// The activities of one unit, if [`Split::is_unit_by_unit`].
    pub fn evaluate_unit(&self, unit: usize, to: &mut Lanes) {
        match (self.logistic(), self.exponentials.get(unit)) {
            (Some((c, slope)), Some(exponentials)) => {
                let a = c * libm::exp(-slope * self.sums[self.sums.len() - 1][unit]);
                if self.activation == Activation::Tanh {
                    to.iter_mut().zip(exponentials).for_each(|(to, b)| *to = 2.0 / (1.0 + a * b) - 1.0);
                } else {
                    to.iter_mut().zip(exponentials).for_each(|(to, b)| *to = 1.0 / (1.0 + a * b));
                }
            }
            // In one pass, where the others take two.
            _ if self.activation == Activation::Relu => {
                let a = self.sums[self.sums.len() - 1][unit];
                for (to, b) in to.iter_mut().zip(&self.low[unit]) {
                    let sum = a + b;
                    *to = if sum < 0.0 { 0.0 } else { sum };
                }
            }
            _ => {
                self.sum(unit, to);
                self.activation.apply_double(to);
            }
        }
    }

    /// The pre-activations of one unit.
    fn sum(&self, unit: usize, to: &mut Lanes) {
        let a = self.sums[self.sums.len() - 1][unit];
        to.iter_mut().zip(&self.low[unit]).for_each(|(to, b)| *to = a + b);
    }
}
