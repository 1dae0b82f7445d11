//! Pooling: each channel's largest or mean number under a window.
//!
//! Cells outside the image are absent: they are not the largest, and a mean is over the cells inside (TensorFlow).

use super::Window;
use thinned_lanes::{Backend, F32x4};

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
    ///
    /// The simple version is `for position { for cell { for channel { .. } } }`; here a vector of channels goes through all
    /// cells before the next, in registers. Each number is the same, from the same cells in the same order.
    pub fn forward<B: Backend>(&self, x: &[f32], output: &mut [f32]) {
        let (window, channels) = (&self.window, self.window.channels);
        let windows = self.cells();
        let images = x.chunks_exact(window.input_width());
        for (image, output) in images.zip(output.chunks_exact_mut(window.positions() * channels)) {
            for (cells, output) in windows.iter().zip(output.chunks_exact_mut(channels)) {
                match self.kind {
                    PoolKind::Max => combine::<B>(image, cells, output, |most, x| most.max_or_self(x)),
                    PoolKind::Average => {
                        combine::<B>(image, cells, output, |sum, x| sum + x);
                        output.iter_mut().for_each(|sum| *sum /= cells.len() as f32);
                    }
                }
            }
        }
    }

    /// By position: where in an image the cells of its window begin that lie inside. There is always one: padding is less
    /// than the extent of a window.
    fn cells(&self) -> Vec<Vec<usize>> {
        let cells = |position| self.window.inside(position).map(|(_, pixel)| pixel * self.window.channels).collect();
        (0..self.window.positions()).map(cells).collect()
    }

    /// Adds the gradient by the source to `total`: of a largest number to the first cell that holds it, of a mean in
    /// equal parts.
    pub fn backward(&self, x: &[f32], output: &[f32], gradient: &[f32], total: &mut [f32]) {
        let (window, channels) = (&self.window, self.window.channels);
        let width = window.positions() * channels;
        let images = x.chunks_exact(window.input_width()).zip(total.chunks_exact_mut(window.input_width()));
        let outputs = output.chunks_exact(width).zip(gradient.chunks_exact(width));
        let (windows, mut left) = (self.cells(), vec![0.0; channels]);
        for ((image, total), (output, gradient)) in images.zip(outputs) {
            for (position, cells) in windows.iter().enumerate() {
                let place = position * channels;
                left.copy_from_slice(&gradient[place..place + channels]);
                if self.kind == PoolKind::Average {
                    left.iter_mut().for_each(|g| *g /= cells.len() as f32);
                }
                let most = &output[place..place + channels];
                for &first in cells {
                    let cell = first..first + channels;
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

/// Goes through the cells of one window, for every channel.
#[inline(always)]
fn combine<B: Backend>(image: &[f32], cells: &[usize], output: &mut [f32], step: impl Fn(B::F32, B::F32) -> B::F32) {
    let Some((&first, others)) = cells.split_first() else { return };
    let channels = output.len();
    let (quads, rest) = output.as_chunks_mut::<4>();
    for (index, quad) in quads.iter_mut().enumerate() {
        let load = |cell: usize| B::F32::load(&image[cell..cell + channels].as_chunks().0[index]);
        others.iter().fold(load(first), |value, &cell| step(value, load(cell))).store(quad);
    }
    for (place, channel) in rest.iter_mut().rev().zip((0..channels).rev()) {
        let load = |cell: usize| B::F32::splat(image[cell + channel]);
        let mut lanes = [0.0; 4];
        others.iter().fold(load(first), |value, &cell| step(value, load(cell))).store(&mut lanes);
        *place = lanes[0];
    }
}
