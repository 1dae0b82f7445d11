//! Where a window lies over an image: the geometry that convolution and pooling share.

use crate::error::Error;

/// What happens at the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Windows lie inside the image.
    Valid,
    /// As many windows as strides fit into the image; cells outside it count as absent. An odd cell of padding is at the
    /// bottom and right, as in TensorFlow.
    Same,
}

impl Padding {
    /// `"valid"` or `"same"`.
    pub fn parse(word: &str) -> Result<Self, Error> {
        match word {
            "valid" => Ok(Self::Valid),
            "same" => Ok(Self::Same),
            _ => Err(Error::word(format!("Cannot pad: padding is \"{word}\", wanted \"valid\" or \"same\""))),
        }
    }
}

/// A window that slides over an image `[height, width, channels]`; pairs are (vertical, horizontal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Of the image.
    pub input: [usize; 2],
    /// Of the image.
    pub channels: usize,
    /// Cells of the window.
    pub kernel: [usize; 2],
    /// From one window to the next.
    pub strides: [usize; 2],
    /// From one cell of a window to the next.
    pub dilation: [usize; 2],
    /// Rows above and columns left of the image that windows reach into.
    pub before: [usize; 2],
    /// How many windows.
    pub output: [usize; 2],
}

impl Window {
    /// The windows over an image of `shape`.
    ///
    /// Without padding there are `⌈(n − e + 1) / s⌉` along a side of `n`, `e = (k − 1)·d + 1` being the extent of a window;
    /// with it `⌈n / s⌉`, which takes `(⌈n / s⌉ − 1)·s + e − n` cells of padding (TensorFlow's definition).
    ///
    /// # Errors
    /// `Shape` when `shape` is no image or smaller than a window; `Range` when a size is 0 or beyond 2^24.
    pub fn new(
        name: &str,
        shape: &[usize],
        kernel: [usize; 2],
        strides: [usize; 2],
        dilation: [usize; 2],
        padding: Padding,
    ) -> Result<Self, Error> {
        let &[height, width, channels] = shape else {
            return Err(Error::shape(format!(
                "Cannot make layer \"{name}\": its input is {shape:?}, wanted [height, width, channels]"
            )));
        };
        for (what, pair) in [("kernelSize", kernel), ("strides", strides), ("dilationRate", dilation)] {
            if pair.iter().any(|size| !(1..1 << 24).contains(size)) {
                return Err(Error::range(format!(
                    "Cannot make layer \"{name}\": {what} is {pair:?}, wanted at least 1 and below 2^24"
                )));
            }
        }
        let input = [height, width];
        let (mut before, mut output) = ([0; 2], [0; 2]);
        for side in 0..2 {
            let (n, s) = (input[side], strides[side]);
            let extent = (kernel[side] - 1).saturating_mul(dilation[side]).saturating_add(1);
            output[side] = match padding {
                Padding::Valid if extent > n => {
                    return Err(Error::shape(format!(
                        "Cannot make layer \"{name}\": a window reaches over {extent} cells, its input is {shape:?}"
                    )));
                }
                Padding::Valid => (n - extent + 1).div_ceil(s),
                Padding::Same => {
                    let count = n.div_ceil(s);
                    before[side] = ((count - 1) * s + extent).saturating_sub(n) / 2;
                    count
                }
            };
        }
        Ok(Self { input, channels, kernel, strides, dilation, before, output })
    }

    /// Numbers of an image.
    pub fn input_width(&self) -> usize {
        self.input[0] * self.input[1] * self.channels
    }

    /// How many windows an image has.
    pub fn positions(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Cells of a window, those outside the image included.
    pub fn cells(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Whether any window reaches outside the image.
    pub fn is_padded(&self) -> bool {
        let reach = |side: usize| {
            (self.output[side] - 1) * self.strides[side] + (self.kernel[side] - 1) * self.dilation[side]
                >= self.input[side] + self.before[side]
        };
        self.before != [0; 2] || reach(0) || reach(1)
    }

    /// The cells of window `position` that lie inside the image, in order: cell of the window and pixel of the image.
    pub fn inside(&self, position: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let (row, column) = (position / self.output[1], position % self.output[1]);
        let place = |side: usize, window: usize, cell: usize| {
            (window * self.strides[side] + cell * self.dilation[side])
                .checked_sub(self.before[side])
                .filter(|place| *place < self.input[side])
        };
        (0..self.kernel[0]).filter_map(move |y| place(0, row, y).map(|pixel| (y, pixel))).flat_map(move |(y, top)| {
            (0..self.kernel[1]).filter_map(move |x| {
                place(1, column, x).map(|left| (y * self.kernel[1] + x, top * self.input[1] + left))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn sizes_are_those_of_tensorflow() {
        let window = |n: usize, k: usize, s: usize, d: usize, padding| {
            Window::new("w", &[n, n, 1], [k; 2], [s; 2], [d; 2], padding)
                .map(|window| (window.output[0], window.before[0]))
        };
        assert_eq!(window(28, 5, 1, 1, Padding::Valid).unwrap(), (24, 0));
        assert_eq!(window(28, 5, 1, 1, Padding::Same).unwrap(), (28, 2));
        assert_eq!(window(5, 2, 2, 1, Padding::Valid).unwrap(), (2, 0));
        assert_eq!(window(5, 2, 2, 1, Padding::Same).unwrap(), (3, 0)); // the odd cell is at the end
        assert_eq!(window(7, 3, 2, 2, Padding::Same).unwrap(), (4, 2));
        assert_eq!(window(3, 1, 2, 1, Padding::Same).unwrap(), (2, 0));
        assert!(window(4, 3, 1, 2, Padding::Valid).is_err());
        assert!(window(4, 0, 1, 1, Padding::Valid).is_err());
    }

    #[test]
    fn cells_outside_the_image_are_left_out() {
        let window = Window::new("w", &[3, 3, 2], [3; 2], [2; 2], [1; 2], Padding::Same).unwrap();
        assert_eq!((window.output, window.before), ([2, 2], [1, 1]));
        assert!(window.is_padded());
        let corner: Vec<_> = window.inside(0).collect();
        assert_eq!(corner, [(4, 0), (5, 1), (7, 3), (8, 4)]);
    }
}
