use super::*;
use thinned_lanes::{Best, Scalar};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A sum of two doubles: 106 bits (Dekker 1971).
#[derive(Clone, Copy)]
struct Twice(f64, f64);

const LN_2: Twice = Twice(core::f64::consts::LN_2, 2.319_046_813_846_299_6e-17);

impl Twice {
    fn new(a: f64, b: f64) -> Self {
        let sum = a + b;
        let added = sum - a;
        Self(sum, (a - (sum - added)) + (b - added))
    }

    fn plus(self, other: Self) -> Self {
        let sum = Self::new(self.0, other.0);
        let low = Self::new(self.1, other.1);
        let sum = Self::new(sum.0, sum.1 + low.0);
        Self::new(sum.0, sum.1 + low.1)
    }

    fn times(self, other: Self) -> Self {
        let product = self.0 * other.0;
        let lost = f64::mul_add(self.0, other.0, -product);
        Self::new(product, lost + (self.0 * other.1 + self.1 * other.0))
    }

    fn over(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self.plus(other.times(Self(-first, 0.0)));
        let second = rest.0 / other.0;
        let rest = rest.plus(other.times(Self(-second, 0.0)));
        Self::new(first, second).plus(Self(rest.0 / other.0, 0.0))
    }

    /// `m` and `n` of `e^self = m·2^n`: a Taylor series of the 256th part, squared eight times.
    fn exp(self) -> (Self, i32) {
        let n = (self.0 * LOG2_E).round();
        let r = self.plus(LN_2.times(Self(-n, 0.0))).times(Self(1.0 / 256.0, 0.0));
        let mut sum = Self(1.0, 0.0);
        for k in (1..=12).rev() {
            sum = Self(1.0, 0.0).plus(r.times(sum).over(Self(f64::from(k), 0.0)));
        }
        for _ in 0..8 {
            sum = sum.times(sum);
        }
        (sum, n as i32)
    }

    /// `log(1 + self)` by the series of `2 artanh(t / (2 + t))`, for small numbers.
    fn log_plus_one(self) -> Self {
        let s = self.over(Self(2.0, 0.0).plus(self));
        let square = s.times(s);
        let term = |sum: Self, k: i32| square.times(sum).plus(Self(1.0, 0.0).over(Self(f64::from(2 * k + 1), 0.0)));
        s.times((0..14).rev().fold(Self(0.0, 0.0), term)).times(Self(2.0, 0.0))
    }

    /// Near 1 by the series, elsewhere by one Newton step from double precision.
    fn log(self) -> Self {
        if (self.0 - 1.0).abs() < 0.1 {
            return self.plus(Self(-1.0, 0.0)).log_plus_one();
        }
        let y = libm::log(self.0);
        let (m, n) = Self(-y, 0.0).exp();
        // In halves: the number may be subnormal, and 2^n beyond the range.
        let scale = |x: f64| libm::ldexp(libm::ldexp(x, n / 2), n - n / 2);
        let scaled = m.times(Self(scale(self.0), scale(self.1)));
        Self(y, 0.0).plus(scaled.plus(Self(-1.0, 0.0)))
    }
}

/// The error of `actual` in units of the last place of `exact·2^exponent`.
fn ulps(actual: f64, exact: Twice, exponent: i32) -> f64 {
    let nearest = libm::ldexp(libm::ldexp(exact.0, exponent / 2), exponent - exponent / 2);
    if actual == nearest && !nearest.is_normal() {
        return 0.0;
    }
    let ulp = f64::from_bits(nearest.abs().to_bits() + 1) - nearest.abs();
    let scale = |value: f64| libm::ldexp(libm::ldexp(value, -(exponent / 2)), exponent / 2 - exponent);
    ((scale(actual) - exact.0) - exact.1).abs() / scale(ulp)
}

fn at(function: fn(<Scalar as Backend>::F64) -> <Scalar as Backend>::F64, x: f64) -> f64 {
    let mut lanes = [f64::NAN; 2];
    function(<Scalar as Backend>::F64::splat(x)).store(&mut lanes);
    assert_eq!(lanes[0].to_bits(), lanes[1].to_bits());
    lanes[1]
}

fn steps() -> u64 {
    if std::env::var_os("THINNED_FULL").is_some() { 20_000_000 } else { 60_000 }
}

