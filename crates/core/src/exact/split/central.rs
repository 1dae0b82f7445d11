//! Central moments from power sums about another center.

use crate::exact::affine::without_rounding;

/// Mean and central moments.
#[derive(Clone, Copy, Debug)]
pub struct Central {
    /// `E`.
    pub mean: f64,
    /// `V`.
    pub variance: f64,
    /// `μ₄`.
    pub fourth_moment: f64,
}

impl Central {
    /// From `E (O − center)^k`, `k` = 1 to 4; a negative variance no larger than `error_bound` is rounding about 0.
    pub fn new(center: f64, [first, second, third, fourth]: [f64; 4], error_bound: f64) -> Self {
        let variance = second - first * first;
        let square = first * first;
        Self {
            mean: center + first,
            variance: without_rounding(variance, error_bound),
            fourth_moment: fourth - 4.0 * first * third + 6.0 * square * second - 3.0 * square * square,
        }
    }
}
