//! Layers without gates of their own.

use super::Builder;
use crate::activation::Activation;
use crate::error::Error;
use crate::initialize::Initializer;
use crate::network::Operation;
use crate::ops::{Convolution, Fixed, Function, Normalization, NormalizationKind, Padding, Pool, PoolKind, Window};

impl Builder {
    /// The same numbers in another shape; `&[]` is one vector.
    pub fn reshape(&mut self, name: &str, source: usize, shape: &[usize]) -> Result<usize, Error> {
        let from = self.shape(name, source)?;
        let width: usize = from.iter().product();
        let shape = if shape.is_empty() { &[width] } else { shape };
        if shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size)) != Some(width) {
            return Err(Error::shape(format!(
                "Cannot make layer \"{name}\": its input {from:?} has {width} units, which {shape:?} does not hold"
            )));
        }
        self.fixed(name, &[source], shape, Function::Reshape)
    }

    /// An activation by itself; softmax runs over the last dimension.
    pub fn activation(&mut self, name: &str, source: usize, activation: Activation) -> Result<usize, Error> {
        let shape = self.shape(name, source)?.to_vec();
        self.fixed(name, &[source], &shape, Function::Activation(activation))
    }

    /// The product, unit by unit, of sources of equal shape.
    pub fn multiply(&mut self, name: &str, sources: &[usize]) -> Result<usize, Error> {
        let shape = self.equal_shapes("multiply", name, sources)?;
        self.fixed(name, sources, &shape, Function::Multiply)
    }

    /// A convolution with a kernel `[height, width, channels, filters]`; `window` lies over the shape of `source`.
    pub fn conv2d(
        &mut self,
        name: &str,
        source: usize,
        filters: usize,
        window: Window,
        activation: Activation,
        use_bias: bool,
        shared_with: Option<usize>,
    ) -> Result<usize, Error> {
        self.check_window(name, source, &window)?;
        let weights = window.cells().checked_mul(window.channels).and_then(|inputs| inputs.checked_mul(filters));
        if !weights.is_some_and(|weights| (1..=1 << 30).contains(&weights)) {
            return Err(Error::range(format!(
                "Cannot make layer \"{name}\": {filters} filters over {:?} cells of {} channels, wanted 1 to 2^30 weights",
                window.kernel, window.channels
            )));
        }
        let kernel_shape = vec![window.kernel[0], window.kernel[1], window.channels, filters];
        let mut shapes = vec![(kernel_shape, Initializer::GLOROT_UNIFORM, true)];
        if use_bias {
            shapes.push((vec![filters], Initializer::ZEROS, true));
        }
        let parameters = self.own_or_shared(name, shapes, shared_with)?;
        let shape = [window.output[0], window.output[1], filters];
        let (kernel, bias) = (parameters[0], parameters.get(1).copied());
        let convolution = Convolution { window, filters, kernel, bias, activation };
        self.fixed(name, &[source], &shape, Function::Convolution(convolution))
    }

    /// Each channel's largest or mean number under a window that lies over the shape of `source`.
    pub fn pool2d(&mut self, name: &str, source: usize, kind: PoolKind, window: Window) -> Result<usize, Error> {
        self.check_window(name, source, &window)?;
        let shape = [window.output[0], window.output[1], window.channels];
        self.fixed(name, &[source], &shape, Function::Pool(Pool { kind, window }))
    }

    /// The mean of each channel over a whole image: `[channels]`.
    pub fn global_average_pool2d(&mut self, name: &str, source: usize) -> Result<usize, Error> {
        let shape = self.shape(name, source)?.to_vec();
        let whole = match shape[..] {
            [height, width, _] => [height, width],
            _ => [1; 2],
        };
        let window = Window::new(name, &shape, whole, [1; 2], [1; 2], Padding::Valid)?;
        let channels = [window.channels];
        self.fixed(name, &[source], &channels, Function::Pool(Pool { kind: PoolKind::Average, window }))
    }

    /// Batch normalisation of each channel with a momentum of its moving averages, or without one layer normalisation over the
    /// channels of each place; `center` adds `β`, `scale` multiplies by `γ`.
    pub fn normalization(
        &mut self,
        name: &str,
        source: usize,
        momentum: Option<f64>,
        epsilon: f64,
        center: bool,
        scale: bool,
        shared_with: Option<usize>,
    ) -> Result<usize, Error> {
        if !(epsilon > 0.0 && epsilon.is_finite() && (0.0..1.0).contains(&momentum.unwrap_or(0.0))) {
            return Err(Error::range(format!(
                "Cannot make layer \"{name}\": epsilon is {epsilon} and momentum {momentum:?}, wanted above 0 and in [0, 1)"
            )));
        }
        let shape = self.shape(name, source)?.to_vec();
        let channels = self.graph.channels(source);
        let mut shapes = Vec::new();
        let parts = [
            (scale, 1.0, true),
            (center, 0.0, true),
            (momentum.is_some(), 0.0, false),
            (momentum.is_some(), 1.0, false),
        ];
        for (is_there, first, trainable) in parts {
            if is_there {
                shapes.push((vec![channels], Initializer::Constant(first), trainable));
            }
        }
        let mut parameters = self.own_or_shared(name, shapes, shared_with)?.into_iter();
        let gamma = if scale { parameters.next() } else { None };
        let beta = if center { parameters.next() } else { None };
        let kind = match (momentum, parameters.next(), parameters.next()) {
            (Some(momentum), Some(moving_mean), Some(moving_variance)) => {
                NormalizationKind::Batch { momentum, moving_mean, moving_variance }
            }
            _ => NormalizationKind::Layer,
        };
        let normalization = Normalization { kind, channels, epsilon, gamma, beta };
        self.fixed(name, &[source], &shape, Function::Normalization(normalization))
    }

    fn check_window(&self, name: &str, source: usize, window: &Window) -> Result<(), Error> {
        let shape = self.shape(name, source)?;
        if *shape != [window.input[0], window.input[1], window.channels] {
            return Err(Error::shape(format!("Cannot make layer \"{name}\": its window is not over {shape:?}")));
        }
        Ok(())
    }

    pub(super) fn fixed(
        &mut self,
        name: &str,
        sources: &[usize],
        shape: &[usize],
        function: Function,
    ) -> Result<usize, Error> {
        self.push_shaped(name, shape, Operation::Fixed(Fixed { sources: sources.to_vec(), function }))
    }

    /// Parameters of these shapes: those of an earlier application of the layer, or new ones.
    pub(super) fn own_or_shared(
        &mut self,
        name: &str,
        shapes: Vec<(Vec<usize>, Initializer, bool)>,
        shared_with: Option<usize>,
    ) -> Result<Vec<usize>, Error> {
        let node = self.graph.nodes.len();
        let Some(owner) = shared_with else {
            let new = shapes.into_iter().map(|(shape, first, trainable)| self.parameter(node, shape, first, trainable));
            return Ok(new.collect());
        };
        let owned: Vec<usize> =
            (0..self.graph.parameters.len()).filter(|&index| self.graph.parameters[index].node == owner).collect();
        let fits = owned.len() == shapes.len()
            && owned.iter().zip(&shapes).all(|(&index, (shape, ..))| self.graph.parameters[index].shape == *shape);
        if fits {
            Ok(owned)
        } else {
            let wanted: Vec<_> = shapes.into_iter().map(|(shape, ..)| shape).collect();
            Err(Error::shape(format!(
                "Cannot apply layer \"{name}\" again: it wants weights {wanted:?}, which node {owner} does not have"
            )))
        }
    }
}
