//! The kernel of a convolution without padding: a tile of positions by filters in registers.
//!
//! The simple version is `for position { for filter { for tap { s += w[tap][filter] · x[place(position, tap)] } } }`. It
//! departs from that in three ways, none of which changes the order of a sum:
//!
//! * `R` positions and up to eight filters are unrolled: a step of the innermost loop is two loads of weights, `R`
//!   broadcasts of pixels and `2 · R` multiply-adds, as in the product of matrices ([`crate::gemm`]).
//! * Pixels are read where they lie in the image. A line of a window is one stretch of numbers, so no window is written
//!   down: for 5 × 5 windows that would be 25 copies of the image, each read once.
//! * Images are taken a few at a time, so that they stay in the first-level cache for every panel of filters.

use super::Window;
use thinned_lanes::{Backend, F32x4};

/// Filters of a panel: two vectors.
const WIDE: usize = 8;
/// Filters of a last panel that needs no more.
const NARROW: usize = 4;
/// Numbers of images that are taken together: 64 KiB.
const IMAGES: usize = 1 << 14;

/// Copies a kernel `[taps, filters]` into panels of [`WIDE`] filters, `[panel][tap][filter]`, the last padded with zeros.
pub fn pack(kernel: &[f32], filters: usize, panels: &mut Vec<f32>) {
    let taps = kernel.len() / filters;
    panels.clear();
    for first in (0..filters).step_by(WIDE) {
        let width = WIDE.min(filters - first);
        let padded = if width > NARROW { WIDE } else { NARROW };
        for tap in 0..taps {
            let weights = &kernel[tap * filters + first..][..width];
            panels.extend_from_slice(weights);
            panels.extend(core::iter::repeat_n(0.0, padded - width));
        }
    }
}

/// The sums of all windows over whole images, plus the bias: `[images, positions, filters]`.
pub fn correlate<B: Backend>(
    window: &Window,
    filters: usize,
    x: &[f32],
    panels: &[f32],
    bias: Option<&[f32]>,
    output: &mut [f32],
) {
    // As many rows of accumulators as there are registers for: see `gemm`.
    if B::FUSES {
        blocks::<B, 6>(window, filters, x, panels, bias, output);
    } else {
        blocks::<B, 4>(window, filters, x, panels, bias, output);
    }
}

fn blocks<B: Backend, const R: usize>(
    window: &Window,
    filters: usize,
    x: &[f32],
    panels: &[f32],
    bias: Option<&[f32]>,
    output: &mut [f32],
) {
    let input = window.input_width();
    let images = (IMAGES / input).max(1);
    let taps = window.cells() * window.channels;
    // Where the stretches of a window begin, and their length: whole lines of it unless its cells are spread out.
    let (line, channels) = (window.input[1] * window.channels, window.channels);
    let lines = (0..window.kernel[0]).map(|y| y * window.dilation[0] * line);
    let (starts, run): (Vec<usize>, usize) = if window.dilation[1] == 1 {
        (lines.collect(), window.kernel[1] * channels)
    } else {
        let cells = |start: usize| (0..window.kernel[1]).map(move |x| start + x * window.dilation[1] * channels);
        (lines.flat_map(cells).collect(), channels)
    };
    let each = window.positions() * filters;
    for (x, output) in x.chunks(images * input).zip(output.chunks_mut(images * each)) {
        let mut rest = panels;
        for first in (0..filters).step_by(WIDE) {
            let width = WIDE.min(filters - first);
            let (panel, later) = rest.split_at(taps * if width > NARROW { WIDE } else { NARROW });
            rest = later;
            let mut added = [0.0; WIDE];
            if let Some(bias) = bias {
                added[..width].copy_from_slice(&bias[first..first + width]);
            }
            let part = Part { window, filters, first, width, starts: &starts, run, added };
            if width > NARROW {
                part.positions::<B, R, 2, WIDE>(x, panel, output);
            } else {
                part.positions::<B, R, 1, NARROW>(x, panel, output);
            }
        }
    }
}

/// One panel of filters over some images.
struct Part<'a> {
    window: &'a Window,
    filters: usize,
    first: usize, // filter of the panel
    width: usize, // filters of the panel
    starts: &'a [usize],
    run: usize,
    added: [f32; WIDE],
}

impl Part<'_> {
    fn positions<B: Backend, const R: usize, const H: usize, const W: usize>(
        &self,
        x: &[f32],
        panel: &[f32],
        output: &mut [f32],
    ) {
        let (panel, _) = panel.as_chunks::<W>();
        let positions = output.len() / self.filters;
        let origin = |position: usize| {
            let (image, place) = (position / self.window.positions(), position % self.window.positions());
            let (row, column) = (place / self.window.output[1], place % self.window.output[1]);
            let pixel = row * self.window.strides[0] * self.window.input[1] + column * self.window.strides[1];
            image * self.window.input_width() + pixel * self.window.channels
        };
        for (tile, output) in output.chunks_mut(R * self.filters).enumerate() {
            // Beyond the last position the last one is computed again and not stored.
            let origins: [usize; R] = core::array::from_fn(|r| origin((tile * R + r).min(positions - 1)));
            let sums = self.tile::<B, R, H, W>(x, origins, panel);
            for (sums, output) in sums.into_iter().zip(output.chunks_exact_mut(self.filters)) {
                let output = &mut output[self.first..self.first + self.width];
                let mut stored = [0.0; W];
                let (quads, _) = stored.as_chunks_mut::<4>();
                let added = self.added.as_chunks::<4>().0;
                for ((quad, sum), added) in quads.iter_mut().zip(sums).zip(added) {
                    (sum + B::F32::load(added)).store(quad);
                }
                match <&mut [f32; W]>::try_from(&mut *output) {
                    Ok(whole) => *whole = stored,
                    Err(_) => output.copy_from_slice(&stored[..self.width]),
                }
            }
        }
    }

    #[inline(always)]
    fn tile<B: Backend, const R: usize, const H: usize, const W: usize>(
        &self,
        x: &[f32],
        origins: [usize; R],
        panel: &[[f32; W]],
    ) -> [[B::F32; H]; R] {
        let mut sums = [[B::F32::splat(0.0); H]; R];
        for (start, panel) in self.starts.iter().zip(panel.chunks_exact(self.run)) {
            let lines: [&[f32]; R] = core::array::from_fn(|r| &x[origins[r] + start..][..panel.len()]);
            for (tap, weights) in panel.iter().enumerate() {
                let quads = weights.as_chunks::<4>().0;
                let weights: [B::F32; H] = core::array::from_fn(|half| B::F32::load(&quads[half]));
                for (sums, line) in sums.iter_mut().zip(&lines) {
                    let pixel = B::F32::splat(line[tap]);
                    for (sum, &weight) in sums.iter_mut().zip(&weights) {
                        *sum = B::relaxed_mul_add(pixel, weight, *sum);
                    }
                }
            }
        }
        sums
    }
}
