//! One step of an optimiser over all parameters.
//!
//! Every weight is moved by itself, so the rules below are the simple loops with four weights to a vector.

use crate::train::optimizer::Optimizer;
use core::ops::Range;
use thinned_lanes::{Backend, F32x4};

/// Weights that an update takes at a time: some milliseconds.
const PIECE_WEIGHTS: usize = 1 << 21;

/// Consecutive weights of a parameter.
#[derive(Clone, Debug)]
pub struct Stretch {
    /// Its number.
    pub parameter: usize,
    /// Their numbers in it.
    pub weights: Range<usize>,
}

/// What an optimiser remembers.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Updates so far.
    pub steps: u32,
    /// By the place in [`Optimizer::memory`], then by parameter.
    pub slots: Vec<Vec<Vec<f32>>>,
}

/// What changes from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// `η`.
    pub learning_rate: f64,
    /// `μ`, in [0, 1).
    pub momentum: f64,
}

impl State {
    /// Before the first step; `starts` is [`Optimizer::memory`].
    pub fn new(starts: &[f32], sizes: impl Iterator<Item = usize> + Clone) -> Self {
        let blank = |&start: &f32| sizes.clone().map(|size| vec![start; size]).collect();
        Self { steps: 0, slots: starts.iter().map(blank).collect() }
    }

    /// Moves `weights`, which are those of a parameter from number `first` on, by their gradient, as update number
    /// [`steps`](Self::steps); a multiple of four of them unless they are the last.
    pub fn update<B: Backend>(
        &mut self,
        rule: Optimizer,
        pace: Pace,
        (parameter, first): (usize, usize),
        weights: &mut [f32],
        gradient: &[f32],
    ) {
        let (steps, has_momentum) =
            (self.steps as i32, pace.momentum != 0.0 || self.slots.len() > rule.memory(false).len());
        let range = first..first + weights.len();
        let mut slots = self.slots.iter_mut().map(|slot| &mut slot[parameter][range.clone()]);
        let mut slot = || slots.next().expect("the state has a slot for each number of the memory");
        let all = |value: f64| B::F32::splat(value as f32);
        let (rate, momentum) = (all(pace.learning_rate), all(pace.momentum));
        match rule {
            Optimizer::Sgd { .. } if !has_momentum => {
                each::<B, 0>(weights, gradient, [], |w, g, []| (w - rate * g, []));
            }
            Optimizer::Sgd { nesterov } => each::<B, 1>(weights, gradient, [slot()], |w, g, [v]| {
                let v = momentum.mul_add(v, g);
                let step = if nesterov { momentum.mul_add(v, g) } else { v };
                (w - rate * step, [v])
            }),
            Optimizer::Adam { beta_1, beta_2, epsilon, weight_decay } => {
                // m̂ = m / (1 − β₁^t) and √v̂ = √v / √(1 − β₂^t), the divisors taken once in double precision.
                let rate = all(pace.learning_rate / (1.0 - beta_1.powi(steps)));
                let root = all(1.0 / (1.0 - beta_2.powi(steps)).sqrt());
                let (keep_1, take_1) = (all(beta_1), all(1.0 - beta_1));
                let (keep_2, take_2) = (all(beta_2), all(1.0 - beta_2));
                let (epsilon, decay) = (all(epsilon), all(1.0 - pace.learning_rate * weight_decay));
                each::<B, 2>(weights, gradient, [slot(), slot()], |w, g, [m, v]| {
                    let m = keep_1.mul_add(m, take_1 * g);
                    let v = keep_2.mul_add(v, take_2 * (g * g));
                    (decay * w - rate * m / v.sqrt().mul_add(root, epsilon), [m, v])
                });
            }
            Optimizer::RmsProp { rho, epsilon, centered } => {
                let (keep, take, epsilon) = (all(rho), all(1.0 - rho), all(epsilon));
                let zero = all(0.0);
                let squares = |s, g| keep.mul_add(s, take * (g * g));
                if !has_momentum && !centered {
                    each::<B, 1>(weights, gradient, [slot()], |w, g, [s]| {
                        let s = squares(s, g);
                        (w - rate * (g / (s.sqrt() + epsilon)), [s])
                    });
                    return;
                }
                // One loop for the rarer forms: without momentum v is the step itself, uncentred nothing is taken off.
                let off = all(f64::from(u8::from(centered)));
                each::<B, 3>(weights, gradient, [slot(), slot(), slot()], |w, g, [s, v, a]| {
                    let (s, a) = (squares(s, g), keep.mul_add(a, take * g));
                    // Rounding can leave a variance a little below zero, of which there is no root.
                    let deviation = zero.max_or_self(s - off * (a * a)).sqrt() + epsilon;
                    let v = momentum.mul_add(v, g / deviation);
                    (w - rate * v, [s, v, a])
                });
            }
            Optimizer::Adagrad { epsilon, .. } => {
                let epsilon = all(epsilon);
                each::<B, 1>(weights, gradient, [slot()], |w, g, [s]| {
                    let s = s + g * g;
                    (w - rate * (g / (s.sqrt() + epsilon)), [s])
                });
            }
        }
    }
}

