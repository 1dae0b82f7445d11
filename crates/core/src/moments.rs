//! Mean and variance of a stream of vectors in double precision, summed along a fixed tree.
//!
//! Values enter leaves of [`LEAF`] samples by Welford's update (Welford 1962); a full leaf is merged with its neighbour
//! by the pairwise formula of Chan, Golub and LeVeque (1979), equal sizes first, as a binary counter carries. The tree
//! depends on the number of samples alone, never on how they arrived, so any chunking gives the same bits, and the
//! rounding error grows with the logarithm of the number of samples.

use crate::error::Error;
use thinned_lanes::{Backend, F64x2};

/// Samples of a leaf: small against typical runs, large against the cost of a merge.
pub const LEAF: u64 = 32;

/// Moments of vectors of one length.
#[derive(Clone, Debug)]
pub struct Moments {
    length: usize,
    stack: Vec<Node>, // sizes strictly decreasing, except for the open leaf at the end
    open: Node,
}

#[derive(Clone, Debug)]
struct Node {
    count: u64,
    mean: Vec<f64>,
    squares: Vec<f64>, // Σ (value − mean)²
}

impl Node {
    fn empty(length: usize) -> Self {
        Self { count: 0, mean: vec![0.0; length], squares: vec![0.0; length] }
    }

    /// Joins the samples that follow.
    fn merge<B: Backend>(&mut self, next: &Self) {
        let total = (self.count + next.count) as f64;
        let share = next.count as f64 / total;
        let weight = self.count as f64 * share;
        let means = pairs(&mut self.mean).zip(pairs_of(&next.mean));
        let squares = pairs(&mut self.squares).zip(pairs_of(&next.squares));
        for ((mean, next_mean), (sum, next_sum)) in means.zip(squares) {
            let first = B::F64::load(mean);
            let difference = B::F64::load(next_mean) - first;
            difference.mul_add(B::F64::splat(share), first).store(mean);
            let between = difference * difference * B::F64::splat(weight);
            (B::F64::load(sum) + B::F64::load(next_sum) + between).store(sum);
        }
        self.count += next.count;
    }
}

impl Moments {
    /// No samples yet of vectors with `length` entries.
    pub fn new(length: usize) -> Self {
        // Rounded up to whole vectors; the entries beyond `length` stay zero.
        Self { length, stack: Vec::new(), open: Node::empty(length.next_multiple_of(2)) }
    }

    /// Adds one sample.
    pub fn push<B: Backend>(&mut self, values: &[impl Copy + Into<f64>]) {
        assert_eq!(values.len(), self.length);
        self.open.count += 1;
        let share = B::F64::splat(1.0 / self.open.count as f64);
        let state = pairs(&mut self.open.mean).zip(pairs(&mut self.open.squares));
        let (full, rest) = values.as_chunks::<2>();
        let rest = rest.iter().map(|&last| [last.into(), 0.0]);
        for ((mean, squares), value) in state.zip(full.iter().map(|&[a, b]| [a.into(), b.into()]).chain(rest)) {
            let value = B::F64::load(&value);
            let old = B::F64::load(mean);
            let difference = value - old;
            let new = difference.mul_add(share, old);
            new.store(mean);
            difference.mul_add(value - new, B::F64::load(squares)).store(squares);
        }
        if self.open.count == LEAF {
            self.close::<B>();
        }
    }

    /// The leaf is full: it moves to the stack and carries.
    fn close<B: Backend>(&mut self) {
        let length = self.open.mean.len();
        let leaf = core::mem::replace(&mut self.open, Node::empty(length));
        self.carry::<B>(leaf);
    }

    fn carry<B: Backend>(&mut self, mut node: Node) {
        while let Some(mut before) = self.stack.pop_if(|before| before.count == node.count) {
            before.merge::<B>(&node);
            node = before;
        }
        self.stack.push(node);
    }

    /// How many samples.
    pub fn count(&self) -> u64 {
        self.stack.iter().map(|node| node.count).sum::<u64>() + self.open.count
    }

    /// Writes the nodes of the tree for [`Moments::append`]: how many, then of each the count, the means and the squares.
    pub fn write_state(&self, state: &mut Vec<f64>) {
        let nodes = self.stack.iter().chain((self.open.count > 0).then_some(&self.open));
        state.push(nodes.clone().count() as f64);
        for node in nodes {
            state.push(node.count as f64);
            state.extend_from_slice(&node.mean[..self.length]);
            state.extend_from_slice(&node.squares[..self.length]);
        }
    }