/// Bits that look random (SplitMix64).
fn random(step: u64) -> u64 {
    let z = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// The worst error over arguments of every size: dense in `[-range, range]`, dense in the exponents, and random ones.
fn worst(
    range: f64,
    function: fn(<Scalar as Backend>::F64) -> <Scalar as Backend>::F64,
    exact: impl Fn(f64) -> (Twice, i32),
) -> (f64, f64) {
    let mut worst = (0.0, 0.0);
    let steps = steps();
    let mut check = |x: f64| {
        let (value, exponent) = exact(x);
        let error = ulps(at(function, x), value, exponent);
        if error.is_nan() || error > worst.0 {
            worst = (error, x);
        }
    };
    for step in 0..steps {
        let unit = (random(step) >> 11) as f64 * 2f64.powi(-53);
        check(range * (2.0 * (step as f64 + unit) / steps as f64 - 1.0));
        check(libm::ldexp(1.0 + unit, -(step as i64 % 1000) as i32) * if step % 2 == 0 { 1.0 } else { -1.0 });
    }
    worst
}

#[test]
fn exp_is_within_one_ulp() {
    let (error, x) =
        worst(745.2, exp::<Scalar>, |x| if x > 709.78 { (Twice(f64::INFINITY, 0.0), 0) } else { Twice(x, 0.0).exp() });
    assert!(error <= 1.0, "{error} ulp at {x:e}");
}

#[test]
fn sigmoid_is_within_three_ulp() {
    let exact = |x: f64| {
        let (m, n) = Twice(-x.abs(), 0.0).exp();
        let t = if n < -200 { Twice(0.0, 0.0) } else { m.times(Twice(libm::ldexp(1.0, n), 0.0)) };
        let divisor = Twice(1.0, 0.0).plus(t);
        if x < 0.0 { (m.over(divisor), n) } else { (Twice(1.0, 0.0).over(divisor), 0) }
    };
    let (error, x) = worst(745.2, sigmoid::<Scalar>, exact);
    assert!(error <= 3.0, "{error} ulp at {x:e}");
    let (error, x) = worst(40.0, sigmoid::<Scalar>, exact);
    assert!(error <= 3.0, "{error} ulp at {x:e}");
}

#[test]
fn tanh_is_within_three_ulp() {
    let exact = |x: f64| {
        if x.abs() < 1e-9 {
            return (Twice(x, -x * x * x / 3.0), 0);
        }
        let (m, n) = Twice(2.0 * x, 0.0).exp();
        let power = m.times(Twice(libm::ldexp(1.0, n), 0.0));
        (power.plus(Twice(-1.0, 0.0)).over(power.plus(Twice(1.0, 0.0))), 0)
    };
    let (error, x) = worst(30.0, tanh::<Scalar>, exact);
    assert!(error <= 3.0, "{error} ulp at {x:e}");
}

#[test]
fn exp_minus_one_is_within_three_ulp() {
    let exact = |x: f64| {
        if x.abs() < 1e-9 {
            return (Twice(x, x * x / 2.0), 0);
        }
        let (m, n) = Twice(x, 0.0).exp();
        if n > 200 { (m, n) } else { (m.times(Twice(libm::ldexp(1.0, n), 0.0)).plus(Twice(-1.0, 0.0)), 0) }
    };
    for range in [709.7, 45.0] {
        let (error, x) = worst(range, exp_minus_one::<Scalar>, exact);
        assert!(error <= 3.0, "{error} ulp at {x:e}");
    }
}

#[test]
fn softplus_is_within_three_ulp() {
    let exact = |x: f64| {
        let (m, n) = Twice(-x.abs(), 0.0).exp();
        let t = m.times(Twice(libm::ldexp(1.0, n.max(-1000)), 0.0));
        match t {
            // log(1 + t) is t.
            _ if n < -200 && x < 0.0 => (m, n),
            _ if n < -200 => (Twice(x, 0.0), 0),
            _ => {
                let log = if t.0 < 0.1 { t.log_plus_one() } else { t.plus(Twice(1.0, 0.0)).log() };
                (Twice(x.max(0.0), 0.0).plus(log), 0)
            }
        }
    };
    for range in [745.2, 45.0] {
        let (error, x) = worst(range, softplus::<Scalar>, exact);
        assert!(error <= 3.0, "{error} ulp at {x:e}");
    }
}

#[test]
fn log_is_within_one_ulp() {
    let steps = steps();
    let mut worst = (0.0, 0.0);
    let mut check = |x: f64| {
        let error = ulps(at(log::<Scalar>, x), Twice(x, 0.0).log(), 0);
        if error.is_nan() || error > worst.0 {
            worst = (error, x);
        }
        if x.is_normal() {
            assert_eq!(at(log_normal::<Scalar>, x).to_bits(), at(log::<Scalar>, x).to_bits());
        }
    };
    for step in 0..steps {
        let unit = (random(step) >> 11) as f64 * 2f64.powi(-53);
        check(f64::from_bits((random(step) % f64::INFINITY.to_bits()) | 1)); // any positive number
        check(0.5 + 2.0 * (step as f64 + unit) / steps as f64);
        check(1.0 + libm::ldexp(unit, -((step % 60) as i32)));
    }
    for bits in [1, 2, 3, 1 << 51, FRACTION, FRACTION + 1, f64::MAX.to_bits()] {
        check(f64::from_bits(bits));
    }
    assert!(worst.0 <= 1.0, "{} ulp at {:e}", worst.0, worst.1);
    assert_eq!(at(log::<Scalar>, 1.0), 0.0);
}

#[test]
fn the_ends_of_the_range_are_exact() {
    for (x, value) in [(0.0, 1.0), (-0.0, 1.0), (709.9, f64::INFINITY), (f64::INFINITY, f64::INFINITY), (-745.2, 0.0)] {
        assert_eq!(at(exp::<Scalar>, x), value);
    }
    assert_eq!(at(exp::<Scalar>, f64::NEG_INFINITY), 0.0);
    assert_eq!(at(exp::<Scalar>, -745.1), f64::from_bits(1));
    for (x, value) in [(0.0, 0.5), (f64::INFINITY, 1.0), (f64::NEG_INFINITY, 0.0), (-1e300, 0.0)] {
        assert_eq!(at(sigmoid::<Scalar>, x), value);
    }
    for (x, value) in [(0.0, 0.0), (f64::INFINITY, 1.0), (f64::NEG_INFINITY, -1.0), (1e-310, 1e-310)] {
        assert_eq!(at(tanh::<Scalar>, x), value);
        assert_eq!(at(tanh::<Scalar>, -x).to_bits(), (-value).to_bits());
    }
    for (x, value) in [(0.0, 0.0), (f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, -1.0), (-1e-310, -1e-310)] {
        assert_eq!(at(exp_minus_one::<Scalar>, x), value);
    }
    for (x, value) in [(0.0, core::f64::consts::LN_2), (f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, 0.0)] {
        assert_eq!(at(softplus::<Scalar>, x), value);
    }
    for (x, value) in [(0.0, f64::NEG_INFINITY), (-0.0, f64::NEG_INFINITY), (f64::INFINITY, f64::INFINITY)] {
        assert_eq!(at(log::<Scalar>, x), value);
    }
    assert!(at(log::<Scalar>, -1.0).is_nan() && at(log::<Scalar>, f64::NEG_INFINITY).is_nan());
    for function in
        [exp::<Scalar>, sigmoid::<Scalar>, tanh::<Scalar>, log::<Scalar>, exp_minus_one::<Scalar>, softplus::<Scalar>]
    {
        assert!(at(function, f64::NAN).is_nan());
    }
}

#[test]
fn the_best_backend_has_the_bits_of_the_scalar_one() {
    fn results<B: Backend>(x: f64) -> [[f64; 2]; 7] {
        let v = B::F64::load(&[x, -x]);
        let mut lanes = [[f64::NAN; 2]; 7];
        let (log, normal) = (log::<B>(v), log_normal::<B>(v.abs()));
        let values = [exp::<B>(v), sigmoid::<B>(v), tanh::<B>(v), log, normal, exp_minus_one::<B>(v), softplus::<B>(v)];
        values.into_iter().zip(&mut lanes).for_each(|(value, lanes)| value.store(lanes));
        lanes
    }
    for step in 0..20_000 {
        let x = if step % 2 == 0 { f64::from_bits(random(step)) } else { (step as f64 - 10_000.0) * 0.1 };
        // With relaxed SIMD the compiler may make a comparison of scalars a maximum that leaves NaN to the host; what is
        // exact never runs there.
        if x.is_nan() && Best::FUSES {
            continue;
        }
        for (scalar, best) in results::<Scalar>(x).as_flattened().iter().zip(results::<Best>(x).as_flattened()) {
            assert!(
                scalar.to_bits() == best.to_bits() || (scalar.is_nan() && best.is_nan()),
                "{x:e}: {scalar:e}, {best:e}"
            );
        }
    }
}
