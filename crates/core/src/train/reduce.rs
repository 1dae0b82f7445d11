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
    /// Adds the next leaf, or the sum of so many that are a subtree; what was there before has to be [joined](Self::join) first.
    pub fn push(&mut self, leaves: u32, sum: Parts) {
        self.waiting.push((leaves, sum));
    }

    /// Whether there is something to [join](Self::join).
    pub fn joins(&self, no_more_leaves: bool) -> bool {
        matches!(self.waiting[..], [.., (left, _), (right, _)] if left == right || no_more_leaves)
    }

    /// Adds up two subtrees of the same size, or of any once there are no more leaves to come; returns whether there were two.
    pub fn join<B: Backend>(&mut self, no_more_leaves: bool) -> bool {
        if !self.joins(no_more_leaves) {
            return false;
        }
        let ((leaves, sum), (more, partner)) = match (self.waiting.pop(), self.waiting.pop()) {
            (Some(right), Some(left)) => (left, right),
            _ => return false,
        };
        let sum = self.joined::<B>(sum, partner);
        self.waiting.push((leaves + more, sum));
        true
    }

    /// The sum of all leaves, once they are [joined](Self::join), after which the tree is empty; `None` if it was.
    pub fn finish(&mut self) -> Option<Parts> {
        self.waiting.pop().map(|(_, sum)| sum)
    }

    /// Forgets all leaves.
    pub fn clear(&mut self) {
        self.spare.extend(self.waiting.drain(..).map(|(_, sum)| sum));
    }

    /// Arrays to write a leaf into, with whatever numbers, if there are any to spare; otherwise none.
    pub fn blank(&mut self) -> Parts {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes back arrays that have served.
    pub fn recycle(&mut self, arrays: Parts) {
        if !arrays.is_empty() {
            self.spare.push(arrays);
        }
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
                tree.push(1, vec![vec![*leaf; 7], vec![-leaf]]);
                while tree.join::<Best>(false) {}
            }
            while tree.join::<Best>(true) {}
            let sum = naive(&leaves);
            assert_eq!(tree.finish(), Some(vec![vec![sum; 7], vec![-sum]]));
            assert_eq!(tree.finish(), None);
        }
    }
}
