//! The exponential and the logarithm of two `f64` at once, and what is built from them.
//!
//! `e^x = 2^n·e^r` with `n` the integer nearest to `x / ln 2`, and `e^r = 1 + r + r·c/(2 − c)` with a minimax polynomial for `c`;
//! `log x = k·ln 2 + log(1 + f)` with `1 + f` in `[√½, √2)` and `log(1 + f) = f − (f²/2 − s·(f²/2 + R(s²)))`, `s = f / (2 + f)` (fdlibm,
//! `e_exp.c` and `e_log.c`, Sun Microsystems 1993). Two departures, since vectors have no branches and no conversions:
//!
//! * Rounding to `n` is the addition of [`MAGIC`], after which the last bits of the sum are `n` itself; the exponent of a
//!   logarithm's argument becomes a number by the reverse.
//! * `2^n` is multiplied in two steps, since `n` reaches beyond the exponents of normal numbers at both ends: subnormal
//!   results round once, overflow becomes infinity.
//!
//! Maximum errors, stated and held by the tests against twice the precision: `exp` and `log` 1 ulp, the others 3 ulp,
//! subnormal results included. Every operation is lane-wise with two roundings, so all backends agree bit for bit.

use core::f64::consts::{FRAC_1_SQRT_2, LOG2_E};
use thinned_lanes::{Backend, F64x2, U64x2};

/// Above this, `e^x` overflows.
const OVERFLOW: f64 = 710.0;
/// Below this, `e^x` is nearer to 0 than to the least subnormal.
const UNDERFLOW: f64 = -746.0;
/// `1.5·2^52`: added to a number of at most `2^50`, it leaves the nearest integer in the last bits, ties to even.
const MAGIC: f64 = 6_755_399_441_055_744.0;
/// The first 33 bits of `ln 2`, so that products with exponents are exact, and the rest.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// `(r − c) / r²` in powers of `r²`, highest degree first.
const EXP: [f64; 5] = [
    4.138_136_797_057_238_5e-8,
    -1.653_390_220_546_525_2e-6,
    6.613_756_321_437_934e-5,
    -2.777_777_777_701_559_3e-3,
    1.666_666_666_666_660_2e-1,
];
/// `R(z) / z`, highest degree first.
const LOG: [f64; 7] = [
    1.479_819_860_511_658_6e-1,
    1.531_383_769_920_937_3e-1,
    1.818_357_216_161_805e-1,
    2.222_219_843_214_978_4e-1,
    2.857_142_874_366_239e-1,
    3.999_999_999_940_942e-1,
    6.666_666_666_666_735e-1,
];
/// The bits of a number below its exponent.
const FRACTION: u64 = (1 << 52) - 1;
/// Of `1.0`, and what an exponent of 0 is stored as.
const ONE: u64 = 0x3ff0_0000_0000_0000;
/// `e^-x` is nothing beside 1 from here on.
const SATURATION: f64 = 40.0;
/// `tanh x` is 1 from here on, and `e^2x` far from overflow.
const TANH_SATURATION: f64 = 22.0;

/// `e^x = 2^n·(1 + q)`.
struct Reduced<B: Backend> {
    n: B::F64,
    q: B::F64,
}

#[inline(always)]
fn reduce<B: Backend>(x: B::F64) -> Reduced<B> {
    ExpNormal::<B>::with(B::F64::splat).reduce(x)
}

/// `e^x` of at most [`MOST_NORMAL`] in magnitude, for a loop, its constants at hand; the bits of [`exp`].
#[derive(Clone, Copy)]
pub struct ExpNormal<B: Backend> {
    log2_e: B::F64,
    magic: B::F64,
    minus_ln_2_high: B::F64,
    ln_2_low: B::F64,
    polynomial: [B::F64; 5],
    one: B::F64,
    two: B::F64,
}

/// `e^x` and `e^−x` are normal numbers up to here.
pub const MOST_NORMAL: f64 = 700.0;

impl<B: Backend> ExpNormal<B> {
    /// With constants that are held.
    #[inline(always)]
    pub fn held() -> Self {
        Self::with(B::F64::held)
    }

