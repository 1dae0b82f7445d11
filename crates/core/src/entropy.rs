//! Uncertainty of a classifier from its sampled class probabilities.
//!
//! With `p_t` the probabilities of subnetwork `t`: predictive entropy `H[E p]`, expected entropy `E[H p]`, mutual
//! information their difference (BALD; Houlsby et al. 2011), variation ratio `1 − (share of the most frequent class)`.
//! Entropies are in nats. One logistic unit is the Bernoulli distribution `(O, 1 − O)`.

/// How a row of activities names a distribution over classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classes {
    /// The row is the distribution (softmax).
    Categorical,
    /// The row is one probability (a single logistic unit).
    Binary,
}

/// `−Σ p log p` of one row, with `0 log 0 = 0`; NaN stays NaN.
pub fn entropy(classes: Classes, row: impl IntoIterator<Item = f64>) -> f64 {
    let term = |p: f64| if p == 0.0 { 0.0 } else { -p * libm::log(p) };
    // From 0: `sum` begins with −0, and stays there over a single certain class, whose term is −0.
    row.into_iter().fold(0.0, |sum, p| match classes {
        Classes::Categorical => sum + term(p),
        Classes::Binary => sum + (term(p) + term(1.0 - p)),
    })
}

/// The class that a row votes for: the first of the largest, or whether the one probability is above ½.
pub fn vote<Value: Copy + PartialOrd + From<f32>>(classes: Classes, row: &[Value]) -> usize {
    match classes {
        Classes::Binary => usize::from(row[0] > Value::from(0.5)),
        Classes::Categorical => {
            let mut best = 0;
            for class in 1..row.len() {
                if row[class] > row[best] {
                    best = class;
                }
            }
            best
        }
    }
}

/// Classes that [`vote`] can name for rows of this width.
pub fn class_count(classes: Classes, width: usize) -> usize {
    match classes {
        Classes::Binary => 2,
        Classes::Categorical => width,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn entropy_of_certainty_is_zero_and_of_the_uniform_is_log_k() {
        assert_eq!(entropy(Classes::Categorical, [0.0, 1.0, 0.0]), 0.0);
        assert!((entropy(Classes::Categorical, [0.25; 4]) - 4f64.ln()).abs() < 1e-15);
        assert!((entropy(Classes::Binary, [0.5]) - 2f64.ln()).abs() < 1e-15);
        assert_eq!(entropy(Classes::Binary, [1.0]), 0.0);
        assert!(entropy(Classes::Categorical, [f64::NAN, 1.0]).is_nan());
        assert_eq!(entropy(Classes::Categorical, [1.0]).to_bits(), 0f64.to_bits(), "no −0");
        assert_eq!(entropy(Classes::Categorical, [1.0, 0.0]).to_bits(), 0f64.to_bits(), "no −0");
    }

    #[test]
    fn a_tie_votes_for_the_first() {
        assert_eq!(vote(Classes::Categorical, &[0.2f32, 0.4, 0.4]), 1);
        assert_eq!(vote(Classes::Binary, &[0.5f64]), 0);
    }
}
