//! The joint statistics of a layer: covariances of its units, and the entropies of a classifier.
//!
//! `Cov(O_i, O_j) = E d_i d_j − E d_i E d_j` with `d = O − O*`, over all subnetworks of the gates above any of the units, block by
//! block; of a linear network from its covariances ([`crate::exact::linear_network`]) at any width. For class
//! probabilities `H[E O]`, `E H[O]` and their difference, the mutual information of class and subnetwork (Houlsby et al. 2011).
//! Memory `O(units²)`, cost `O(2^n · units²)` beside the passes.

use crate::activation::Activation;
use crate::entropy::{Classes, entropy};
use crate::exact::blocks::{Blocks, LANES, Lanes};
use crate::exact::rounding::bounds;
use crate::exact::shares::Shares;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::sum::Sum;
use crate::exact::upstream::Gate;
use crate::network::{Graph, Network};

/// Covariances and entropies of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct JointMoments {
    /// `[units, units]`.
    pub covariance: Vec<f64>,
    /// `H[E O]` and `E H[O]` in nats, for class probabilities.
    pub entropies: Option<(f64, f64)>,
    /// An absolute bound on the rounding of all of them.
    pub error_bound: f64,
}

/// Masks of a share, at least.
const LEAST_SHARE: u64 = 1 << 18;

/// A walk over all subnetworks of one row, advanced step by step; steps never change a bit.
#[derive(Clone, Debug)]
pub struct JointWalk {
    blocks: Blocks,
    shares: Shares,
    is_placed: bool, // whether the block at hand is the next
    target: usize,
    classes: Option<Classes>,
    centers: Vec<f64>,
    differences: Vec<Lanes>, // [units], of the block at hand
    weighted: Vec<Lanes>,    // [units], times the probabilities
    firsts: Vec<Sum>,        // [units]
    products: Vec<Sum>,      // of i <= j, row by row
    entropy: Sum,
    error_bound: f64,
}

/// How the units of a layer name a distribution over classes, if they do.
pub fn classes(graph: &Graph, target: usize) -> Option<Classes> {
    match graph.layer_activation(target) {
        Some(Activation::Softmax) => Some(Classes::Categorical),
        Some(Activation::Sigmoid { .. }) if graph.nodes[target].width == 1 => Some(Classes::Binary),
        _ => None,
    }
}

impl JointWalk {
    /// A walk from `deterministic` over the at most 62 gates above its target.
    pub fn new(network: &Network, gates: &[Gate], x: &[f32], deterministic: &Subnetwork) -> Self {
        let target = deterministic.target();
        let centers = deterministic.values[target].clone();
        let units = centers.len();
        Self {
            blocks: Blocks::new(network, &[target], gates, deterministic),
            shares: Shares::new(1 << gates.len(), LEAST_SHARE, units + units * (units + 1) / 2 + 1),
            is_placed: true,
            target,
            classes: classes(&network.graph, target),
            differences: vec![[0.0; LANES]; units],
            weighted: vec![[0.0; LANES]; units],
            firsts: vec![Sum::default(); units],
            products: vec![Sum::default(); units * (units + 1) / 2],
            entropy: Sum::default(),
            centers,
            error_bound: 2.0 * bounds(network, target, gates.len() + LANES, x).moments(),
        }
    }

    /// Masks left.
    pub fn remaining(&self) -> f64 {
        self.shares.left() as f64
    }

    /// What others can compute.
    pub fn shares(&mut self) -> &mut Shares {
        &mut self.shares
    }

    /// Leaves only these shares to be computed.
    pub fn restrict(&mut self, shares: core::ops::Range<usize>) {
        self.shares.restrict(shares);
        self.is_placed = false;
        self.clear();
    }

    fn sums(&mut self) -> impl Iterator<Item = &mut Sum> {
        self.firsts.iter_mut().chain(&mut self.products).chain([&mut self.entropy])
    }

    fn clear(&mut self) {
        self.sums().for_each(|sum| *sum = Sum::default());
    }

    /// Takes about as many masks more; returns how many it took.
    pub fn step(&mut self, network: &Network, masks: u64) -> u64 {
        let before = self.shares.left();
        while self.shares.left() > 0 && before - self.shares.left() < masks {
            if !self.is_placed {
                self.blocks.place(network, self.shares.next());
                self.is_placed = true;
            }
            self.add();
            if self.shares.take(self.blocks.masks() as u64) {
                let numbers = self.sums().map(|sum| sum.total()).collect();
                self.shares.put(numbers);
                self.clear();
            }
            if self.shares.left() > 0 {
                self.blocks.advance(network);
            }
        }
        before - self.shares.left()
    }

    fn add(&mut self) {
        let probabilities: Lanes = core::array::from_fn(|lane| self.blocks.probability(lane));
        let mut entropies = 0.0;
        if let Some(classes) = self.classes {
            for lane in 0..self.blocks.masks() {
                let units = (0..self.centers.len()).map(|unit| match self.blocks.unit(self.target, unit) {
                    Ok(lanes) => lanes[lane],
                    Err(value) => value,
                });
                entropies += probabilities[lane] * entropy(classes, units);
            }
        }
        self.entropy.add(entropies);
        for (unit, center) in self.centers.iter().enumerate() {
            let (difference, weighted) = (&mut self.differences[unit], &mut self.weighted[unit]);
            match self.blocks.unit(self.target, unit) {
                Ok(lanes) => difference.iter_mut().zip(lanes).for_each(|(to, value)| *to = value - center),
                Err(value) => difference.fill(value - center),
            }
            weighted.iter_mut().zip(difference.iter().zip(&probabilities)).for_each(|(to, (d, p))| *to = d * p);
            self.firsts[unit].add(weighted.iter().sum());
        }
        let mut products = self.products.iter_mut();
        for (unit, weighted) in self.weighted.iter().enumerate() {
            for (difference, product) in self.differences[unit..].iter().zip(&mut products) {
                product.add(dot(weighted, difference));
            }
        }
    }

    /// The joint statistics, after the last mask.
    pub fn finish(&mut self) -> JointMoments {
        let units = self.centers.len();
        self.clear();
        for share in 0..self.shares.count() {
            let numbers = self.shares.sums(share..share + 1);
            self.sums().zip(numbers).for_each(|(sum, number)| sum.add(number));
        }
        let firsts: Vec<f64> = self.firsts.iter().map(Sum::total).collect();
        let mut covariance = vec![0.0; units * units];
        let mut products = self.products.iter().map(Sum::total);
        for i in 0..units {
            for (j, product) in (i..units).zip(&mut products) {
                let value = product - firsts[i] * firsts[j];
                (covariance[i * units + j], covariance[j * units + i]) = (value, value);
            }
        }
        let means = || self.centers.iter().zip(&firsts).map(|(center, first)| center + first);
        let entropies = self.classes.map(|classes| (entropy(classes, means()), self.entropy.total()));
        // The slope of −p log p at p = e is −1 − log e, and no error makes more than it does there.
        let e = self.error_bound.max(f64::MIN_POSITIVE);
        let slope = if entropies.is_some() { (units + 1) as f64 * (1.0 - libm::log(e)).max(1.0) } else { 1.0 };
        JointMoments { covariance, entropies, error_bound: self.error_bound * slope }
    }
}

/// `Σ a b` over the lanes, in four sums.
fn dot(a: &Lanes, b: &Lanes) -> f64 {
    let mut sums = [0.0; 4];
    for (a, b) in a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0) {
        for k in 0..4 {
            sums[k] += a[k] * b[k];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