    #[inline(always)]
    fn with(constant: impl Fn(f64) -> B::F64) -> Self {
        Self {
            log2_e: constant(LOG2_E),
            magic: constant(MAGIC),
            minus_ln_2_high: constant(-LN_2_HIGH),
            ln_2_low: constant(LN_2_LOW),
            polynomial: EXP.map(&constant),
            one: constant(1.0),
            two: constant(2.0),
        }
    }

    #[inline(always)]
    fn reduce(&self, x: B::F64) -> Reduced<B> {
        let n = x.mul_add(self.log2_e, self.magic) - self.magic;
        let high = n.mul_add(self.minus_ln_2_high, x);
        let low = n * self.ln_2_low;
        let r = high - low;
        let square = r * r;
        let [first, rest @ ..] = self.polynomial;
        let polynomial = rest.into_iter().fold(first, |sum, coefficient| sum.mul_add(square, coefficient));
        let c = r - square * polynomial;
        Reduced { n, q: high - (low - r * c / (self.two - c)) }
    }

    /// `e^x`.
    #[inline(always)]
    pub fn of(&self, x: B::F64) -> B::F64 {
        let Reduced { n, q } = self.reduce(x);
        let power = B::F64::from_bits((n + self.magic).to_bits().shift_left(52) + self.one.to_bits());
        (self.one + q) * power
    }
}

/// `2^n` for integers `n` in [-1022, 1023].
#[inline(always)]
fn power_of_two<B: Backend>(n: B::F64) -> B::F64 {
    B::F64::from_bits((n + B::F64::splat(MAGIC)).to_bits().shift_left(52) + B::U64::splat(ONE))
}

/// `e^x`; NaN stays NaN.
#[inline(always)]
pub fn exp<B: Backend>(x: B::F64) -> B::F64 {
    let splat = B::F64::splat;
    // A NaN is neither below nor above: it stays, here and in every product.
    let bounded = splat(UNDERFLOW).select(x, x.less_than(splat(UNDERFLOW)));
    let bounded = splat(OVERFLOW).select(bounded, splat(OVERFLOW).less_than(bounded));
    let Reduced { n, q } = reduce::<B>(bounded);
    let half = n.mul_add(splat(0.5), splat(MAGIC)) - splat(MAGIC);
    (splat(1.0) + q) * power_of_two::<B>(half) * power_of_two::<B>(n - half)
}

/// `log x` for normal positive numbers: what a sum of `1` and something positive is.
#[inline(always)]
pub fn log_normal<B: Backend>(x: B::F64) -> B::F64 {
    LogNormal::<B>::with(B::F64::splat).of(x)
}

/// [`log_normal`] for a loop, its constants at hand.
#[derive(Clone, Copy)]
pub struct LogNormal<B: Backend> {
    shift: B::F64,
    fraction: B::F64,
    exponent: B::F64,
    bias: B::F64,
    root: B::F64,
    one: B::F64,
    two: B::F64,
    half: B::F64,
    tail: [B::F64; 7],
    ln_2: [B::F64; 2],
}

impl<B: Backend> LogNormal<B> {
    /// With constants that are held.
    #[inline(always)]
    pub fn held() -> Self {
        Self::with(B::F64::held)
    }

    #[inline(always)]
    fn with(constant: impl Fn(f64) -> B::F64) -> Self {
        Self {
            shift: constant(f64::from_bits(ONE - FRAC_1_SQRT_2.to_bits())),
            fraction: constant(f64::from_bits(FRACTION)),
            exponent: constant(2f64.powi(52)),
            bias: constant(2f64.powi(52) + 1023.0),
            root: constant(FRAC_1_SQRT_2),
            one: constant(1.0),
            two: constant(2.0),
            half: constant(0.5),
            tail: LOG.map(&constant),
            ln_2: [LN_2_HIGH, LN_2_LOW].map(&constant),
        }
    }

