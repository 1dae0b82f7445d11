//! The exponential of four `f32` at once, and what is built from it: sigmoid, tanh and the smooth rectifiers.
//!
//! `e^x = 2^n · e^r` with `n` the integer nearest to `x / ln 2` and `|r| ≤ ½ ln 2` (Cody and Waite 1980). `ln 2` is
//! split in two constants, the first of which times any `n` is exact, so `r` keeps its bits. `e^r` is a polynomial of
//! degree 6 (minimax, Cephes `expf`). `2^n` is multiplied in two steps, since `n` reaches beyond the exponents of
//! normal numbers at both ends: subnormal results round once, overflow becomes infinity.
//!
//! Maximum error over all arguments, measured against double precision by the tests, results in the subnormal range
//! included: 2 ulp for the exponential, sigmoid and tanh, 4 for `e^x − 1` and softplus. GELU is within 3e-7 of its
//! argument; far down its tail, where it is 1e-32, that leaves 300 ulp. Every operation is lane-wise with two roundings, so all backends agree bit for bit.

use thinned_lanes::{Backend, F32x4, U32x4};

/// Above this, `e^x` overflows `f32` whatever the rounding.
const OVERFLOW: f32 = 89.0;
/// Below this, `e^x` is nearer to 0 than to the least subnormal.
const UNDERFLOW: f32 = -104.0;
/// Adding this to a number of magnitude below 2^22 rounds it to an integer, ties to even, which the low bits then hold.
const ROUNDER: f32 = 12_582_912.0; // 1.5 · 2^23
/// `1 / ln 2`; [`ROUNDER`]; minus the two parts of `ln 2`; `(e^r − 1 − r) / r²`, highest degree first.
static EXP: [f32; 10] = [
    core::f32::consts::LOG2_E,
    ROUNDER,
    -0.693_359_4,
    2.121_944_4e-4,
    1.987_569_1e-4,
    1.398_2e-3,
    8.333_452e-3,
    4.166_579_6e-2,
    1.666_666_5e-1,
    0.5,
];
/// Below this magnitude `tanh` is taken from its odd polynomial, above from the exponential.
const TANH_SPLIT: f32 = 0.625;
/// `(tanh x − x) / x³` in powers of `x²`, highest degree first (Cephes `tanhf`).
const TANH_TAIL: [f32; 5] = [-5.704_988_7e-3, 2.063_909e-2, -5.373_971_5e-2, 1.333_144_2e-1, -3.333_328e-1];

/// `(2 artanh s) / s` in powers of `s²`, highest degree first: `log(1 + t)` for `s = t / (2 + t)`, `s² <= 1/9`.
const LOG_SERIES: [f32; 8] = [2.0 / 15.0, 2.0 / 13.0, 2.0 / 11.0, 2.0 / 9.0, 2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0, 2.0];

/// The exponent of `erfc` in powers of `t`, highest degree first.
const ERFC_TAIL: [f32; 10] = [
    0.170_872_77,
    -0.822_152_23,
    1.488_515_9,
    -1.135_204,
    0.278_868_07,
    -0.186_288_06,
    0.096_784_18,
    0.374_091_96,
    1.000_023_7,
    -1.265_512_2,
];

#[inline(always)]
fn polynomial<B: Backend, const N: usize>(x: B::F32, coefficients: [f32; N]) -> B::F32 {
    let mut value = B::F32::splat(coefficients[0]);
    for &coefficient in &coefficients[1..] {
        value = value.mul_add(x, B::F32::splat(coefficient));
    }
    value
}

/// `2^n` for integers `n` in [-126, 127], as two's complement bits.
#[inline(always)]
fn power_of_two<B: Backend>(n: B::U32) -> B::F32 {
    B::F32::from_bits((n + B::U32::splat(127)).shift_left(23))
}

