//! Gradients kept from growing too large.

use crate::error::Error;
use thinned_lanes::{Backend, F32x4, F64x2};

/// What is done about a large gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// Nothing.
    None,
    /// Every entry into `[−value, value]`.
    Value(f64),
    /// All gradients together, as one vector, to a length of at most this (Pascanu et al. 2013, algorithm 1): Keras'
    /// `global_clipnorm`. PyTorch divides by the norm + 1e-6.
    Norm(f64),
}

impl Clip {
    /// The clipping of this name; `"none"` takes no limit.
    pub fn parse(name: &str, limit: f64) -> Result<Self, Error> {
        match name {
            "none" => Ok(Self::None),
            "value" | "norm" if !(limit as f32 > 0.0 && (limit as f32).is_finite()) => Err(Error::range(format!(
                "Cannot clip gradients by {name} {limit}, wanted a positive number that float32 can hold"
            ))),
            "value" => Ok(Self::Value(limit)),
            "norm" => Ok(Self::Norm(limit)),
            _ => Err(Error::word(format!("Cannot clip by \"{name}\", wanted \"none\", \"value\" or \"norm\""))),
        }
    }

    /// Clips the gradients of all parameters; what is not finite stays so.
    pub fn apply<B: Backend>(self, gradients: &mut [Vec<f32>]) {
        let mut all = |change: &dyn Fn(f32) -> f32| {
            gradients.iter_mut().flatten().for_each(|entry| *entry = change(*entry));
        };
        match self {
            Self::None => {}
            Self::Value(limit) => {
                let limit = limit as f32;
                all(&|entry| entry.clamp(-limit, limit));
            }
            Self::Norm(limit) => {
                let norm = gradients.iter().map(|gradient| sum_of_squares::<B>(gradient)).sum::<f64>().sqrt();
                if norm > limit {
                    let factor = (limit / norm) as f32;
                    gradients.iter_mut().flatten().for_each(|entry| *entry *= factor);
                }
            }
        }
    }
}

/// `Σ v²` in double precision: four sums of every fourth number, then those.
fn sum_of_squares<B: Backend>(values: &[f32]) -> f64 {
    let (quads, rest) = values.as_chunks::<4>();
    let mut sums = [B::F64::splat(0.0); 2];
    for quad in quads {
        let quad = B::F32::load(quad);
        for (sum, pair) in sums.iter_mut().zip([quad.widen_low(), quad.widen_high()]) {
            *sum = pair.mul_add(pair, *sum);
        }
    }
    let mut lanes = [0.0; 2];
    (sums[0] + sums[1]).store(&mut lanes);
    rest.iter().fold(lanes[0] + lanes[1], |sum, &value| sum + f64::from(value) * f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_norm_of_all_gradients_together_is_limited() {
        let clipped = |limit| {
            let mut gradients = vec![vec![3.0, 0.0, 0.0, 0.0, 0.0], vec![4.0]];
            Clip::Norm(limit).apply::<Best>(&mut gradients);
            gradients
        };
        assert_eq!(clipped(5.0), vec![vec![3.0, 0.0, 0.0, 0.0, 0.0], vec![4.0]]);
        assert_eq!(clipped(2.5), vec![vec![1.5, 0.0, 0.0, 0.0, 0.0], vec![2.0]]);
    }

    #[test]
    fn every_entry_is_limited_and_nan_stays() {
        let mut gradients = vec![vec![3.0, -0.5], vec![-4.0, f32::NAN]];
        Clip::Value(1.0).apply::<Best>(&mut gradients);
        assert_eq!(gradients[0], [1.0, -0.5]);
        assert!(gradients[1][0] == -1.0 && gradients[1][1].is_nan());
    }

    #[test]
    fn backends_agree_on_sums_of_squares() {
        for length in 0..23 {
            let values: Vec<f32> = (0..length).map(|i| (i as f32 + 0.1) * 1e18).collect();
            assert_eq!(sum_of_squares::<Scalar>(&values), sum_of_squares::<Best>(&values));
        }
    }
}
