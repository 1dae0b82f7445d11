//! Initial weights: a pure function of the seed and the parameter's place in the network.

use crate::random::{Domain, Stream};

/// A kernel `[inputs, units]` uniform in `±√(6 / (inputs + units))` (Glorot and Bengio 2010, eq. 16; Keras' default).
///
/// Weight `k` is word `k mod 4` of block `k div 4` of the initialisation stream of this parameter; the 24 high bits of
/// a word make a uniform number at the centre of one of 2^24 equal intervals, so no weight is exactly at an end. Nothing is
/// returned when there is no memory for it.
pub fn glorot_uniform(inputs: usize, units: usize, seed: u64, parameter: u32) -> Option<Vec<f32>> {
    let limit = (6.0 / (inputs + units) as f64).sqrt();
    let stream = Stream::new(seed, Domain::Initialization, parameter, 0, 0);
    let mut kernel = Vec::new();
    // Room for the last block in full.
    kernel.try_reserve_exact((inputs * units).next_multiple_of(4)).ok()?;
    for block in 0..(inputs * units).div_ceil(4) {
        for word in stream.block(block as u32) {
            let uniform = (f64::from(word >> 8) + 0.5) / f64::from(1 << 24);
            kernel.push(((2.0 * uniform - 1.0) * limit) as f32);
        }
    }
    kernel.truncate(inputs * units);
    Some(kernel)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn weights_fill_the_range_and_depend_on_seed_and_place() {
        let kernel = glorot_uniform(30, 20, 1, 0).unwrap();
        let limit = (6.0f32 / 50.0).sqrt();
        assert!(kernel.iter().all(|weight| weight.abs() < limit));
        assert!(kernel.iter().any(|weight| *weight > 0.95 * limit));
        assert!(kernel.iter().any(|weight| *weight < -0.95 * limit));
        let mean = kernel.iter().sum::<f32>() / 600.0;
        assert!(mean.abs() < 4.0 * limit / (3.0f32 * 600.0).sqrt());
        assert_ne!(Some(&kernel), glorot_uniform(30, 20, 2, 0).as_ref());
        assert_ne!(Some(&kernel), glorot_uniform(30, 20, 1, 1).as_ref());
    }
}
