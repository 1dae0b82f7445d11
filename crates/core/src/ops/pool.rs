//! Pooling: each channel's largest or mean number under a window.
//!
//! Cells outside the image are absent: they are not the largest, and a mean is over the cells inside (TensorFlow).

use super::Window;

/// What is taken of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// The largest number.
    Max,
    /// The mean.
    Average,
}

/// A pooling layer.
#[derive(Clone, Debug)]
pub struct Pool {
    /// What is taken.
    pub kind: PoolKind,
    /// Over the image.
    pub window: Window,
}

impl Pool {
    /// Visits the units under the window of `unit`.
    pub fn places(&self, unit: usize, visit: &mut dyn FnMut(usize)) {
        let channels = self.window.channels;
        self.window.inside(unit / channels).for_each(|(_, pixel)| visit(pixel * channels + unit % channels));
    }

    /// The weight of each of them in a mean; 1 for the largest.
    pub fn weight(&self, unit: usize) -> f64 {
        match self.kind {
            PoolKind::Max => 1.0,
            PoolKind::Average => 1.0 / self.window.inside(unit / self.window.channels).count() as f64,
        }
    }

    /// `x [rows, input]` to `output [rows, positions, channels]`.
    pub fn forward(&self, x: &[f32], output: &mut [f32]) {
        let (window, channels) = (&self.window, self.window.channels);
        let images = x.chunks_exact(window.input_width());
        for (image, output) in images.zip(output.chunks_exact_mut(window.positions() * channels)) {
            for (position, output) in output.chunks_exact_mut(channels).enumerate() {
                let mut cells = window.inside(position).map(|(_, pixel)| &image[pixel * channels..][..channels]);
                // Every window has a cell inside the image: padding is less than its extent.
                let Some(first) = cells.next() else { continue };
                output.copy_from_slice(first);
                match self.kind {
                    PoolKind::Max => cells.for_each(|cell| {
                        output.iter_mut().zip(cell).for_each(|(most, &x)| *most = if *most < x { x } else { *most });
                    }),
                    PoolKind::Average => {
                        let mut count = 1.0;
                        cells.for_each(|cell| {
                            output.iter_mut().zip(cell).for_each(|(sum, x)| *sum += x);
                            count += 1.0;
                        });
                        output.iter_mut().for_each(|sum| *sum /= count);
                    }
                }
            }
        }
    }

    /// Adds the gradient by the source to `total`: of a largest number to the first cell that holds it, of a mean in
    /// equal parts.
    pub fn backward(&self, x: &[f32], output: &[f32], gradient: &[f32], total: &mut [f32]) {
        let (window, channels) = (&self.window, self.window.channels);
        let width = window.positions() * channels;
        let images = x.chunks_exact(window.input_width()).zip(total.chunks_exact_mut(window.input_width()));
        let outputs = output.chunks_exact(width).zip(gradient.chunks_exact(width));
        let mut left = vec![0.0; channels];
        for ((image, total), (output, gradient)) in images.zip(outputs) {
            for position in 0..window.positions() {
                let place = position * channels;
                left.copy_from_slice(&gradient[place..place + channels]);
                if self.kind == PoolKind::Average {
                    let count = window.inside(position).count() as f32;
                    left.iter_mut().for_each(|g| *g /= count);
                }
                let most = &output[place..place + channels];
                for (_, pixel) in window.inside(position) {
                    let cell = pixel * channels..(pixel + 1) * channels;
                    let units = total[cell.clone()].iter_mut().zip(&mut left);
                    match self.kind {
                        PoolKind::Average => units.for_each(|(total, g)| *total += *g),
                        PoolKind::Max => {
                            // Without a branch, so that cells are compared a vector at a time.
                            for ((total, g), (x, most)) in units.zip(image[cell].iter().zip(most)) {
                                let passed = if x == most { *g } else { 0.0 };
                                *total += passed;
                                *g = if x == most { 0.0 } else { *g };
                            }
                        }
                    }
                }
            }
        }
    }
}
