//! Central moments of weighted values, merged without cancellation.
//!
//! Two sets of values with weights `W_a`, `W_b`, means `m_a`, `m_b` and `M_k = Σ w (x − m)^k` join to (Pébay 2008, with shares
//! `a = W_a / W`, `b = W_b / W` and `δ = m_b − m_a`)
//!
//! ```text
//! m   = m_a + b·δ
//! M_2 = M_2a + M_2b + W·ab·δ²
//! M_3 = M_3a + M_3b + W·ab(a − b)·δ³ + 3δ(a·M_2b − b·M_2a)
//! M_4 = M_4a + M_4b + W·ab(a² − ab + b²)·δ⁴ + 6δ²(a²·M_2b + b²·M_2a) + 4δ(a·M_3b − b·M_3a)
//! ```
//!
//! Every term of `M_2` is positive: however far the values are from any guess of their mean, and however little they vary, the
//! variance keeps the digits that they have. [`MomentTree`] merges like a binary counter carries, equal sizes first, so that
//! rounding grows with the logarithm of the number of sets.

use thinned_lanes::{Backend, F64x2};

/// Weight, mean and central moments of a set of values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WeightedMoments {
    /// `Σ w`.
    pub weight: f64,
    /// `Σ w x / Σ w`.
    pub mean: f64,
    /// `Σ w (x − mean)^k` for `k` = 2, 3, 4.
    pub powers: [f64; 3],
}

impl WeightedMoments {
    /// One value.
    #[cfg(test)]
    pub fn of(weight: f64, value: f64) -> Self {
        Self { weight, mean: value, powers: [0.0; 3] }
    }

    /// Both sets together; a set without weight has no say.
    pub fn merge(&self, other: &Self) -> Self {
        let weight = self.weight + other.weight;
        if other.weight == 0.0 {
            return *self;
        }
        if self.weight == 0.0 {
            return *other;
        }
        let (a, b) = (self.weight / weight, other.weight / weight);
        let difference = other.mean - self.mean;
        let square = difference * difference;
        let ([second, third, fourth], [second_b, third_b, fourth_b]) = (self.powers, other.powers);
        let between = weight * a * b * square;
        Self {
            weight,
            mean: self.mean + b * difference,
            powers: [
                second + second_b + between,
                third + third_b + between * (a - b) * difference + 3.0 * difference * (a * second_b - b * second),
                fourth
                    + fourth_b
                    + between * (a * a - a * b + b * b) * square
                    + 6.0 * square * (a * a * second_b + b * b * second)
                    + 4.0 * difference * (a * third_b - b * third),
            ],
        }
    }

    /// `V`, `μ₃` and `μ₄`.
    pub fn central(&self) -> [f64; 3] {
        self.powers.map(|power| power / self.weight)
    }
}

/// The same in each lane, with `P` central powers: 1, those above being NaN, or 3.
#[derive(Clone, Copy)]
pub struct LaneMoments<B: Backend, const P: usize> {
    weight: B::F64,
    mean: B::F64,
    powers: [B::F64; 3],
}

impl<B: Backend, const P: usize> LaneMoments<B, P> {
    /// From `Σ q (x − center)^k`, `k` = 1 to 4, over values of weights `q·weight`, the `q` adding up to `total`; `inverse` is one
    /// over it.
    #[inline(always)]
    pub fn about(
        center: B::F64,
        [first, second, third, fourth]: [B::F64; 4],
        (total, inverse): (B::F64, B::F64),
        weight: B::F64,
    ) -> Self {
        let splat = B::F64::splat;
        let shift = first * inverse;
        let centered = second - first * shift;
        // Below 0 by a rounding where all values are equal.
        let centered = splat(0.0).select(centered, centered.less_than(splat(0.0)));
        let mut powers = [centered, splat(f64::NAN), splat(f64::NAN)];
        if P == 3 {
            let square = shift * shift;
            powers[1] = third - splat(3.0) * shift * second + splat(2.0) * square * first;
            powers[2] = fourth - splat(4.0) * shift * third + splat(6.0) * square * second
                - splat(3.0) * square * shift * first;
        }
        Self { weight: total * weight, mean: center + shift, powers: powers.map(|power| power * weight) }
    }

