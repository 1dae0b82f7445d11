//! The way back through a convolution: products with the windows of the images as the rows of a matrix.
//!
//! With those windows as `C [images · positions, cells · channels]`, `S = C·W`: so `∂W = Cᵀ·∂S` and `∂C = ∂S·Wᵀ`, which adds to
//! every pixel as often as a window covers it. Behind a pooled maximum three of four numbers of `∂S` are zero: then
//! `∂Wᵀ = ∂Sᵀ·C` has them on the left, where products leave zeros out; the sums are the same, in the same order.

use super::Convolution;
use super::padding::Padded;
use super::windows::Rows;
use crate::gemm::{self, Left, Lists, Matrix, Panels};
use crate::network::Parameters;
use thinned_lanes::Backend;

/// Numbers of windows written down at a time: 1 MiB, which stays in the second-level cache.
const MOST_COLUMNS: usize = 1 << 18;

/// Arrays that are kept between passes so that none allocates.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    padded: Vec<f32>,  // images with their padding
    columns: Vec<f32>, // [images, positions, cells, channels]: each window as a row
    panels: Panels,    // the same
    by_columns: Vec<f32>,
    by_padded: Vec<f32>,
    by_kernel: Vec<f32>, // [filters, cells, channels]
    product: gemm::Scratch,
    lists: Lists,
}

impl Convolution {
    /// Adds the gradients by the kernel, the bias and, unless `by_x` is empty, the images, from `gradient` by the
    /// pre-activations `[rows, positions, filters]`.
    pub fn backward<B: Backend>(
        &self,
        parameters: &Parameters,
        x: &[f32],
        gradient: &[f32],
        by_parameters: &mut [Vec<f32>],
        by_x: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let (filters, positions, input) = (self.filters, self.window.positions(), self.window.input_width());
        if let Some(bias) = self.bias {
            for place in gradient.chunks_exact(filters) {
                by_parameters[bias].iter_mut().zip(place).for_each(|(total, g)| *total += g);
            }
        }
        let edges = self.window.is_padded().then(|| Padded::new(&self.window));
        let window = edges.as_ref().map_or(&self.window, |edges| &edges.window);
        let images = (MOST_COLUMNS / (positions * self.depth())).max(1);
        let sums = Matrix::row_major(gradient, gradient.len() / filters, filters);
        let part_of_sums = |part: usize, images_of_part: usize| {
            sums.block(part * images * positions, images_of_part * positions, 0, filters)
        };
        let kernel = Matrix::row_major(&parameters[self.kernel], self.depth(), filters).transposed();
        let total = &mut by_parameters[self.kernel];
        let is_sparse = self.depth() >= Panels::WIDTH && gemm::is_sparse(sums.transposed(), self.depth());
        if is_sparse {
            transpose(total, filters, &mut scratch.by_kernel);
        }
        let (rows, in_panels) = (Rows::side_by_side(window), is_sparse.then(|| Rows::in_panels(window)));
        let mut by_images = by_x.chunks_mut(images * input);
        for (part, x) in x.chunks(images * input).enumerate() {
            let sums = part_of_sums(part, x.len() / input);
            let Scratch { padded, columns, panels, by_columns, by_padded, by_kernel, product, lists } = scratch;
            let x = edges.as_ref().map_or(x, |edges| {
                edges.blank(x.len() / input, padded);
                edges.pad(x, padded);
                padded
            });
            if let Some(in_panels) = &in_panels {
                in_panels.write(x, panels.blank(sums.rows, self.depth()));
                gemm::multiply_panels::<B>(Left::Plain(sums.transposed()), panels, by_kernel, lists, true);
            } else {
                columns.resize(sums.rows * self.depth(), 0.0);
                rows.write(x, columns);
                let columns = Matrix::row_major(columns, sums.rows, self.depth());
                gemm::multiply_add::<B>(columns.transposed(), sums, total, product);
            }
            let Some(by_x) = by_images.next() else { continue };
            by_columns.resize(sums.rows * self.depth(), 0.0);
            gemm::multiply::<B>(sums, kernel, by_columns, product);
            match &edges {
                None => rows.add_back(by_columns, by_x),
                Some(edges) => {
                    edges.blank(sums.rows / positions, by_padded);
                    rows.add_back(by_columns, by_padded);
                    edges.add(by_padded, by_x);
                }
            }
        }
        if is_sparse {
            transpose(&scratch.by_kernel, self.depth(), total);
        }
    }

