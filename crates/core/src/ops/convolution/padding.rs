//! Images that hold their padding: over those, windows need not ask where the edges are.

use super::Window;

/// The windows of images that are copied into larger ones, whose edges are zero.
pub struct Padded {
    /// The same windows over the larger image.
    pub window: Window,
    lines: core::ops::Range<usize>, // of the larger image, that hold lines of the smaller one
    first: usize,                   // number of a line that holds one
    length: usize,                  // numbers of a line of the smaller image
}

impl Padded {
    /// Makes room for every cell that a window reaches.
    pub fn new(window: &Window) -> Self {
        let mut larger = window.clone();
        for side in 0..2 {
            let reach =
                (window.output[side] - 1) * window.strides[side] + (window.kernel[side] - 1) * window.dilation[side];
            larger.input[side] = (reach + 1).max(window.input[side] + window.before[side]);
        }
        larger.before = [0; 2];
        let [top, left] = window.before;
        Self {
            window: larger,
            lines: top..top + window.input[0],
            first: left * window.channels,
            length: window.input[1] * window.channels,
        }
    }

    /// Room for so many images, for [`pad`](Self::pad) to write to, again and again: it leaves the edges as they are, zero.
    pub fn blank(&self, images: usize, padded: &mut Vec<f32>) {
        padded.clear();
        padded.resize(images * self.window.input_width(), 0.0);
    }

    /// Writes the images `x [images, input]` into the middle of blank ones.
    pub fn pad(&self, x: &[f32], padded: &mut [f32]) {
        let images = x.chunks_exact(self.lines.len() * self.length);
        for (padded, image) in padded.chunks_exact_mut(self.window.input_width()).zip(images) {
            let lines = padded.chunks_exact_mut(self.line()).skip(self.lines.start);
            for (padded, line) in lines.zip(image.chunks_exact(self.length)) {
                padded[self.first..][..self.length].copy_from_slice(line);
            }
        }
    }

    /// Adds to the images `x [images, input]` what padded images have in their places.
    pub fn add(&self, padded: &[f32], x: &mut [f32]) {
        let images = x.chunks_exact_mut(self.lines.len() * self.length);
        for (padded, image) in padded.chunks_exact(self.window.input_width()).zip(images) {
            let lines = padded.chunks_exact(self.line()).skip(self.lines.start);
            for (padded, line) in lines.zip(image.chunks_exact_mut(self.length)) {
                line.iter_mut().zip(&padded[self.first..]).for_each(|(total, value)| *total += value);
            }
        }
    }

    fn line(&self) -> usize {
        self.window.input[1] * self.window.channels
    }
}
