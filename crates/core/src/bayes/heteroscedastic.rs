//! The two parts of the variance of a network that predicts its noise.
//!
//! Outputs of sample `t` are means `μ_t` and logarithms of variances `s_t`. By the law of total variance (Kendall and Gal 2017, eq. 9)
//!
//! `Var y = E_t[e^{s_t}] + Var_t[μ_t]`: aleatoric, which more data do not lower, and epistemic, which they do.

use crate::error::Error;

/// Mean, aleatoric and epistemic variance (divisor `T`), each `[rows, width/2]`, of samples `[T, rows, width]`.
///
/// # Errors
/// `Shape` where the samples are not whole rows, or the width is odd.
pub fn parts(samples: &[f32], count: usize, width: usize) -> Result<[Vec<f64>; 3], Error> {
    let size = samples.len().checked_div(count).unwrap_or(0);
    if size == 0 || size * count != samples.len() || !width.is_multiple_of(2) || !size.is_multiple_of(width.max(1)) {
        return Err(Error::shape(format!(
            "Cannot part the variances of {} outputs in {count} samples of rows of {width}, wanted means, then as many \
             logarithms of variances",
            samples.len()
        )));
    }
    let half = width / 2;
    let heads = size / 2;
    let [mut mean, mut aleatoric, mut epistemic] = [(); 3].map(|()| vec![0.0; heads]);
    let at = |sample: &[f32], head: usize, second: usize| {
        f64::from(sample[head / half * width + head % half + second * half])
    };
    // Welford's recursion over the samples.
    for (t, sample) in samples.chunks_exact(size).enumerate() {
        for head in 0..heads {
            let deviation = at(sample, head, 0) - mean[head];
            mean[head] += deviation / (t + 1) as f64;
            epistemic[head] += deviation * (at(sample, head, 0) - mean[head]);
            aleatoric[head] += libm::exp(at(sample, head, 1));
        }
    }
    for value in aleatoric.iter_mut().chain(&mut epistemic) {
        *value /= count as f64;
    }
    Ok([mean, aleatoric, epistemic])
}
