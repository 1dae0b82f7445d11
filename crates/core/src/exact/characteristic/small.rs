//! Functions of a small argument without cancellation.

/// `e^z − 1`.
pub fn exponential_minus_1((re, im): (f64, f64)) -> (f64, f64) {
    let grown = libm::expm1(re);
    let (sine, cosine) = libm::sincos(0.5 * im);
    (grown - (1.0 + grown) * (2.0 * sine * sine), (1.0 + grown) * (2.0 * sine * cosine))
}

/// `e^z − 1 − z`, to its own accuracy for a small `z`.
pub fn beyond_linear(z: (f64, f64)) -> (f64, f64) {
    if z.0 * z.0 + z.1 * z.1 > 0.25 {
        let grown = exponential_minus_1(z);
        return (grown.0 - z.0, grown.1 - z.1);
    }
    let times = |a: (f64, f64)| (a.0 * z.0 - a.1 * z.1, a.0 * z.1 + a.1 * z.0);
    // Σ z^k / k! from 2 to 16, nested: 1/2 (z² + z³/3 (1 + z/4 (1 + …))).
    let nested = (3..=16).rev().fold((1.0, 0.0), |sum, k| {
        let (re, im) = times(sum);
        (1.0 + re / f64::from(k), im / f64::from(k))
    });
    let (re, im) = times(times(nested));
    (0.5 * re, 0.5 * im)
}

/// `x − sin x`, to its own accuracy for a small `x`.
pub fn sine_defect(x: f64, sine: f64) -> f64 {
    if x.abs() > 1.0 {
        return x - sine;
    }
    // x³/6 (1 − x²/(4·5) (1 − x²/(6·7) (…))) to x¹⁹.
    let square = x * x;
    let nested = (2..=9).rev().fold(1.0, |sum, k| 1.0 - square / f64::from(2 * k * (2 * k + 1)) * sum);
    x * square / 6.0 * nested
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn small_arguments_keep_their_accuracy() {
        for x in [1e-5f64, 1e-3, 0.1, 0.5, 0.999, 1.001, 3.0] {
            let naive = x - x.sin();
            assert!((sine_defect(x, x.sin()) - naive).abs() < 2e-16 * x.max(1.0));
            let (re, im) = beyond_linear((-0.6 * x, 0.8 * x));
            let size = (-0.6 * x).exp();
            let naive = (size * (0.8 * x).cos() - 1.0 + 0.6 * x, size * (0.8 * x).sin() - 0.8 * x);
            assert!((re - naive.0).abs() < 4e-16 && (im - naive.1).abs() < 4e-16, "{x}");
        }
        assert!((sine_defect(1e-5, 1e-5) / (1e-15 / 6.0) - 1.0).abs() < 1e-10);
        let (re, im) = beyond_linear((0.0, 1e-5));
        assert!((re / -0.5e-10 - 1.0).abs() < 1e-9 && (im / (-1e-15 / 6.0) - 1.0).abs() < 1e-9);
    }
}
