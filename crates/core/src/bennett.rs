//! How far a mean of independent draws may stray, for any distribution: Bennett's inequality, solved for the deviation.
//!
//! Let `X_1 … X_T` be independent draws of one variable with `E(X − m)² ≤ v`, `E X ≤ m` and `X − m ≤ b`. Because
//! `(e^y − 1 − y) / y²` grows with `y`, `E e^{λ(X − m)} ≤ 1 + v (e^{λb} − 1 − λb) / b²` for `λ > 0`, and Markov's inequality for
//! the best `λ` gives (Bennett 1962; Boucheron, Lugosi and Massart, *Concentration inequalities*, theorem 2.9)
//!
//! `P(mean of X − m ≥ d) ≤ exp(−(T v / b²) h(b d / v))`, `h(u) = (1 + u) log(1 + u) − u`.
//!
//! Where `b d ≪ v` this is the normal `exp(−T d² / 2v)`, where `b d ≫ v` the tail of a Poisson count. It holds for every `T`:
//! a normal quantile does not, and is exceeded too often by whatever happens a few times among all draws. No smaller
//! function of `v`, `b` and `T` has the right exponent for both; what is given up against a normal quantile is the factor
//! `1 / (z √(2π))` of its tail, a tenth of `z`.

/// The `d` that is exceeded with a probability of at most `exp(−log_tail)`; 0 where nothing can be exceeded.
///
/// `variance` is `v`, `range` is `b`, both at least 0; a NaN among them gives a NaN.
pub fn deviation(variance: f64, range: f64, samples: f64, log_tail: f64) -> f64 {
    if variance == 0.0 || range == 0.0 {
        return 0.0;
    }
    if variance.is_nan() {
        return variance;
    }
    let bound = variance / range * inverse(log_tail * range * range / (samples * variance));
    // No mean exceeds `b`; and the bound overflows, or is no number, only where it is far beyond that.
    if bound < range { bound } else { range }
}

/// The `u` with `h(u) = y`, from above.
fn inverse(y: f64) -> f64 {
    // Bernstein: h(u) ≥ u² / (2 + 2u/3), whose inverse is therefore on the right of the root. From there Newton's iteration
    // falls monotonically, since h is convex.
    let mut u = y / 3.0 + (y * y / 9.0 + 2.0 * y).sqrt();
    for _ in 0..100 {
        let step = (h(u) - y) / libm::log1p(u);
        if step.is_nan() || step <= 1e-14 * u {
            break;
        }
        u -= step;
    }
    u
}

/// `(1 + u) log(1 + u) − u`.
fn h(u: f64) -> f64 {
    if u < 1e-3 {
        // The closed form loses a factor u of its digits; the terms left out are below u⁴/15 of the sum.
        return u * u * (0.5 - u * (1.0 / 6.0 - u * (1.0 / 12.0 - u / 20.0)));
    }
    (1.0 + u) * libm::log1p(u) - u
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_inverse_is_one_over_thirty_orders_of_magnitude() {
        for exponent in -16..15 {
            let u = 3.7 * 10f64.powi(exponent);
            assert!((inverse(h(u)) / u - 1.0).abs() < 1e-9, "h⁻¹(h({u})) is {}", inverse(h(u)));
        }
        let (below, above) = (h(1e-3 - 1e-12), h(1e-3));
        assert!((above / below - 1.0).abs() < 1e-8, "series and closed form meet");
    }

    /// `P(K ≥ k)` of a binomial count, summed term by term.
    fn binomial_tail(samples: u32, p: f64, k: u32) -> f64 {
        let term = |j: u32| {
            let choose: f64 = (0..j).map(|i| f64::from(samples - i).ln() - f64::from(i + 1).ln()).sum();
            (choose + f64::from(j) * p.ln() + f64::from(samples - j) * (-p).ln_1p()).exp()
        };
        (k..=samples).map(term).sum()
    }

    /// Counts are the worst that there is: the bound holds for them, and is not far above.
    #[test]
    fn no_binomial_tail_exceeds_what_was_promised() {
        for (samples, p) in [(50, 0.5), (200, 0.03), (1000, 1e-4), (1000, 1e-7), (40, 0.999)] {
            for log_tail in [3.0, 8.0, 16.0] {
                let d = deviation(p * (1.0 - p), 1.0 - p, f64::from(samples), log_tail);
                let least = (f64::from(samples) * (p + d) * (1.0 + 1e-12)).ceil() as u32;
                let tail = if least > samples { 0.0 } else { binomial_tail(samples, p, least) };
                assert!(tail <= (-log_tail).exp(), "{samples} draws of {p}: {tail} > e^-{log_tail}");
            }
        }
    }

    #[test]
    fn many_draws_are_normal_and_few_are_bounded_by_the_range() {
        let normal = (2.0f64 * 10.0 / 1e12).sqrt();
        assert!((deviation(1.0, 3.0, 1e12, 10.0) / normal - 1.0).abs() < 1e-5);
        assert_eq!(deviation(1.0, 3.0, 1.0, 1e6), 3.0);
        assert_eq!(deviation(f64::MIN_POSITIVE * f64::EPSILON, 1e150, 1.0, 1e300), 1e150);
        assert_eq!(deviation(0.0, 1.0, 10.0, 10.0), 0.0);
        assert_eq!(deviation(1.0, f64::INFINITY, 10.0, 10.0), f64::INFINITY);
        assert!(deviation(f64::NAN, 1.0, 10.0, 10.0).is_nan() && deviation(1.0, f64::NAN, 10.0, 10.0).is_nan());
    }
}
