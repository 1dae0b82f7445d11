//! The rounding that leaves an activation function.

use super::{LEAST, SINGLE};
use crate::activation::Activation;

/// What the steps of an activation lose below the normal numbers, in multiples of `λ`: each of its few results one, the
/// tail of a GELU, lost where `|S| < 16`, as many as it is multiplied by.
const STEPS: f64 = 16.0;

/// Carries squares through the activation of their layer: `f² = (slope·f_S)² + (k·u·|O|)² + (16 L λ)²`, `k` the roundings of
/// the function, in its tails those of the exponent too, and `L` its Lipschitz constant, 1 at the least. `channels` units share a softmax.
pub(super) fn through(activation: Activation, squares: &[f64], values: &[f64], channels: usize) -> Vec<f64> {
    let least = (STEPS * LEAST * activation.lipschitz().max(1.0)).powi(2);
    // What lies in an interval is never off by more than its length, however large the pre-activations.
    // An exponent is off by `u` times itself: `X = λS − ln c`, or `S²/2` where `Φ` falls off like `e^(−S²/2)`.
    let depth = |value: f64| if value.abs() > 0.0 { -libm::log(value.abs()).min(0.0) } else { 0.0 };
    let exponent = |value: f64| match activation {
        Activation::Sigmoid { c, .. } => 1.0 + depth(value) + 2.0 * libm::log(c).abs(),
        Activation::Gelu => 4.0 * depth(value),
        _ => 0.0,
    };
    let (roundings, length) = match activation {
        Activation::Linear | Activation::Relu => return squares.to_vec(),
        Activation::LeakyRelu { .. } | Activation::Elu { .. } | Activation::Gelu | Activation::Softplus => {
            (8.0, f64::INFINITY)
        }
        Activation::Sigmoid { .. } => (4.0, 1.0),
        Activation::Tanh => (4.0, 2.0),
        Activation::Softmax => {
            let rows = squares.chunks_exact(channels).zip(values.chunks_exact(channels));
            return rows.flat_map(|(squares, values)| softmax(squares, values, least)).collect();
        }
    };
    let slope = activation.lipschitz().powi(2);
    let one = |(square, value): (&f64, &f64)| {
        (square * slope + ((roundings + exponent(*value)) * SINGLE * value).powi(2) + least).min(length * length)
    };
    squares.iter().zip(values).map(one).collect()
}

/// `e^(S_k − max S) / Σ_j e^(S_j − max S)`.
///
/// * From the pre-activations `|∂O_k| ≤ 2·O_k(1 − O_k)·max|∂S|`.
/// * The difference is rounded before it is raised, `u·(max S − S_k)` relative, which is `u·ln(max O / O_k)`.
/// * The sum in order has the relative error `u·Σ_k P_k`, `P_k` the partial sums of the activities, which end at 1.
fn softmax(squares: &[f64], values: &[f64], least: f64) -> Vec<f64> {
    let largest = squares.iter().copied().fold(0.0, f64::max);
    let peak = values.iter().copied().fold(0.0, f64::max);
    let mut sum = 0.0;
    let partial: f64 = values.iter().map(|value| (sum += value, sum).1).sum();
    let one = |&value: &f64| {
        let depth = if value > 0.0 { libm::log(peak / value) } else { 0.0 };
        let own = SINGLE * value * (8.0 + depth + partial);
        (largest * (2.0 * value * (1.0 - value)).powi(2) + own.powi(2) + least).min(1.0)
    };
    values.iter().map(one).collect()
}