    /// Adds the samples that another stream of the same length has seen, and that follow those seen here; returns what
    /// comes behind its state. The tree is that of one stream over all of them.
    ///
    /// # Errors
    /// `Range` when the samples so far are no multiple of the largest node of the other stream: then no subtree of the whole
    /// is that node. `Shape` when the state is not one of vectors of this length.
    pub fn append<'a, B: Backend>(&mut self, state: &'a [f64]) -> Result<&'a [f64], Error> {
        let (nodes, mut state) = split_state(state, 1)?;
        for index in 0..nodes[0] as usize {
            let (count, rest) = split_state(state, 1)?;
            let (mean, rest) = split_state(rest, self.length)?;
            let (squares, rest) = split_state(rest, self.length)?;
            state = rest;
            let mut node = Node::empty(self.open.mean.len());
            node.count = count[0] as u64;
            node.mean[..self.length].copy_from_slice(mean);
            node.squares[..self.length].copy_from_slice(squares);
            let seen = self.count();
            if self.open.count > 0 || (index == 0 && node.count >= LEAF && !seen.is_multiple_of(node.count)) {
                return Err(Error::range(format!(
                    "Cannot append {} samples to {seen}: wanted a multiple of the former, and whole leaves of {LEAF}",
                    node.count
                )));
            }
            if node.count < LEAF { self.open = node } else { self.carry::<B>(node) }
        }
        Ok(state)
    }

    /// How many samples, their mean, and their variance with divisor `count` (0 for a single sample).
    pub fn finish<B: Backend>(&self) -> (u64, Vec<f64>, Vec<f64>) {
        let mut nodes = self.stack.iter().chain((self.open.count > 0).then_some(&self.open)).rev();
        let mut total = nodes.next().cloned().unwrap_or_else(|| Node::empty(self.open.mean.len()));
        for node in nodes {
            let mut before = node.clone();
            before.merge::<B>(&total);
            total = before;
        }
        let mut variance = total.squares;
        variance.iter_mut().for_each(|sum| *sum /= total.count as f64);
        variance.truncate(self.length);
        total.mean.truncate(self.length);
        (total.count, total.mean, variance)
    }
}

/// The first numbers of a state and the others.
pub(crate) fn split_state(state: &[f64], count: usize) -> Result<(&[f64], &[f64]), Error> {
    let short = || Error::shape(format!("Cannot append samples: got {} numbers, wanted {count} more", state.len()));
    state.split_at_checked(count).ok_or_else(short)
}

fn pairs(values: &mut [f64]) -> impl Iterator<Item = &mut [f64; 2]> {
    values.as_chunks_mut::<2>().0.iter_mut()
}

fn pairs_of(values: &[f64]) -> impl Iterator<Item = &[f64; 2]> {
    values.as_chunks::<2>().0.iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::philox;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn sample(t: u32, length: usize) -> Vec<f32> {
        (0..length).map(|i| 3.0 + philox([t, i as u32, 0, 0], [9, 9])[0] as f32 / 2f32.powi(32)).collect()
    }

    fn run<B: Backend>(count: u32, length: usize) -> (u64, Vec<f64>, Vec<f64>) {
        let mut moments = Moments::new(length);
        (0..count).for_each(|t| moments.push::<B>(&sample(t, length)));
        moments.finish::<B>()
    }

    #[test]
    fn moments_are_those_of_two_passes() {
        for (count, length) in [(1, 1), (2, 3), (31, 2), (32, 1), (33, 5), (64, 4), (1000, 7), (4099, 1)] {
            let (n, mean, variance) = run::<Scalar>(count, length);
            assert_eq!(n, u64::from(count));
            for i in 0..length {
                let values: Vec<f64> = (0..count).map(|t| sample(t, length)[i].into()).collect();
                let exact = values.iter().sum::<f64>() / f64::from(count);
                let squares = values.iter().map(|value| (value - exact).powi(2)).sum::<f64>() / f64::from(count);
                assert!((mean[i] - exact).abs() < 1e-14 * exact);
                assert!((variance[i] - squares).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn stretches_append_to_the_bits_of_one_stream() {
        let length = 3;
        for count in [1, 31, 32, 33, 64, 100, 200, 1000] {
            for stretch in [32, 64, 128, 1024] {
                let mut whole = Moments::new(length);
                for first in (0..count).step_by(stretch) {
                    let mut part = Moments::new(length);
                    let end = count.min(first + stretch as u32);
                    (first..end).for_each(|t| part.push::<Best>(&sample(t, length)));
                    let mut state = Vec::new();
                    part.write_state(&mut state);
                    state.push(7.0);
                    assert_eq!(whole.append::<Best>(&state), Ok(&[7.0][..]));
                }
                assert_eq!(whole.finish::<Best>(), run::<Best>(count, length), "{count} by {stretch}");
                assert_eq!(whole.count(), u64::from(count));
            }
        }
    }

    #[test]
    fn a_stretch_that_is_no_subtree_is_refused() {
        let state_of = |count: u32, length: usize| {
            let mut moments = Moments::new(length);
            (0..count).for_each(|t| moments.push::<Best>(&sample(t, length)));
            let mut state = Vec::new();
            moments.write_state(&mut state);
            (moments, state)
        };
        let refused = |seen: u32, more: u32| state_of(seen, 2).0.append::<Best>(&state_of(more, 2).1).is_err();
        assert!(refused(32, 64) && refused(40, 8) && refused(96, 128));
        assert!(!refused(64, 32) && !refused(0, 100) && !refused(32, 5));
        assert!(state_of(32, 2).0.append::<Best>(&state_of(32, 3).1[..5]).is_err());
    }

    #[test]
    fn the_best_backend_has_the_bits_of_the_scalar_one() {
        assert_eq!(run::<Scalar>(1000, 7), run::<Best>(1000, 7));
    }
}