    /// Rows of the kernel seen as a matrix: cells times channels.
    fn depth(&self) -> usize {
        self.window.cells() * self.window.channels
    }
}

/// Copies a matrix of so many columns, with rows and columns exchanged.
fn transpose(matrix: &[f32], columns: usize, transposed: &mut Vec<f32>) {
    transposed.clear();
    for column in 0..columns {
        transposed.extend(matrix.iter().skip(column).step_by(columns));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::ops::{Padding, Window};
    use crate::random::philox;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn noise(length: usize, stream: u32) -> Vec<f32> {
        (0..length).map(|i| philox([i as u32, stream, 0, 0], [1, 2])[0] as i32 as f32 / 2f32.powi(31)).collect()
    }

    /// The definitions: gradients by the kernel and by the images, each added to what is there.
    fn naive(c: &Convolution, kernel: &[f32], x: &[f32], gradient: &[f32], by_kernel: &mut [f32], by_x: &mut [f32]) {
        let (filters, input) = (c.filters, c.window.input_width());
        for (row, gradient) in gradient.chunks_exact(filters).enumerate() {
            let image = row / c.window.positions() * input;
            c.places(row % c.window.positions(), &mut |tap, place| {
                let weights = &kernel[tap * filters..][..filters];
                let terms = gradient.iter().zip(weights);
                by_x[image + place] += terms.fold(0.0, |sum, (g, weight)| sum + g * weight);
                for (total, g) in by_kernel[tap * filters..][..filters].iter_mut().zip(gradient) {
                    *total += g * x[image + place];
                }
            });
        }
    }

    #[test]
    fn gradients_have_the_bits_of_the_definition() {
        for (shape, size, strides, dilation, filters) in [
            ([9, 8, 1], [3, 2], [1, 1], [1, 1], 3),
            ([8, 9, 6], [3, 3], [1, 1], [1, 1], 18),
            ([9, 8, 7], [3, 4], [2, 1], [1, 1], 17),
            ([9, 9, 9], [2, 3], [1, 2], [3, 2], 20),
            ([6, 6, 50], [1, 1], [1, 1], [1, 1], 16),
        ] {
            for (padding, zeros) in [(Padding::Valid, 0), (Padding::Valid, 3), (Padding::Same, 0), (Padding::Same, 3)] {
                let window = Window::new("c", &shape, size, strides, dilation, padding).unwrap();
                let c = Convolution { window, filters, kernel: 0, bias: Some(1), activation: Activation::Linear };
                let (images, depth) = (40, c.depth());
                let parameters = vec![noise(depth * filters, 1), noise(filters, 2)];
                let x = noise(images * c.window.input_width(), 3);
                let mut gradient = noise(images * c.window.positions() * filters, 4);
                gradient.iter_mut().enumerate().filter(|(i, _)| i * 7 % 4 < zeros).for_each(|(_, g)| *g = 0.0);
                let start = vec![noise(depth * filters, 5), noise(filters, 6)];
                let (mut by_kernel, mut by_x) = (start[0].clone(), vec![0.0; x.len()]);
                naive(&c, &parameters[0], &x, &gradient, &mut by_kernel, &mut by_x);
                let mut scratch = Scratch::default();
                let (mut totals, mut images_of_x) = (start.clone(), vec![0.0; x.len()]);
                c.backward::<Scalar>(&parameters, &x, &gradient, &mut totals, &mut images_of_x, &mut scratch);
                assert_eq!((&totals[0], &images_of_x), (&by_kernel, &by_x), "{shape:?} {size:?} {padding:?} {zeros}");
                let (mut totals, mut images_of_x) = (start, vec![0.0; x.len()]);
                c.backward::<Best>(&parameters, &x, &gradient, &mut totals, &mut images_of_x, &mut scratch);
                let tolerance = if Best::FUSES { 1e-3 } else { 0.0 };
                let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance);
                assert!(close(&totals[0], &by_kernel) && close(&images_of_x, &by_x), "{shape:?} {padding:?}");
            }
        }
    }
}