/// `e^x` as `(n, e^r)` for `x = n ln 2 + r`, `n` in the low bits of the first; `x` within the exponents of `f32` twice over.
#[inline(always)]
fn exp_parts<B: Backend>(x: B::F32) -> (B::U32, B::F32) {
    // Engines make a vector constant by three instructions wherever it is used; from memory, which the compiler must not
    // see through, it is one.
    let [log2_e, rounder, high, low, tail @ ..] = core::hint::black_box(&EXP);
    let rounder = B::F32::load_splat(rounder);
    let rounded = x * B::F32::load_splat(log2_e) + rounder;
    let n = rounded - rounder;
    let r = n.mul_add(B::F32::load_splat(high), x);
    let r = n.mul_add(B::F32::load_splat(low), r);
    let [first, rest @ ..] = tail;
    let tail = rest.iter().fold(B::F32::load_splat(first), |sum, next| sum.mul_add(r, B::F32::load_splat(next)));
    (rounded.to_bits(), (r * r).mul_add(tail, r) + B::F32::splat(1.0))
}

/// `e^x`; NaN stays NaN.
#[inline(always)]
pub fn exp<B: Backend>(x: B::F32) -> B::F32 {
    // A NaN in x stays where it is compared as the first.
    let bounded = x.max_or_self(B::F32::splat(UNDERFLOW));
    let bounded = -(-bounded).max_or_self(B::F32::splat(-OVERFLOW));
    let (n, mantissa) = exp_parts::<B>(bounded);
    let exponent = n.shift_left(16).shift_right_signed(16);
    let half = exponent.shift_right_signed(1);
    let rest = exponent + (half ^ B::U32::splat(u32::MAX)) + B::U32::splat(1); // exponent - half
    mantissa * power_of_two::<B>(half) * power_of_two::<B>(rest)
}

/// `e^x` for `x ≤ 0`: the power of two is applied in steps of `2^(n + 64)`, which is normal, and `2^-64`.
#[inline(always)]
fn exp_of_negative<B: Backend>(x: B::F32) -> B::F32 {
    let (n, mantissa) = exp_parts::<B>(x.max_or_self(B::F32::splat(UNDERFLOW)));
    let scale = B::F32::from_bits(n.shift_left(23) + B::U32::splat((127 + 64) << 23));
    mantissa * scale * B::F32::splat(1.0 / (1u128 << 64) as f32)
}

/// `1 / (1 + e^-x)`, from `t = e^-|x|` so that neither end loses its small values: `1 / (1 + t)` or `t / (1 + t)`.
///
/// The rounding error of `1 + t` is known exactly (Dekker 1971, `1 >= t`) and taken out of the quotient to first order,
/// which keeps the sum of all errors below 2 ulp.
#[inline(always)]
pub fn sigmoid<B: Backend>(x: B::F32) -> B::F32 {
    let one = B::F32::splat(1.0);
    let negative = x.less_than(B::F32::splat(0.0));
    let decayed = exp_of_negative::<B>(-x.abs());
    let divisor = one + decayed;
    let lost = decayed - (divisor - one);
    let quotient = decayed.select(one, negative) / divisor;
    let reciprocal = (one - quotient).select(quotient, negative); // of the divisor, nearly
    quotient - quotient * (reciprocal * lost)
}

/// `tanh x`.
#[inline(always)]
pub fn tanh<B: Backend>(x: B::F32) -> B::F32 {
    let magnitude = x.abs();
    let square = x * x;
    let small = (square * x).mul_add(polynomial::<B, 5>(square, TANH_TAIL), x);
    let two = B::F32::splat(2.0);
    let large = B::F32::splat(1.0) - two / (exp::<B>(two * magnitude) + B::F32::splat(1.0));
    let signed = (-large).select(large, x.less_than(B::F32::splat(0.0)));
    small.select(signed, magnitude.less_than(B::F32::splat(TANH_SPLIT)))
}

