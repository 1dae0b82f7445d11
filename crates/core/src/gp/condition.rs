//! The condition number of a factored matrix.

use super::factor::Factor;
use super::tile::{add_scaled, dot};
use crate::random::{Domain, Stream};
use thinned_lanes::Backend;

/// Of either iteration. From a random start the Rayleigh quotient of the power method misses the largest eigenvalue by a part of
/// `0.87·ln(size)/(rounds − 1)` in the mean (Kuczyński and Woźniakowski 1992), here a half of it at most.
const ROUNDS: usize = 16;

/// The ratio of the largest to the smallest eigenvalue of `A = L·Lᵀ`, from below, seldom by more than a factor of two: by the power method
/// for `A` and for its inverse. `O(size²)`. Infinite where it is beyond the range of numbers.
///
/// Both are of `A/s²`, `s²` being a power of four near the largest number of `A`, so that no product leaves the range before the ratio does.
pub fn condition_number<B: Backend>(factor: &Factor) -> f64 {
    let (_, power) = libm::frexp(factor.largest());
    let scaled = |v: &mut [f64], power: i32| v.iter_mut().for_each(|value| *value = libm::ldexp(*value, power));
    let largest = power_method::<B>(factor.size, |v| {
        let mut across = vec![0.0; v.len()];
        scaled(v, -power / 2);
        for (row, &value) in v.iter().enumerate() {
            add_scaled::<B>(&mut across[..=row], value, factor.row(row));
        }
        scaled(&mut across, -power / 2);
        for (row, value) in v.iter_mut().enumerate() {
            *value = dot::<B>(factor.row(row), &across[..=row]);
        }
    });
    let ratio = largest
        * power_method::<B>(factor.size, |v| {
            scaled(v, power / 2);
            factor.solve::<B>(v);
            scaled(v, power / 2);
        });
    // By rounding.
    if ratio < 1.0 { 1.0 } else { ratio }
}

/// The largest eigenvalue of what `multiply` multiplies by, from below.
fn power_method<B: Backend>(size: usize, multiply: impl Fn(&mut [f64])) -> f64 {
    let stream = Stream::new(0, Domain::GaussianProcess, 0, 0, 0);
    let sign = |i: usize| f64::from(stream.block((i / 4) as u32)[i % 4]) / 2_147_483_648.0 - 1.0;
    let mut v: Vec<f64> = (0..size).map(sign).collect();
    let mut quotient = 0.0;
    for _ in 0..ROUNDS {
        let most = v.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        if !most.is_finite() {
            return f64::INFINITY;
        }
        // First by the largest, whose square may be beyond the range.
        v.iter_mut().for_each(|value| *value /= most);
        let length = dot::<B>(&v, &v).sqrt();
        v.iter_mut().for_each(|value| *value /= length);
        let before = v.clone();
        multiply(&mut v);
        quotient = dot::<B>(&before, &v);
    }
    quotient
}