    /// Both sets together in each lane.
    #[inline(always)]
    pub fn merge(&self, other: &Self) -> Self {
        let splat = B::F64::splat;
        let weight = self.weight + other.weight;
        // Without any weight there is nothing to share.
        let share = (splat(1.0) / weight).select(splat(0.0), splat(0.0).less_than(weight));
        let (a, b) = (self.weight * share, other.weight * share);
        let difference = other.mean - self.mean;
        let square = difference * difference;
        let between = self.weight * b * square;
        let ([second, third, fourth], [second_b, third_b, fourth_b]) = (self.powers, other.powers);
        let mut powers = [second + second_b + between, third, fourth];
        if P == 3 {
            let skewed = a * second_b - b * second;
            let mixed = (a * a * second_b + b * b * second) * splat(6.0) * square;
            powers[1] = third + third_b + (between * (a - b) + splat(3.0) * skewed) * difference;
            powers[2] = fourth
                + fourth_b
                + between * (a * a - a * b + b * b) * square
                + mixed
                + splat(4.0) * difference * (a * third_b - b * third);
        }
        Self { weight, mean: difference.mul_add(b, self.mean), powers }
    }

    /// The sets of both lanes.
    pub fn lanes(self) -> [WeightedMoments; 2] {
        let mut sets = [WeightedMoments::default(); 2];
        let [mut weights, mut means, mut powers] = [[0.0; 2]; 3];
        self.weight.store(&mut weights);
        self.mean.store(&mut means);
        for (set, (weight, mean)) in sets.iter_mut().zip(weights.into_iter().zip(means)) {
            (set.weight, set.mean) = (weight, mean);
        }
        for (power, lanes) in self.powers.into_iter().enumerate() {
            lanes.store(&mut powers);
            sets.iter_mut().zip(powers).for_each(|(set, value)| set.powers[power] = value);
        }
        sets
    }
}

/// Moments of a stream of sets.
#[derive(Clone, Debug, Default)]
pub struct MomentTree {
    stack: Vec<(u32, WeightedMoments)>, // 2^level sets each, levels strictly decreasing
}

impl MomentTree {
    /// Adds a set.
    pub fn add(&mut self, set: WeightedMoments) {
        let mut node = (0, set);
        while let Some((_, first)) = self.stack.pop_if(|(level, _)| *level == node.0) {
            node = (node.0 + 1, first.merge(&node.1));
        }
        self.stack.push(node);
    }

    /// All sets together, the smallest first.
    pub fn total(&self) -> WeightedMoments {
        self.stack.iter().rev().fold(WeightedMoments::default(), |total, (_, node)| node.merge(&total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Values, weights in sixteenths, and the moments of all, by hand: mean 2, deviations -2, -1, 0, 2.
    #[test]
    fn merged_moments_are_those_of_all_values() {
        let mut tree = MomentTree::default();
        for (weight, value) in [(2.0, 0.0), (4.0, 1.0), (0.0, 1e9), (6.0, 2.0), (4.0, 4.0)] {
            tree.add(WeightedMoments::of(weight / 16.0, value));
        }
        let total = tree.total();
        let expected = [(2.0 * 4.0 + 4.0 + 4.0 * 4.0), (-2.0 * 8.0 - 4.0 + 4.0 * 8.0), (2.0 * 16.0 + 4.0 + 4.0 * 16.0)];
        assert_eq!((total.weight, total.mean), (1.0, 2.0));
        for (found, expected) in total.powers.iter().zip(expected) {
            assert!((found - expected / 16.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_tiny_variance_far_from_zero_keeps_its_digits() {
        let mut tree = MomentTree::default();
        let width = 2f64.powi(-40);
        for step in 0..1000 {
            tree.add(WeightedMoments::of(1e-3, 1.0 + f64::from(step % 2) * width));
        }
        let variance = tree.total().central()[0];
        assert!((variance / (0.25 * width * width) - 1.0).abs() < 1e-12, "{variance:e}");
    }
}
