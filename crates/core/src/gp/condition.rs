//! The condition number of a factored matrix.

use super::factor::Factor;
use super::tile::{add_scaled, dot};
use crate::random::{Domain, Stream};
use thinned_lanes::Backend;

/// Of either iteration. From a random start the Rayleigh quotient of the power method misses the largest eigenvalue by a part of
/// `0.87·ln(size)/(rounds − 1)` in the mean (Kuczyński and Woźniakowski 1992), here a half of it at most.
const ROUNDS: usize = 16;

/// The ratio of the largest to the smallest eigenvalue of `A = L·Lᵀ`, from below, seldom by more than a factor of two: by the power method
/// for `A` and for its inverse. `O(size²)`.
pub fn condition_number<B: Backend>(factor: &Factor) -> f64 {
    let largest = power_method::<B>(factor.size, |v| {
        let mut across = vec![0.0; v.len()];
        for (row, &value) in v.iter().enumerate() {
            add_scaled::<B>(&mut across[..=row], value, factor.row(row));
        }
        for (row, value) in v.iter_mut().enumerate() {
            *value = dot::<B>(factor.row(row), &across[..=row]);
        }
    });
    largest * power_method::<B>(factor.size, |v| factor.solve::<B>(v))
}

/// The largest eigenvalue of what `multiply` multiplies by, from below.
fn power_method<B: Backend>(size: usize, multiply: impl Fn(&mut [f64])) -> f64 {
    let stream = Stream::new(0, Domain::GaussianProcess, 0, 0, 0);
    let sign = |i: usize| f64::from(stream.block((i / 4) as u32)[i % 4]) / 2_147_483_648.0 - 1.0;
    let mut v: Vec<f64> = (0..size).map(sign).collect();
    let mut quotient = 0.0;
    for _ in 0..ROUNDS {
        let length = dot::<B>(&v, &v).sqrt();
        v.iter_mut().for_each(|value| *value /= length);
        let before = v.clone();
        multiply(&mut v);
        quotient = dot::<B>(&before, &v);
    }
    quotient
}
