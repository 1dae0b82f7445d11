//! The sum of the gradients of the parts of a batch, along a fixed tree.
//!
//! The simple version adds the parts one after the other. Here the parts are the leaves of a tree that depends on their
//! number alone: part 0 with part 1, 2 with 3, and so on, then pairs of pairs; what is left over joins from the last to
//! the first. So whoever computes the parts, in whatever order, the bits of the sum are the same, and no more than
//! `log2(parts) + 1` gradients are held at a time.

use thinned_lanes::{Backend, F32x4};

/// A gradient by parameter.
pub type Parts = Vec<Vec<f32>>;

/// The sums of whole subtrees that have no partner yet, the largest first.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    waiting: Vec<(u32, Parts)>, // (leaves, their sum)
    spare: Vec<Parts>,
}

impl Tree {
    /// Adds the next leaf, and leaves in `part` arrays of the same sizes for another, if there are any to spare.
    pub fn push<B: Backend>(&mut self, part: &mut Parts) {
        let mut leaves = 1;
        let mut sum = core::mem::replace(part, self.spare.pop().unwrap_or_default());
        while let Some((_, partner)) = self.waiting.pop_if(|(size, _)| *size == leaves) {
            sum = self.joined::<B>(partner, sum);
            leaves *= 2;
        }
        self.waiting.push((leaves, sum));
    }

    /// The sum of all leaves, after which the tree is empty; `None` if it was.
    pub fn finish<B: Backend>(&mut self) -> Option<Parts> {
        let (_, mut sum) = self.waiting.pop()?;
        while let Some((_, partner)) = self.waiting.pop() {
            sum = self.joined::<B>(partner, sum);
        }
        Some(sum)
    }

    /// Forgets all leaves.
    pub fn clear(&mut self) {
        self.spare.extend(self.waiting.drain(..).map(|(_, sum)| sum));
    }

    /// Takes back the arrays of a sum that has served.
    pub fn recycle(&mut self, sum: Parts) {
        self.spare.push(sum);
    }

    fn joined<B: Backend>(&mut self, mut left: Parts, right: Parts) -> Parts {
        for (left, right) in left.iter_mut().zip(&right) {
            let (quads, rest) = left.as_chunks_mut::<4>();
            let (other_quads, other_rest) = right.as_chunks::<4>();
            for (sum, other) in quads.iter_mut().zip(other_quads) {
                (B::F32::load(sum) + B::F32::load(other)).store(sum);
            }
            rest.iter_mut().zip(other_rest).for_each(|(sum, other)| *sum += other);
        }
        self.spare.push(right);
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thinned_lanes::Best;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// The definition: the largest power of two of leaves on the left, each half a tree.
    fn naive(leaves: &[f32]) -> f32 {
        match leaves {
            [leaf] => *leaf,
            _ => {
                let left = leaves.len().next_power_of_two() / 2;
                naive(&leaves[..left]) + naive(&leaves[left..])
            }
        }
    }

    #[test]
    fn the_sum_is_that_of_the_tree() {
        for count in 1..40 {
            let leaves: Vec<f32> = (0..count).map(|i| 0.1 * (i * i) as f32 + 1e-3).collect();
            let mut tree = Tree::default();
            for leaf in &leaves {
                tree.push::<Best>(&mut vec![vec![*leaf; 7], vec![-leaf]]);
            }
            let sum = naive(&leaves);
            assert_eq!(tree.finish::<Best>(), Some(vec![vec![sum; 7], vec![-sum]]));
            assert_eq!(tree.finish::<Best>(), None);
        }
    }
}
