//! Means and standard deviations of columns.

/// Mean and standard deviation (divisor `rows`) of a column; the deviation of equal numbers is exactly 0.
pub fn mean_and_deviation(column: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let rows = column.clone().count() as f64;
    let largest = column.clone().fold(0.0, |most: f64, value| most.max(value.abs()));
    // Relative to a power of two above the largest, which changes no digit: no difference and no square leaves the range.
    let (_, power) = libm::frexp(largest);
    let column = column.map(|value| libm::ldexp(value, -power));
    let first = column.clone().next().unwrap_or(0.0);
    // Relative to the first number, so that numbers far from zero lose nothing, and equal ones deviate by nothing.
    let mean = column.clone().map(|value| value - first).sum::<f64>() / rows;
    let variance = column.map(|value| (value - first - mean) * (value - first - mean)).sum::<f64>() / rows;
    (libm::ldexp(first + mean, power), libm::ldexp(variance.sqrt(), power))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn equal_numbers_deviate_by_nothing_and_others_by_their_deviation() {
        assert_eq!(mean_and_deviation([0.1; 7].into_iter()), (0.1, 0.0));
        assert_eq!(mean_and_deviation([1e9 + 1.0, 1e9 + 3.0].into_iter()), (1e9 + 2.0, 1.0));
        assert_eq!(mean_and_deviation([0.0; 3].into_iter()), (0.0, 0.0));
        for scale in [1e-300, 1e-200, 1e200, 8e307] {
            assert_eq!(mean_and_deviation([-scale, scale].into_iter()), (0.0, scale));
        }
    }
}
