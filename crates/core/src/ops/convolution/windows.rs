//! The windows of images written down as the rows of a matrix, and rows added back to the images.
//!
//! The simple version is `for position { for cell { for channel { row[cell][channel] = image[place][channel] } } }`. Cells of a line
//! of a window lie side by side in an image without padding, so that they are copied as one stretch; which stretches a row
//! has is the same at every position.

use super::Window;
use crate::gemm::Panels;

/// Numbers that lie side by side in an image and in a row.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: usize,  // in the image, from the first cell of the window on
    panel: usize, // of the matrix
    to: usize,    // in the panel, from the start of the row on
    length: usize,
}

/// The windows over an image without padding, as rows of numbers.
pub struct Rows {
    origins: Vec<usize>, // by position: the first cell of its window
    stretches: Vec<Stretch>,
    stride: usize, // from row to row
    input: usize,  // numbers of an image
}

impl Rows {
    /// Rows that lie one after the other, `[rows, cells, channels]`.
    pub fn side_by_side(window: &Window) -> Self {
        let depth = window.cells() * window.channels;
        Self { origins: origins(window), stretches: stretches(window), stride: depth, input: window.input_width() }
    }

    /// Rows in panels, `[panels, rows, WIDTH]`.
    pub fn in_panels(window: &Window) -> Self {
        let width = Panels::WIDTH;
        let cut = |Stretch { from, to, length, .. }: Stretch| {
            let panels = to / width..=(to + length - 1) / width;
            panels.map(move |panel| {
                let (start, end) = (to.max(panel * width), (to + length).min((panel + 1) * width));
                Stretch { from: from + start - to, panel, to: start % width, length: end - start }
            })
        };
        let stretches = stretches(window).into_iter().flat_map(cut).collect();
        Self { origins: origins(window), stretches, stride: width, input: window.input_width() }
    }

    /// Writes the windows of images `x [images, input]` down.
    pub fn write(&self, x: &[f32], matrix: &mut [f32]) {
        let images = x.chunks_exact(self.input);
        let panel_size = images.len() * self.origins.len() * self.stride;
        let windows = images.flat_map(|image| self.origins.iter().map(|&origin| &image[origin..]));
        for (row, window) in windows.enumerate() {
            for &Stretch { from, panel, to, length } in &self.stretches {
                let place = panel * panel_size + row * self.stride + to;
                copy(&window[from..from + length], &mut matrix[place..][..length]);
            }
        }
    }

    /// Adds every number of the matrix, whose rows lie side by side, to the pixel that it is of, in the images `x [images, input]`.
    pub fn add_back(&self, matrix: &[f32], x: &mut [f32]) {
        let mut row = 0;
        for image in x.chunks_exact_mut(self.input) {
            for &origin in &self.origins {
                for &Stretch { from, to, length, .. } in &self.stretches {
                    let numbers = &matrix[row * self.stride + to..][..length];
                    image[origin + from..][..length].iter_mut().zip(numbers).for_each(|(total, g)| *total += g);
                }
                row += 1;
            }
        }
    }
}

/// The numbers of an image before the first cell of each window.
fn origins(window: &Window) -> Vec<usize> {
    let place = |y: usize, x: usize| y * window.strides[0] * window.input[1] + x * window.strides[1];
    let lines = (0..window.output[0]).flat_map(|y| (0..window.output[1]).map(move |x| place(y, x)));
    lines.map(|pixel| pixel * window.channels).collect()
}

/// The stretches of a window: its lines, or its cells where they are spread out.
fn stretches(window: &Window) -> Vec<Stretch> {
    let ([height, width], [down, across], channels) = (window.kernel, window.dilation, window.channels);
    let (per_line, length) = if across == 1 { (1, width * channels) } else { (width, channels) };
    let stretch = |y: usize, x: usize| {
        let from = (y * down * window.input[1] + x * across) * channels;
        Stretch { from, panel: 0, to: (y * width + x) * channels, length }
    };
    (0..height).flat_map(|y| (0..per_line).map(move |x| stretch(y, x))).collect()
}

/// A call to copy memory costs more than a few numbers: those go in halves that overlap.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    #[inline(always)]
    fn ends<const N: usize>(from: &[f32], to: &mut [f32]) {
        let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) else { return };
        if let Some(place) = to.first_chunk_mut() {
            *place = *first;
        }
        if let Some(place) = to.last_chunk_mut() {
            *place = *last;
        }
    }
    match from.len() {
        9..=16 => ends::<8>(from, to),
        4..=8 => ends::<4>(from, to),
        2..=3 => ends::<2>(from, to),
        1 => to[0] = from[0],
        _ => to.copy_from_slice(from),
    }
}
