//! Power series of one gate: the cumulants of a Bernoulli variable.

/// Pairs of orders in a series: 0 to 29, even and odd side by side.
pub const PAIRS: usize = 15;

/// What the gates of one rate have in common.
///
/// `y(x) = p e^x / (q + p e^x)` solves `y' = y (1 − y)`. With `y = p (1 + ζ)` this is the Riccati equation
/// `ζ' = q + (q − p) ζ − p ζ²`, `ζ(0) = 0`, whose Taylor coefficients follow from each other without cancellation of `q`
/// against `1 − p`; for `p = ½` every even one is exactly 0. The nearest pole is at `|x| ≥ π`: at `|x| ≤ 0.95` the orders
/// from 30 on are below `2e-17` of `log φ` for each gate, each of which brings `|φ|` down by a tenth.
#[derive(Clone, Debug)]
pub struct Series {
    /// `p`.
    pub keep: f64,
    /// `q`.
    pub rate: f64,
    /// `ζ_0, ζ_1, …`: `e^x / (q + p e^x) = 1 + Σ ζ_m x^m`, what knowing `δ = 1` multiplies `φ` by.
    pub response: [[f64; 2]; PAIRS],
    /// `ℓ_0, ℓ_1, …` without the mean, `ℓ_0 = ℓ_1 = 0`: `log(q + p e^x) = p x + Σ ℓ_m x^m`, `ℓ_m = κ_m / m!`.
    pub logarithm: [[f64; 2]; PAIRS],
}

impl Series {
    /// The series of a gate with these probabilities of keeping and dropping.
    pub fn new(keep: f64, rate: f64) -> Self {
        let mut response = [0.0; 2 * PAIRS];
        let mut logarithm = [0.0; 2 * PAIRS];
        response[1] = rate;
        for m in 1..2 * PAIRS - 1 {
            let square: f64 = (1..m).map(|k| response[k] * response[m - k]).sum();
            response[m + 1] = ((rate - keep) * response[m] - keep * square) / (m + 1) as f64;
            logarithm[m + 1] = keep * response[m] / (m + 1) as f64; // (log(q + p e^x))' = y
        }
        let pairs = |orders: [f64; 2 * PAIRS]| core::array::from_fn(|r| [orders[2 * r], orders[2 * r + 1]]);
        Self { keep, rate, response: pairs(response), logarithm: pairs(logarithm) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn sum(series: &[[f64; 2]; PAIRS], x: f64) -> f64 {
        series.iter().rev().fold(0.0, |sum, [even, odd]| sum * x * x + odd * x + even)
    }

    #[test]
    fn series_are_those_of_the_functions() {
        for p in [0.5, 0.8, 0.01, 1e-6, 1.0 - 1e-6, 0.0, 1.0] {
            let q = 1.0 - p;
            let series = Series::new(p, q);
            for x in [-0.9f64, -0.5, -1e-3, 0.2, 0.9] {
                let odds = q + p * x.exp();
                assert!((sum(&series.response, x) - (x.exp() / odds - 1.0)).abs() < 1e-15, "{p} {x}");
                assert!((sum(&series.logarithm, x) - (odds.ln() - p * x)).abs() < 1e-15, "{p} {x}");
            }
        }
    }

    #[test]
    fn low_orders_keep_their_relative_accuracy() {
        let (p, q) = (1.0 - 1e-12, 1e-12);
        let logarithm = Series::new(p, q).logarithm;
        let exact = [p * q / 2.0, p * q * (q - p) / 6.0];
        assert!((logarithm[1][0] - exact[0]).abs() < 1e-27 && (logarithm[1][1] - exact[1]).abs() < 1e-27);
        assert!(Series::new(0.5, 0.5).logarithm.iter().all(|[_, odd]| *odd == 0.0));
    }
}
