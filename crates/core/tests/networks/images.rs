//! Random small graphs over images, of the layers without gates, whose subnetworks can all be enumerated.

use super::random::Dice;
use super::{SIGMOID, noise};
use std::rc::Rc;
use thinned_core::activation::Activation;
use thinned_core::gates::Scaling;
use thinned_core::network::{Builder, Network, Operation};
use thinned_core::ops::{Function, Normalization, NormalizationKind, Padding, PoolKind, Window};

pub const IMAGE: [usize; 3] = [2, 3, 1];
/// Gates of a network, at most.
const MOST_GATES: usize = 12;
/// Units of a layer, at most.
const MOST_UNITS: usize = 16;

/// A graph of up to seven layers over an image; every layer reads any earlier node.
pub fn random_image_network(seed: u32) -> Network {
    const ACTIVATIONS: [Activation; 8] = [
        SIGMOID,
        Activation::Softmax,
        Activation::Relu,
        Activation::LeakyRelu { alpha: 0.2 },
        Activation::Elu { alpha: 1.5 },
        Activation::Gelu,
        Activation::Softplus,
        Activation::Linear,
    ];
    let mut dice = Dice::new(seed);
    let mut builder = Builder::default();
    builder.input_of_shape(&IMAGE).unwrap();
    let mut shapes = vec![IMAGE.to_vec()];
    let mut gates = 0;
    for layer in 0..3 + dice.below(5) {
        let source = dice.below(shapes.len()).max(shapes.len() - 1 - dice.below(shapes.len()));
        let shape = shapes[source].clone();
        let units: usize = shape.iter().product();
        let name = format!("layer{layer}");
        let activation = ACTIVATIONS[dice.below(8)];
        let window = |kernel, padding| Window::new("w", &shape, kernel, [1; 2], [1; 2], padding);
        let rates: Vec<f64> = (0..units).map(|_| [0.5, 0.2, 0.9, 0.0][dice.below(4)]).collect();
        let shape = match (dice.below(11), shape.len()) {
            (0..3, _) if gates + units <= MOST_GATES => {
                gates += units;
                builder.dropout(&name, source, &rates, [Scaling::Inverted, Scaling::Standard][dice.below(2)]).unwrap();
                shape
            }
            (3, 3) => {
                let filters = 1 + dice.below(2);
                let window = window([2, 2], Padding::Same).unwrap();
                builder.conv2d(&name, source, filters, window, activation, true, None).unwrap();
                vec![shape[0], shape[1], filters]
            }
            (4, 3) if shape[0] > 1 && shape[1] > 1 => {
                let kind = [PoolKind::Max, PoolKind::Average][dice.below(2)];
                builder.pool2d(&name, source, kind, window([2, 2], Padding::Valid).unwrap()).unwrap();
                vec![shape[0] - 1, shape[1] - 1, shape[2]]
            }
            (5, _) => {
                if dice.below(2) == 0 {
                    builder.normalization(&name, source, Some(0.9), 0.1, true, true, None).unwrap();
                } else {
                    builder.normalization(&name, source, None, 0.1, true, true, None).unwrap();
                }
                shape
            }
            (6, _) if 2 * units <= MOST_UNITS => {
                builder.concat(&name, &[source, source]).unwrap();
                let [places @ .., channels] = &shape[..] else { unreachable!("no layer is without a dimension") };
                [places, &[2 * channels]].concat()
            }
            (7, _) => {
                let other = shapes.iter().position(|other| *other == shape).unwrap();
                builder.multiply(&name, &[source, other]).unwrap();
                shape
            }
            (8, 1) => {
                builder.dense(&name, source, 2, activation, true, None, None).unwrap();
                vec![2]
            }
            (8 | 9, _) => {
                builder.reshape(&name, source, &[]).unwrap();
                vec![units]
            }
            _ => {
                builder.activation(&name, source, activation).unwrap();
                shape
            }
        };
        shapes.push(shape);
    }
    let mut network = builder.build(shapes.len() - 1, u64::from(seed)).unwrap();
    network.parameters = Rc::new(parameters(&network, seed));
    network
}

/// None of them at its first value; variances positive.
fn parameters(network: &Network, seed: u32) -> Vec<Vec<f32>> {
    let length = |index: usize| network.graph.parameters[index].shape.iter().product();
    let mut values: Vec<Vec<f32>> =
        (0..network.parameters.len()).map(|index| noise(length(index), seed ^ index as u32)).collect();
    for node in &network.graph.nodes {
        if let Operation::Fixed(fixed) = &node.operation
            && let Function::Normalization(Normalization {
                kind: NormalizationKind::Batch { moving_variance, .. }, ..
            }) = fixed.function
        {
            values[moving_variance].iter_mut().for_each(|variance| *variance = variance.abs() + 0.5);
        }
    }
    values
}
