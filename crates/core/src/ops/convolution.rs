//! Convolution of images with a bank of filters: cross-correlation, as Keras, TensorFlow and PyTorch have it.
//!
//! `S[y, x, f] = b_f + Σ_(i, j, c) w[i, j, c, f] · X[y·s + i·d − p, x·s + j·d − p, c]`, cells outside the image being 0.

mod backward;
mod kernel;
mod padding;
mod windows;

use super::Window;
use crate::activation::Activation;
use crate::network::Parameters;
use padding::Padded;
use thinned_lanes::Backend;

/// A convolution layer.
#[derive(Clone, Debug)]
pub struct Convolution {
    /// Over the image.
    pub window: Window,
    /// Channels of the output.
    pub filters: usize,
    /// Parameter `[height, width, channels, filters]`.
    pub kernel: usize,
    /// Parameter `[filters]`.
    pub bias: Option<usize>,
    /// What follows the sum.
    pub activation: Activation,
}

/// Arrays that are kept between passes so that none allocates.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    panels: Vec<f32>, // the kernel in panels of filters
    padded: Vec<f32>, // an image with its padding
    /// Of the way back.
    pub backward: backward::Scratch,
}

impl Convolution {
    /// Visits the terms of the sums at `position`: row of the kernel and unit of the image.
    pub fn places(&self, position: usize, visit: &mut dyn FnMut(usize, usize)) {
        let channels = self.window.channels;
        for (cell, pixel) in self.window.inside(position) {
            (0..channels).for_each(|channel| visit(cell * channels + channel, pixel * channels + channel));
        }
    }

    /// Pre-activations `[rows, positions, filters]` of the images `x [rows, input]`, bias included.
    pub fn forward<B: Backend>(&self, parameters: &Parameters, x: &[f32], output: &mut [f32], scratch: &mut Scratch) {
        let bias = self.bias.map(|bias| &parameters[bias][..]);
        let Scratch { panels, padded, .. } = scratch;
        kernel::pack(&parameters[self.kernel], self.filters, panels);
        if self.window.is_padded() {
            let (edges, each) = (Padded::new(&self.window), self.window.positions() * self.filters);
            let images = x.chunks_exact(self.window.input_width()).zip(output.chunks_exact_mut(each));
            edges.blank(1, padded);
            for (image, output) in images {
                edges.pad(image, padded);
                kernel::correlate::<B>(&edges.window, self.filters, padded, panels, bias, output);
            }
        } else {
            kernel::correlate::<B>(&self.window, self.filters, x, panels, bias, output);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Padding;
    use super::*;
    use crate::random::philox;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn noise(length: usize, stream: u32) -> Vec<f32> {
        (0..length).map(|i| philox([i as u32, stream, 0, 0], [1, 2])[0] as i32 as f32 / 2f32.powi(31)).collect()
    }

    /// The definition, each sum in the order of the kernel.
    fn naive(convolution: &Convolution, parameters: &Parameters, x: &[f32]) -> Vec<f32> {
        let (filters, mut output) = (convolution.filters, Vec::new());
        for image in x.chunks_exact(convolution.window.input_width()) {
            for position in 0..convolution.window.positions() {
                for filter in 0..filters {
                    let mut sum = 0.0f32;
                    convolution.places(position, &mut |tap, place| {
                        sum += parameters[0][tap * filters + filter] * image[place]
                    });
                    output.push(sum + parameters[1][filter]);
                }
            }
        }
        output
    }

    #[test]
    fn sums_have_the_bits_of_the_definition() {
        for (index, &(shape, kernel, strides, dilation, filters)) in [
            ([5, 4, 1], [3, 2], [1, 1], [1, 1], 1),
            ([7, 6, 3], [3, 3], [2, 1], [1, 1], 5),
            ([9, 9, 2], [3, 2], [1, 2], [2, 3], 8),
            ([6, 5, 4], [1, 1], [1, 1], [1, 1], 13),
            ([12, 12, 5], [5, 5], [1, 1], [1, 1], 20),
            ([3, 8, 2], [3, 8], [1, 1], [1, 1], 9),
        ]
        .iter()
        .enumerate()
        {
            for padding in [Padding::Valid, Padding::Same] {
                for rows in [1, 3] {
                    let window = Window::new("c", &shape, kernel, strides, dilation, padding).unwrap();
                    let depth = window.cells() * window.channels;
                    let parameters = vec![noise(depth * filters, 1), noise(filters, 2)];
                    let convolution =
                        Convolution { window, filters, kernel: 0, bias: Some(1), activation: Activation::Linear };
                    let x = noise(rows * convolution.window.input_width(), 3);
                    let expected = naive(&convolution, &parameters, &x);
                    let mut scratch = Scratch::default();
                    let mut scalar = vec![f32::NAN; expected.len()];
                    convolution.forward::<Scalar>(&parameters, &x, &mut scalar, &mut scratch);
                    assert_eq!(scalar, expected, "case {index}, {padding:?}, {rows} rows");
                    let mut best = vec![f32::NAN; expected.len()];
                    convolution.forward::<Best>(&parameters, &x, &mut best, &mut scratch);
                    // Sums of up to `depth` terms below 1, each rounded once or twice.
                    let tolerance = if Best::FUSES { 1e-6 * depth as f32 } else { 0.0 };
                    assert!(best.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= tolerance), "case {index}");
                }
            }
        }
    }
}
