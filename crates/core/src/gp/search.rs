//! A minimum by L-BFGS, asked for one point at a time.
//!
//! Two-loop recursion over the last few steps (Nocedal and Wright 2006, algorithm 7.4), with halved steps until the value falls
//! enough (Armijo). A pair of steps that has no positive curvature is left out. Whoever asks computes value and gradient: a
//! value that is not finite counts as too high.

/// Steps that are remembered.
const MEMORY: usize = 10;
/// The part of the expected fall that is enough.
const ENOUGH: f64 = 1e-4;
/// A search along a line ends after so many halvings.
const HALVINGS: usize = 30;
/// No coordinate moves further in one step: the coordinates are logarithms, so this is a factor of 20.
const LONGEST: f64 = 3.0;

/// A search for a minimum.
#[derive(Debug)]
pub struct Search {
    best: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    step: f64,
    halvings: usize,
    pairs: Vec<(Vec<f64>, Vec<f64>)>,
    tolerance: f64,
    state: State,
}

/// How a search stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Another point is to be computed.
    Open,
    /// The gradient is below the tolerance.
    Converged,
    /// No step along the last direction made the value smaller: rounding, or a gradient that is wrong.
    Stuck,
}

impl Search {
    /// From `start`, until no derivative is above `tolerance`.
    pub fn new(start: Vec<f64>, tolerance: f64) -> Self {
        let width = start.len();
        Self {
            best: start,
            value: f64::INFINITY,
            gradient: vec![0.0; width],
            direction: vec![0.0; width],
            step: 0.0,
            halvings: 0,
            pairs: Vec::new(),
            tolerance,
            state: State::Open,
        }
    }

    /// Where to compute next: at first the start.
    pub fn point(&self) -> Vec<f64> {
        self.best.iter().zip(&self.direction).map(|(best, direction)| best + self.step * direction).collect()
    }

    /// The best point so far.
    pub fn best(&self) -> &[f64] {
        &self.best
    }

    /// Whether to go on.
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes value and gradient at the point.
    pub fn tell(&mut self, value: f64, gradient: &[f64]) {
        let slope = inner(&self.gradient, &self.direction);
        let first = self.value == f64::INFINITY;
        if !value.is_finite() || (!first && value > self.value + ENOUGH * self.step * slope) {
            self.halvings += 1;
            self.step /= 2.0;
            if first || self.halvings > HALVINGS {
                self.state = State::Stuck;
            }
            return;
        }
        let point = self.point();
        if !first {
            let moved: Vec<f64> = point.iter().zip(&self.best).map(|(to, from)| to - from).collect();
            let turned: Vec<f64> = gradient.iter().zip(&self.gradient).map(|(to, from)| to - from).collect();
            if inner(&moved, &turned) > 1e-10 * inner(&turned, &turned) {
                self.pairs.push((moved, turned));
            }
            if self.pairs.len() > MEMORY {
                self.pairs.remove(0);
            }
        }
        self.best = point;
        self.value = value;
        self.gradient = gradient.to_vec();
        if gradient.iter().all(|slope| slope.abs() <= self.tolerance) {
            self.state = State::Converged;
            self.step = 0.0;
            return;
        }
        self.turn();
    }

    /// Sets the next direction and the first step along it.
    fn turn(&mut self) {
        let mut direction: Vec<f64> = self.gradient.iter().map(|slope| -slope).collect();
        let mut factors = Vec::new();
        for (moved, turned) in self.pairs.iter().rev() {
            let factor = inner(moved, &direction) / inner(moved, turned);
            direction.iter_mut().zip(turned).for_each(|(value, turned)| *value -= factor * turned);
            factors.push(factor);
        }
        let scale = match self.pairs.last() {
            Some((moved, turned)) => inner(moved, turned) / inner(turned, turned),
            None => 1.0 / inner(&self.gradient, &self.gradient).sqrt().max(1.0),
        };
        direction.iter_mut().for_each(|value| *value *= scale);
        for ((moved, turned), factor) in self.pairs.iter().zip(factors.iter().rev()) {
            let back = inner(turned, &direction) / inner(moved, turned);
            direction.iter_mut().zip(moved).for_each(|(value, moved)| *value += (factor - back) * moved);
        }
        let longest = direction.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        self.step = if longest > LONGEST { LONGEST / longest } else { 1.0 };
        self.halvings = 0;
        self.direction = direction;
    }
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
