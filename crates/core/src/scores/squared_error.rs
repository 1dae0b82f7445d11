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

/// The root of that, of numbers of any size: where squares leave the range, or vanish, errors are taken relative to the largest.
pub fn root_mean_squared_error(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let plain = mean_squared_error(pairs.clone()).sqrt();
    if plain.is_nan() || (1e-140..1e140).contains(&plain) {
        return plain;
    }
    // Halves, since a difference may be no number.
    let half = |(output, target): (f64, f64)| 0.5 * output - 0.5 * target;
    let largest = pairs.clone().fold(0.0, |most: f64, pair| most.max(half(pair).abs()));
    if largest == 0.0 {
        return 0.0;
    }
    2.0 * (mean_squared_error(pairs.map(|pair| (half(pair) / largest, 0.0))).sqrt() * largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_root_scales_with_its_numbers() {
        let of = |scale: f64| root_mean_squared_error([(3.0 * scale, 0.0), (0.0, 4.0 * scale)].into_iter());
        for scale in [1e-300, 1e-160, 1.0, 1e160, 1e307] {
            assert!((of(scale) / scale / 12.5f64.sqrt() - 1.0).abs() < 1e-15, "{scale}");
        }
        assert_eq!(of(0.0), 0.0);
        // 2e308 is no number.
        assert_eq!(root_mean_squared_error([(1e308, -1e308)].into_iter()), f64::INFINITY);
    }
}