    /// `log x`.
    #[inline(always)]
    pub fn of(&self, x: B::F64) -> B::F64 {
        // The bits of positive numbers ascend with them: taking those of √½ off borrows from the exponent below √½.
        let shifted = x.to_bits() + self.shift.to_bits();
        let k = B::F64::from_bits(shifted.shift_right(52) | self.exponent.to_bits()) - self.bias;
        let mantissa = (shifted & self.fraction.to_bits()) + self.root.to_bits();
        let f = B::F64::from_bits(mantissa) - self.one;
        let s = f / (f + self.two);
        let square = s * s;
        let half = self.half * f * f;
        let [first, rest @ ..] = self.tail;
        let tail = rest.into_iter().fold(first, |sum, coefficient| sum.mul_add(square, coefficient));
        let tail = s * (half + square * tail);
        let [high, low] = self.ln_2;
        k * high - ((half - (tail + k * low)) - f)
    }
}

/// `log x`: -infinity at 0, NaN below it.
#[inline(always)]
pub fn log<B: Backend>(x: B::F64) -> B::F64 {
    let splat = B::F64::splat;
    let (zero, infinity) = (splat(0.0), splat(f64::INFINITY));
    let subnormal = x.less_than(splat(f64::MIN_POSITIVE));
    let scaled = (x * splat(2f64.powi(54))).select(x, subnormal);
    let normal = log_normal::<B>(scaled);
    // 54·ln 2 off a logarithm of at least 647 in magnitude: its own rounding is all that is added.
    let value = (normal - splat(54.0 * core::f64::consts::LN_2)).select(normal, subnormal);
    let value = value.select(x, x.less_than(infinity)); // infinity and NaN
    let positive = zero.less_than(x);
    let negative = splat(f64::NAN).select(splat(f64::NEG_INFINITY), x.less_than(zero));
    let is_number = positive | x.less_than(splat(1.0)); // A NaN is neither.
    value.select(negative, positive).select(x, is_number)
}

/// `1 / (1 + e^-x)`, from `t = e^-|x|` so that neither end loses its small values: `1 / (1 + t)` or `t / (1 + t)`.
#[inline(always)]
pub fn sigmoid<B: Backend>(x: B::F64) -> B::F64 {
    let one = B::F64::splat(1.0);
    let decayed = exp::<B>(-x.abs());
    decayed.select(one, x.less_than(B::F64::splat(0.0))) / (one + decayed)
}

/// `e^x − 1` without loss near 0; NaN stays NaN.
#[inline(always)]
pub fn exp_minus_one<B: Backend>(x: B::F64) -> B::F64 {
    let splat = B::F64::splat;
    let bounded = splat(-SATURATION).select(x, x.less_than(splat(-SATURATION)));
    let bounded = splat(OVERFLOW).select(bounded, splat(OVERFLOW).less_than(bounded));
    let Reduced { n, q } = reduce::<B>(bounded);
    let half = n.mul_add(splat(0.5), splat(MAGIC)) - splat(MAGIC);
    let (scale, rest) = (power_of_two::<B>(half), power_of_two::<B>(n - half));
    // The result is never subnormal but with n = 0, where nothing is scaled.
    (scale * q + (scale - splat(1.0) / rest)) * rest
}

/// `log(1 + e^x) = max(x, 0) + log(1 + t)`, `t = e^-|x|`; what `1 + t` loses is added to first order, so that `e^x` is left of
/// large negative `x`.
#[inline(always)]
pub fn softplus<B: Backend>(x: B::F64) -> B::F64 {
    let (zero, one) = (B::F64::splat(0.0), B::F64::splat(1.0));
    let t = exp::<B>(-x.abs());
    let sum = one + t;
    let lost = t - (sum - one);
    zero.select(x, x.less_than(zero)) + (log_normal::<B>(sum) + lost / sum)
}

/// `tanh x = t / (t + 2)` for `t = e^2x − 1`, which keeps the digits of small `x`; the sign apart.
#[inline(always)]
pub fn tanh<B: Backend>(x: B::F64) -> B::F64 {
    let splat = B::F64::splat;
    let magnitude = x.abs();
    let bounded = splat(TANH_SATURATION).select(magnitude, splat(TANH_SATURATION).less_than(magnitude));
    let Reduced { n, q } = reduce::<B>(bounded + bounded);
    let scale = power_of_two::<B>(n);
    let t = scale * q + (scale - splat(1.0));
    let value = t / (t + splat(2.0));
    let signed = value.to_bits() | (x.to_bits() & B::U64::splat(1 << 63));
    B::F64::from_bits(signed)
}

#[cfg(test)]
mod tests;
