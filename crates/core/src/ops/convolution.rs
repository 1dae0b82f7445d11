//! Convolution of images with a bank of filters: cross-correlation, as Keras, TensorFlow and PyTorch have it.
//!
//! `S[y, x, f] = b_f + Σ_(i, j, c) w[i, j, c, f] · X[y·s + i·d − p, x·s + j·d − p, c]`, cells outside the image being 0.

mod kernel;

use super::Window;
use crate::activation::Activation;
use crate::gemm::{self, Matrix};
use crate::network::Parameters;
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
    panels: Vec<f32>,  // the kernel in panels of filters
    padded: Vec<f32>,  // images with their padding
    columns: Vec<f32>, // [images, positions, cells, channels]: each window as a row
    by_columns: Vec<f32>,
    product: gemm::Scratch,
}

/// Numbers of windows written down at a time by the way back: 1 MiB, which stays in the second-level cache.
const MOST_COLUMNS: usize = 1 << 18;

impl Convolution {
    /// Rows of the kernel seen as a matrix: cells times channels.
    fn depth(&self) -> usize {
        self.window.cells() * self.window.channels
    }

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
            let (window, width) = self.padded_window();
            let each = self.window.positions() * self.filters;
            let images = x.chunks_exact(self.window.input_width()).zip(output.chunks_exact_mut(each));
            padded.clear();
            padded.resize(width, 0.0);
            for (image, output) in images {
                self.pad(image, &window, padded);
                kernel::correlate::<B>(&window, self.filters, padded, panels, bias, output);
            }
        } else {
            kernel::correlate::<B>(&self.window, self.filters, x, panels, bias, output);
        }
    }

    /// The same windows over an image that holds its padding, and the numbers of that image.
    fn padded_window(&self) -> (Window, usize) {
        let mut window = self.window.clone();
        for side in 0..2 {
            let reach =
                (window.output[side] - 1) * window.strides[side] + (window.kernel[side] - 1) * window.dilation[side];
            window.input[side] = (reach + 1).max(window.input[side] + window.before[side]);
        }
        window.before = [0; 2];
        let width = window.input_width();
        (window, width)
    }

    /// Copies an image into the middle of a padded one, whose edges are zero.
    fn pad(&self, image: &[f32], window: &Window, padded: &mut [f32]) {
        let [top, left] = self.window.before;
        let (line, wide) = (self.window.input[1] * window.channels, window.input[1] * window.channels);
        let lines = padded.chunks_exact_mut(wide).skip(top);
        for (padded, image) in lines.zip(image.chunks_exact(line)) {
            padded[left * window.channels..][..line].copy_from_slice(image);
        }
    }

    /// Adds the gradients by the kernel, the bias and, unless `by_x` is empty, the images, from `gradient` by the
    /// pre-activations `[rows, positions, filters]`.
    ///
    /// With the windows of the images as the rows of a matrix `C`, `S = C·W`: so `∂W = Cᵀ·∂S` and `∂C = ∂S·Wᵀ`, which adds
    /// to every pixel as often as a window covers it.
    pub fn backward<B: Backend>(
        &self,
        parameters: &Parameters,
        x: &[f32],
        gradient: &[f32],
        by_parameters: &mut [Vec<f32>],
        by_x: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let (filters, depth, positions) = (self.filters, self.depth(), self.window.positions());
        if let Some(bias) = self.bias {
            for place in gradient.chunks_exact(filters) {
                by_parameters[bias].iter_mut().zip(place).for_each(|(total, g)| *total += g);
            }
        }
        let Scratch { columns, by_columns, product, .. } = scratch;
        let kernel = Matrix::row_major(&parameters[self.kernel], depth, filters);
        let input = self.window.input_width();
        let images = (MOST_COLUMNS / (positions * depth)).max(1);
        let mut by_images = by_x.chunks_mut(images * input);
        for (x, gradient) in x.chunks(images * input).zip(gradient.chunks(images * positions * filters)) {
            let rows = x.len() / input * positions;
            columns.clear();
            columns.resize(rows * depth, 0.0);
            for (image, columns) in x.chunks_exact(input).zip(columns.chunks_exact_mut(positions * depth)) {
                self.for_each_run(&mut |column, pixel, length| {
                    columns[column..column + length].copy_from_slice(&image[pixel..pixel + length]);
                });
            }
            let by_sums = Matrix::row_major(gradient, rows, filters);
            let windows = Matrix::row_major(columns, rows, depth);
            gemm::multiply_add::<B>(windows.transposed(), by_sums, &mut by_parameters[self.kernel], product);
            let Some(by_x) = by_images.next() else { continue };
            by_columns.resize(rows * depth, 0.0);
            gemm::multiply::<B>(by_sums, kernel.transposed(), by_columns, product);
            for (by_image, by_columns) in by_x.chunks_exact_mut(input).zip(by_columns.chunks_exact(positions * depth)) {
                self.for_each_run(&mut |column, pixel, length| {
                    let part = by_image[pixel..pixel + length].iter_mut().zip(&by_columns[column..column + length]);
                    part.for_each(|(total, g)| *total += g);
                });
            }
        }
    }

    /// Visits the stretches that lie side by side in the windows of an image and in the image: their starts and length.
    fn for_each_run(&self, visit: &mut dyn FnMut(usize, usize, usize)) {
        let (window, channels, depth) = (&self.window, self.window.channels, self.depth());
        for position in 0..window.positions() {
            // Cells of one line touch unless they are spread out.
            let mut run = (0, 0, 0);
            for (cell, pixel) in window.inside(position) {
                let (column, place) = (position * depth + cell * channels, pixel * channels);
                if run.2 > 0 && column == run.0 + run.2 && place == run.1 + run.2 {
                    run.2 += channels;
                } else {
                    if run.2 > 0 {
                        visit(run.0, run.1, run.2);
                    }
                    run = (column, place, channels);
                }
            }
            if run.2 > 0 {
                visit(run.0, run.1, run.2);
            }
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