/// `(weight, slots) ← rule(weight, gradient, slots)` for every weight; the last few in a vector filled up with zeros.
fn each<B: Backend, const N: usize>(
    weights: &mut [f32],
    gradient: &[f32],
    slots: [&mut [f32]; N],
    rule: impl Fn(B::F32, B::F32, [B::F32; N]) -> (B::F32, [B::F32; N]),
) {
    let (quads, rest) = weights.as_chunks_mut::<4>();
    let (gradient_quads, gradient_rest) = gradient.as_chunks::<4>();
    let mut slots = slots.map(|slot| slot.as_chunks_mut::<4>());
    quads_of::<B, N>(quads, gradient_quads, slots.each_mut().map(|(quads, _)| &mut **quads), &rule);

    let filled = |rest: &[f32]| core::array::from_fn::<f32, 4, _>(|lane| rest.get(lane).copied().unwrap_or(0.0));
    let mut last = [filled(rest)];
    let mut last_of_slots = slots.each_ref().map(|(_, rest)| [filled(rest)]);
    quads_of::<B, N>(&mut last, &[filled(gradient_rest)], last_of_slots.each_mut().map(|last| &mut last[..]), &rule);
    rest.copy_from_slice(&last[0][..rest.len()]);
    for ((_, rest), last) in slots.iter_mut().zip(&last_of_slots) {
        rest.copy_from_slice(&last[0][..rest.len()]);
    }
}

// One copy of the loop serves the whole vectors and the last: code is what a page downloads.
#[inline(never)]
fn quads_of<B: Backend, const N: usize>(
    weights: &mut [[f32; 4]],
    gradient: &[[f32; 4]],
    mut slots: [&mut [[f32; 4]]; N],
    rule: &impl Fn(B::F32, B::F32, [B::F32; N]) -> (B::F32, [B::F32; N]),
) {
    for (index, (weight, gradient)) in weights.iter_mut().zip(gradient).enumerate() {
        let state = core::array::from_fn(|slot| B::F32::load(&slots[slot][index]));
        let (moved, state) = rule(B::F32::load(weight), B::F32::load(gradient), state);
        moved.store(weight);
        for (slot, state) in slots.iter_mut().zip(state) {
            state.store(&mut slot[index]);
        }
    }
}

/// Cuts the parameters that move into pieces of so many weights, one parameter after the other.
pub fn pieces(parameters: impl Iterator<Item = (usize, bool)>) -> Vec<Vec<Stretch>> {
    let (mut pieces, mut piece, mut room) = (Vec::new(), Vec::new(), PIECE_WEIGHTS);
    for (parameter, (size, _)) in parameters.enumerate().filter(|(_, (_, moves))| *moves) {
        let mut first = 0;
        while first < size {
            let end = size.min(first + room);
            piece.push(Stretch { parameter, weights: first..end });
            // A multiple of four, so that vectors are the same whatever the cuts.
            room -= (end - first).next_multiple_of(4);
            first = end;
            if room == 0 {
                pieces.push(core::mem::take(&mut piece));
                room = PIECE_WEIGHTS;
            }
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::philox;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const RULES: [(Optimizer, f64); 9] = [
        (Optimizer::Sgd { nesterov: false }, 0.0),
        (Optimizer::Sgd { nesterov: false }, 0.9),
        (Optimizer::Sgd { nesterov: true }, 0.9),
        (Optimizer::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, weight_decay: 0.0 }, 0.0),
        (Optimizer::Adam { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, weight_decay: 0.1 }, 0.0),
        (Optimizer::RmsProp { rho: 0.9, epsilon: 1e-7, centered: false }, 0.0),
        (Optimizer::RmsProp { rho: 0.9, epsilon: 1e-7, centered: true }, 0.0),
        (Optimizer::RmsProp { rho: 0.9, epsilon: 1e-7, centered: true }, 0.5),
        (Optimizer::Adagrad { initial: 0.1, epsilon: 1e-7 }, 0.0),
    ];

    fn noise(length: usize, stream: u32) -> Vec<f32> {
        (0..length).map(|i| philox([i as u32, stream, 0, 0], [1, 2])[0] as i32 as f32 / 2f32.powi(31)).collect()
    }

    fn moved<B: Backend>((rule, momentum): (Optimizer, f64), length: usize, cut: usize) -> Vec<Vec<f32>> {
        let mut parameters = vec![noise(length, 0), noise(3, 1)];
        let mut state = State::new(&rule.memory(momentum != 0.0), [length, 3].into_iter());
        for step in 0..5 {
            let gradients = vec![noise(length, 2 + step), noise(3, 9 + step)];
            let pace = Pace { learning_rate: 0.1 / f64::from(step + 1), momentum };
            state.steps += 1;
            for (parameter, (weights, gradient)) in parameters.iter_mut().zip(&gradients).enumerate() {
                let cut = cut.min(weights.len());
                for (first, end) in [(0, cut), (cut, weights.len())] {
                    let place = (parameter, first);
                    state.update::<B>(rule, pace, place, &mut weights[first..end], &gradient[first..end]);
                }
            }
        }
        parameters
    }

    #[test]
    fn every_length_has_the_bits_of_one_weight_at_a_time() {
        for rule in RULES {
            let all = moved::<Scalar>(rule, 23, 0);
            for length in 0..10 {
                assert_eq!(moved::<Best>(rule, length, 0)[0], all[0][..length], "{rule:?}");
            }
        }
    }

    #[test]
    fn a_cut_after_four_weights_changes_no_bit() {
        for rule in RULES {
            assert_eq!(moved::<Best>(rule, 23, 8), moved::<Best>(rule, 23, 0), "{rule:?}");
        }
    }

    #[test]
    fn every_rule_moves_every_weight() {
        for rule in RULES {
            let (before, after) = (noise(23, 0), moved::<Best>(rule, 23, 0));
            assert!(
                before.iter().zip(&after[0]).all(|(before, after)| after.is_finite() && before != after),
                "{rule:?}"
            );
        }
    }
}
