//! The Brier score: the squared distance of probabilities from what came to pass (Brier 1950).

use super::labelled::Labelled;

/// The mean over rows of `Σ_c (p_c − [c = y])²`, in [0, 2]; of one probability a row `(p − y)²`, half of what its two classes give.
pub fn brier(labelled: Labelled) -> f64 {
    labelled.mean(|row, label| {
        // One probability is compared with the label itself.
        let class = if row.len() == 1 { label.wrapping_sub(1) } else { label };
        let error = |(c, p): (usize, &f64)| p - f64::from(u8::from(c == class));
        row.iter().enumerate().map(error).map(|error| error * error).sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn one_probability_counts_half_of_two() {
        let of = |values: &[f64], width, labels: &[u32]| brier(Labelled::new(values, width, labels).unwrap());
        assert_eq!(of(&[0.75, 0.25], 2, &[1]), 1.125);
        assert_eq!(of(&[0.25], 1, &[1]), 0.5625);
        assert_eq!(of(&[0.25], 1, &[0]), 0.0625);
        assert_eq!(of(&[0.0, 1.0, 0.0, 0.0, 1.0, 0.0], 3, &[1, 0]), 1.0);
    }
}
