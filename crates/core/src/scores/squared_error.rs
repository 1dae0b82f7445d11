//! The squared error, over everything that has a target.

/// The mean of `(O − t)²`; NaN of nothing.
pub fn mean_squared_error(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (output, target) in pairs {
        sum += (output - target) * (output - target);
        count += 1.0;
    }
    sum / count
}
