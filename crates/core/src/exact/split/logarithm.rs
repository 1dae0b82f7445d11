//! The natural logarithm of two `f64` at once.
//!
//! `x = 2^e·(1 + f)` with `1 + f` in `[√½, √2)`, and `log(1 + f) = f − (f²/2 − s·(f²/2 + R(s²)))` with `s = f / (2 + f)` and `R`
//! a minimax polynomial (fdlibm, `e_log.c`, Sun Microsystems 1993). The vocabulary of `lanes` has no bits of an `f64`, so
//! the exponents are taken off lane by lane; the rest, most of the work, runs in both lanes.
//!
//! The error is below `1.5·2^−52·max(|log x|, ¼)`, 1.15 in place of 1.5 as measured by the test. Every operation rounds
//! by itself, so all backends agree bit for bit.

use core::f64::consts::LN_2;
use thinned_lanes::{Backend, F64x2};

/// `R(z) / z`, highest degree first.
const R: [f64; 7] = [
    1.479_819_860_511_658_6e-1,
    1.531_383_769_920_937_3e-1,
    1.818_357_216_161_805e-1,
    2.222_219_843_214_978_4e-1,
    2.857_142_874_366_239e-1,
    3.999_999_999_940_942e-1,
    6.666_666_666_666_735e-1,
];

/// `log x` for normal positive numbers.
#[inline(always)]
pub fn log<B: Backend>(x: B::F64) -> B::F64 {
    let mut mantissas = [0.0; 2];
    x.store(&mut mantissas);
    let mut exponents = [0.0; 2];
    for lane in 0..2 {
        let bits = mantissas[lane].to_bits();
        // The bits of positive doubles ascend with them: below √½ this borrows from the exponent.
        let exponent = (bits.wrapping_sub(core::f64::consts::FRAC_1_SQRT_2.to_bits()) as i64) >> 52;
        mantissas[lane] = f64::from_bits(bits.wrapping_sub((exponent as u64) << 52));
        exponents[lane] = exponent as f64;
    }
    let constant = B::F64::splat;
    let f = B::F64::load(&mantissas) - constant(1.0);
    let s = f / (f + constant(2.0));
    let square = s * s;
    let mut r = constant(R[0]);
    for &coefficient in &R[1..] {
        r = r.mul_add(square, constant(coefficient));
    }
    let half = constant(0.5) * f * f;
    let log = f - (half - s * r.mul_add(square, half));
    B::F64::load(&exponents).mul_add(constant(LN_2), log)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn at<B: Backend>(x: [f64; 2]) -> [f64; 2] {
        let mut lanes = [f64::NAN; 2];
        log::<B>(B::F64::load(&x)).store(&mut lanes);
        lanes
    }

    #[test]
    fn log_is_within_its_error() {
        let mut worst: f64 = 0.0;
        for step in 0..400_000 {
            let x = 1.0 + 1e-18 * libm::exp(f64::from(step) * 9e-4); // to e^318
            let y = 0.5 + f64::from(step) * 1e-5;
            for (found, x) in at::<Scalar>([x, y]).into_iter().zip([x, y]) {
                let exact = libm::log(x);
                worst = worst.max((found - exact).abs() / (f64::EPSILON * exact.abs().max(0.25)));
            }
            assert_eq!(at::<Best>([x, y]), at::<Scalar>([x, y]));
        }
        assert!(worst <= 1.5, "{worst}");
        assert_eq!(at::<Scalar>([1.0, 2.0]), [0.0, LN_2]);
    }
}
