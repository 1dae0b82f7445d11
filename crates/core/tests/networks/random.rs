//! Random small graphs whose subnetworks can all be enumerated.

use super::SIGMOID;
use std::rc::Rc;
use thinned_core::activation::Activation;
use thinned_core::gates::Scaling;
use thinned_core::network::{Builder, Network};
use thinned_core::random::philox;

/// Gates of a network, at most.
const MOST_GATES: usize = 11;

/// A stream of small integers, a pure function of the seed.
pub struct Dice {
    seed: u32,
    count: u32,
}

impl Dice {
    pub fn new(seed: u32) -> Self {
        Self { seed, count: 0 }
    }

    /// An integer below `sides`.
    pub fn below(&mut self, sides: usize) -> usize {
        self.count += 1;
        philox([self.count, 0, 0, 0], [self.seed, 77])[0] as usize % sides
    }
}

/// A graph of up to eight layers over three inputs; every layer reads any earlier node.
pub fn random_network(seed: u32) -> Network {
    of_rates(seed, [0.0, 0.5, 0.2, 0.9, 1e-6, 0.5])
}

/// The same with every second weight ±100, and rates at either end.
pub fn extreme_network(seed: u32) -> Network {
    let mut network = of_rates(seed, [0.0, 0.5, 1.0 - 1e-6, 0.5, 1e-6, 0.3]);
    let mut dice = Dice::new(seed ^ 0x5eed);
    let mut extreme = |weight: &f32| [*weight, *weight, 100.0, -100.0][dice.below(4)];
    let parameters = network.parameters.iter().map(|values| values.iter().map(&mut extreme).collect()).collect();
    network.parameters = Rc::new(parameters);
    network
}

fn of_rates(seed: u32, rates: [f64; 6]) -> Network {
    let mut dice = Dice::new(seed);
    let mut builder = Builder::default();
    let mut widths = vec![3];
    builder.input(3).unwrap();
    let mut gates = 0;
    let activations = [
        Activation::Linear,
        Activation::Relu,
        Activation::Tanh,
        SIGMOID,
        Activation::Softmax,
        Activation::Linear,
        Activation::Softplus,
        Activation::Gelu,
        Activation::Elu { alpha: 0.7 },
        Activation::LeakyRelu { alpha: 0.2 },
    ];
    for layer in 0..3 + dice.below(6) {
        let source = dice.below(widths.len()).max(widths.len() - 1 - dice.below(widths.len()));
        let name = format!("layer{layer}");
        let scaling = [Scaling::Inverted, Scaling::Standard][dice.below(2)];
        let width = match dice.below(5) {
            0 | 1 if gates + widths[source] <= MOST_GATES => {
                gates += widths[source];
                let rates: Vec<f64> = (0..widths[source]).map(|_| rates[dice.below(6)]).collect();
                builder.dropout(&name, source, &rates, scaling).unwrap();
                widths[source]
            }
            2 => {
                let other = dice.below(widths.len());
                builder.concat(&name, &[source, other]).unwrap();
                widths[source] + widths[other]
            }
            3 => {
                let other = (0..widths.len()).find(|&node| widths[node] == widths[source]).unwrap_or(source);
                builder.add(&name, &[source, other, source]).unwrap();
                widths[source]
            }
            _ => {
                let units = 1 + dice.below(3);
                let gated = dice.below(3) == 0 && gates + units * widths[source] <= MOST_GATES;
                gates += if gated { units * widths[source] } else { 0 };
                let connections = gated.then_some((0.3, scaling));
                builder
                    .dense(&name, source, units, activations[dice.below(activations.len())], true, connections, None)
                    .unwrap();
                units
            }
        };
        widths.push(width);
    }
    builder.build(widths.len() - 1, u64::from(seed)).unwrap()
}
