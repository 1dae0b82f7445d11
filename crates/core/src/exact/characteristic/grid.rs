//! The nodes that all units of a like range share, with what every integral needs to know about them.

use core::f64::consts::{PI, TAU};
use core::ops::Range;

/// How far the period exceeds the range of `|X|`: neighbouring periods then add less than `e^(−40) < 5e-18`.
const MARGIN: f64 = 40.0;
/// Where the integrals stop: `∫ t³ / sinh(πt) dt` beyond it is `3e-17`, and this is the slowest of the kernels.
const END: f64 = 14.5;
/// A node is passed over where `φ` times the largest kernel is below this: `2^−70`, or 8.5e-22.
const SILENCE: f64 = 1.0 / (1u128 << 70) as f64;
/// Grids are kept for the units to come until they have so many nodes, some 20 MB.
const KEPT: usize = 1 << 18;

/// The midpoint rule on `(0, END)`.
///
/// Nodes are odd multiples of half a step, `t_k = (k + ½) h`. They converge like the multiples of `h`, to the function
/// periodised with alternating signs, and none of them needs a limit at 0. The step has five significant bits: every
/// node is exact, and units of a like range meet in one grid, whose choice depends on the unit alone.
pub struct Grid {
    /// `h`.
    pub step: f64,
    /// `t_k`, a multiple of four of them.
    pub nodes: Vec<f64>,
    /// `w_k = h / sinh(π t_k)`.
    pub weights: Vec<f64>,
    /// What `log|φ(t_k)|` must reach for the node to matter.
    pub floors: Vec<f64>,
    /// `|φ(t_k)|²` at the floor.
    pub silences: Vec<f64>,
    /// The nodes by octaves, the highest first: `t < 16 / 2^b` throughout block `b`. Each starts at a multiple of four; the
    /// last has the four lowest nodes.
    pub blocks: Vec<Range<usize>>,
    /// By block: the sum of the weights.
    pub masses: Vec<f64>,
}

/// The step for units with `|X| ≤ extent`: at most `2π / (extent + 40)`.
pub fn step(extent: f64) -> f64 {
    let (mantissa, exponent) = libm::frexp(TAU / (extent + MARGIN));
    libm::ldexp(libm::floor(mantissa * 32.0), exponent - 5)
}

/// How many nodes the grid of this step has.
pub fn count(step: f64) -> f64 {
    4.0 * libm::ceil(END / (4.0 * step))
}

impl Grid {
    /// The grid of a step that [`step`] gave.
    pub fn new(step: f64) -> Self {
        let nodes: Vec<f64> = (0..count(step) as usize).map(|k| (k as f64 + 0.5) * step).collect();
        let weights: Vec<f64> = nodes.iter().map(|t| step / libm::sinh(PI * t)).collect();
        // The kernels are w/t at one end and w·t³ at the other.
        let largest = |(t, w): (&f64, &f64)| w * f64::max(1.0 / t, t * t * t);
        let floors: Vec<f64> = nodes.iter().zip(&weights).map(|node| libm::log(SILENCE / largest(node))).collect();
        let silences = floors.iter().map(|floor| libm::exp(2.0 * floor)).collect();
        let blocks = octaves(nodes.len());
        let masses = blocks.iter().map(|block| weights[block.clone()].iter().sum()).collect();
        Self { step, nodes, weights, floors, silences, blocks, masses }
    }
}

/// The grids that one call has needed so far, with the kernels of its kind of unit.
pub struct Grids<K> {
    made: Vec<(Grid, K)>,
}

impl<K> Grids<K> {
    /// None yet.
    pub fn new() -> Self {
        Self { made: Vec::new() }
    }

    /// Whether the grid of this step is made.
    pub fn has(&self, step: f64) -> bool {
        self.made.iter().any(|(grid, _)| grid.step == step)
    }

    /// The grid of this step, with its kernels.
    pub fn of(&mut self, step: f64, kernels: impl FnOnce(&Grid) -> K) -> (&Grid, &K) {
        let place = self.made.iter().position(|(grid, _)| grid.step == step).unwrap_or_else(|| {
            if self.made.iter().map(|(grid, _)| grid.nodes.len()).sum::<usize>() > KEPT {
                self.made.clear();
            }
            let grid = Grid::new(step);
            let kernels = kernels(&grid);
            self.made.push((grid, kernels));
            self.made.len() - 1
        });
        let (grid, kernels) = &self.made[place];
        (grid, kernels)
    }
}

fn octaves(nodes: usize) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut end = nodes;
    loop {
        // Down to a multiple of four: what a block loses goes to the one above, whose bound on t it meets with ease.
        let start = (nodes >> (blocks.len() + 1)) & !3;
        if start == 0 {
            blocks.push(0..end);
            return blocks;
        }
        blocks.push(start..end);
        end = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_step_keeps_its_period_and_few_bits() {
        for extent in [0.0, 1e-3, 0.7, 5.0, 39.9, 40.1, 227.0, 1e4, 3e6] {
            let h = step(extent);
            assert!(TAU / h >= extent + MARGIN && TAU / h <= 1.0625 * (extent + MARGIN) * (1.0 + 1e-15));
            let (mantissa, _) = libm::frexp(h);
            assert_eq!(mantissa * 32.0, libm::floor(mantissa * 32.0));
        }
    }

    #[test]
    fn blocks_cover_the_nodes_and_halve() {
        for extent in [0.0, 3.0, 55.0, 1234.5] {
            let grid = Grid::new(step(extent));
            let mut end = grid.nodes.len();
            for (b, block) in grid.blocks.iter().enumerate() {
                assert_eq!((block.end, block.start % 4), (end, 0));
                assert!(grid.nodes[block.end - 1] < 16.0 / (1 << b) as f64);
                end = block.start;
            }
            assert_eq!((end, grid.blocks.last().map(|block| block.len())), (0, Some(4)));
        }
    }
}