/// `e^x − 1` without cancellation: `2t / (1 − t)` with `t = tanh ½x`. For arguments up to 0; those above overflow early.
#[inline(always)]
pub fn exp_minus_one<B: Backend>(x: B::F32) -> B::F32 {
    let t = tanh::<B>(x * B::F32::splat(0.5));
    (t + t) / (B::F32::splat(1.0) - t)
}

/// `log(1 + e^x) = max(x, 0) + log(1 + e^−|x|)`.
#[inline(always)]
pub fn softplus<B: Backend>(x: B::F32) -> B::F32 {
    let decayed = exp::<B>(-x.abs());
    let s = decayed / (B::F32::splat(2.0) + decayed);
    x.max_or_self(B::F32::splat(0.0)) + s * polynomial::<B, 8>(s * s, LOG_SERIES)
}

/// `x Φ(x)`, with `Φ(x) = ½ erfc(−x/√2)` and `erfc(z) = t·e^(−z² + q(t))`, `t = 1 / (1 + z/2)`, for `z = |x|/√2` (Press et
/// al., *Numerical recipes*, §6.2): Φ keeps a relative error of 3e-5 in its lower tail, where `1 + erf` would lose it: the
/// exponent, of up to 100, is rounded before it is raised.
#[inline(always)]
pub fn gelu<B: Backend>(x: B::F32) -> B::F32 {
    let one = B::F32::splat(1.0);
    let z = x.abs() * B::F32::splat(core::f32::consts::FRAC_1_SQRT_2);
    let t = one / z.mul_add(B::F32::splat(0.5), one);
    let tail = B::F32::splat(0.5) * t * exp::<B>(polynomial::<B, 10>(t, ERFC_TAIL) - z * z);
    x * tail.select(one - tail, x.less_than(B::F32::splat(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    type Vector = <Scalar as Backend>::F32;

    /// The error of `actual` in units of the last place of the nearest `f32` to `exact`.
    fn ulps(actual: f32, exact: f64) -> f64 {
        let nearest = exact as f32;
        if actual == nearest {
            return 0.0;
        }
        let ulp = f64::from(f32::from_bits(nearest.abs().to_bits() + 1)) - f64::from(nearest.abs());
        (f64::from(actual) - exact).abs() / ulp
    }

    fn worst(stride: usize, function: impl Fn(Vector) -> Vector, exact: impl Fn(f64) -> f64) -> (f64, f32) {
        let mut worst = (0.0, 0.0);
        for bits in (0..=u64::from(u32::MAX)).step_by(stride) {
            let x = f32::from_bits(bits as u32);
            if x.is_nan() {
                continue;
            }
            let mut lanes = [0.0; 4];
            function(Vector::splat(x)).store(&mut lanes);
            let error = ulps(lanes[0], exact(f64::from(x)));
            if error.is_nan() || error > worst.0 {
                worst = (error, x);
            }
        }
        worst
    }

    /// Every argument in the full test run; a stride prime to powers of two otherwise.
    fn stride() -> usize {
        if std::env::var_os("THINNED_FULL").is_some() { 1 } else { 4_099 }
    }

    #[test]
    fn exp_is_within_two_ulp() {
        let (error, x) = worst(stride(), exp::<Scalar>, libm::exp);
        assert!(error <= 2.0, "{error} ulp at {x:e}");
    }

    #[test]
    fn sigmoid_is_within_two_ulp() {
        let exact = |x: f64| if x < 0.0 { libm::exp(x) / (1.0 + libm::exp(x)) } else { 1.0 / (1.0 + libm::exp(-x)) };
        let (error, x) = worst(stride(), sigmoid::<Scalar>, exact);
        assert!(error <= 2.0, "{error} ulp at {x:e}");
    }

    #[test]
    fn tanh_is_within_two_ulp() {
        let (error, x) = worst(stride(), tanh::<Scalar>, libm::tanh);
        assert!(error <= 2.0, "{error} ulp at {x:e}");
    }

    #[test]
    fn exp_minus_one_of_arguments_up_to_0_is_within_four_ulp() {
        let function = |x: Vector| exp_minus_one::<Scalar>(-(-x).max_or_self(Vector::splat(0.0)));
        let (error, x) = worst(stride(), function, |x| libm::expm1(x.min(0.0)));
        assert!(error <= 4.0, "{error} ulp at {x:e}");
    }

    #[test]
    fn softplus_is_within_four_ulp() {
        let exact = |x: f64| x.max(0.0) + libm::log1p(libm::exp(-x.abs()));
        let (error, x) = worst(stride(), softplus::<Scalar>, exact);
        assert!(error <= 4.0, "{error} ulp at {x:e}");
    }

    fn exact_gelu(x: f64) -> f64 {
        if x == f64::NEG_INFINITY { 0.0 } else { 0.5 * x * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2) }
    }

    #[test]
    fn gelu_is_within_300_ulp_and_within_3e_7_of_its_argument() {
        let (error, x) = worst(stride(), gelu::<Scalar>, exact_gelu);
        assert!(error <= 300.0, "{error} ulp at {x:e}");
        for bits in (0..=f32::INFINITY.to_bits() - 1).step_by(9_973).chain([(-3.0f32).to_bits(), 2.5f32.to_bits()]) {
            for x in [f32::from_bits(bits), -f32::from_bits(bits)] {
                let mut lanes = [0.0; 4];
                gelu::<Scalar>(Vector::splat(x)).store(&mut lanes);
                let error = (f64::from(lanes[0]) - exact_gelu(x.into())).abs();
                assert!(error <= 3e-7 * f64::from(x.abs()) + 1e-44, "{error:e} at {x:e}");
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_are_exact() {
        let at = |function: fn(Vector) -> Vector, x: f32| {
            let mut lanes = [0.5; 4];
            function(Vector::splat(x)).store(&mut lanes);
            lanes[3]
        };
        for (x, value) in [(0.0, 1.0), (f32::INFINITY, f32::INFINITY), (f32::NEG_INFINITY, 0.0), (1e30, f32::INFINITY)]
        {
            assert_eq!(at(exp::<Scalar>, x), value);
        }
        for (x, value) in [(0.0, 0.5), (f32::INFINITY, 1.0), (f32::NEG_INFINITY, 0.0)] {
            assert_eq!(at(sigmoid::<Scalar>, x), value);
        }
        for (x, value) in [(0.0, 0.0), (f32::INFINITY, 1.0), (f32::NEG_INFINITY, -1.0)] {
            assert_eq!(at(tanh::<Scalar>, x), value);
        }
        for function in [exp::<Scalar>, sigmoid::<Scalar>, tanh::<Scalar>] {
            assert!(at(function, f32::NAN).is_nan());
        }
    }

    #[test]
    fn the_best_backend_has_the_bits_of_the_scalar_one() {
        for bits in (0..=u64::from(u32::MAX)).step_by(65_537) {
            let x = f32::from_bits(bits as u32);
            let mut scalar = [[0.0; 4]; 3];
            let mut best = [[0.0; 4]; 3];
            let v = Vector::splat(x);
            let w = <Best as Backend>::F32::splat(x);
            exp::<Scalar>(v).store(&mut scalar[0]);
            sigmoid::<Scalar>(v).store(&mut scalar[1]);
            tanh::<Scalar>(v).store(&mut scalar[2]);
            exp::<Best>(w).store(&mut best[0]);
            sigmoid::<Best>(w).store(&mut best[1]);
            tanh::<Best>(w).store(&mut best[2]);
            for (s, b) in scalar.as_flattened().iter().zip(best.as_flattened()) {
                assert!(s.to_bits() == b.to_bits() || (s.is_nan() && b.is_nan()), "{x:e}: {s:e} and {b:e}");
            }
        }
    }
}
