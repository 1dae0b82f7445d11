//! A compensated sum.

/// Neumaier's sum (1974): the rounding error of every addition is summed beside it.
///
/// The error of the result is about `u·|Σx| + n·u²·Σ|x|`: independent of the number of terms in practice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// Adds a term.
    #[inline]
    pub fn add(&mut self, term: f64) {
        let total = self.sum + term;
        // What the addition lost, exactly, whichever of the two was larger.
        self.lost += if self.sum.abs() >= term.abs() { (self.sum - total) + term } else { (term - total) + self.sum };
        self.sum = total;
    }

    /// The sum of all terms.
    pub fn total(&self) -> f64 {
        self.sum + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn cancelling_terms_leave_the_small_one() {
        let mut sum = Sum::default();
        [1e100, 1.0, -1e100].into_iter().for_each(|term| sum.add(term));
        assert_eq!(sum.total(), 1.0);
    }
}
