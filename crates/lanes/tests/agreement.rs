//! Every operation of every backend gives the bits of plain Rust arithmetic, lane by lane.
//!
//! The same file runs natively and inside wasm. Inside wasm the backends meet in one process; across builds they meet in
//! [`FINGERPRINT`], the pinned checksum of all results, so that a native run and a wasm run cannot drift apart unseen.

use thinned_lanes::{Backend, Best, F32x4, F64x2, Scalar, U32x4, U64x2};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FLOATS: [f32; 24] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1.5,
    2.5,
    -2.5,
    3.999_999_8,
    1e-45,
    -1e-45,
    1.175_494_4e-38,
    3.402_823_5e38,
    -3.402_823_5e38,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    0.1,
    -7.25,
    16_777_217.0,
    2_147_483_648.0,
    -2_147_483_648.0,
    1e-20,
    12_345.678,
];
const WORDS: [u32; 8] = [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xd251_1f53, 0x1234_5678];

const DOUBLES: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    5e-324,
    -2.225_073_858_507_201e-308,
    f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    0.1,
    -7.25,
    9_007_199_254_740_993.0,
    6_755_399_441_055_744.0,
    1e-200,
    -12_345.678,
];
const LONG_WORDS: [u64; 6] = [0, 1, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, u64::MAX, 0x0123_4567_89ab_cdef];

/// Bits of a float, all NaNs alike: wasm does not say which NaN an operation returns.
fn bits(value: f32) -> u32 {
    if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() }
}

fn bits_double(value: f64) -> u64 {
    if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() }
}

fn lanes_of<B: Backend>(vector: B::F32) -> Vec<u64> {
    let mut lanes = [0.0; 4];
    vector.store(&mut lanes);
    lanes.into_iter().map(|lane| bits(lane).into()).collect()
}

fn words_of<B: Backend>(vector: B::U32) -> Vec<u64> {
    let mut lanes = [0; 4];
    vector.store(&mut lanes);
    lanes.into_iter().map(u64::from).collect()
}

fn doubles_of<B: Backend>(vector: B::F64) -> Vec<u64> {
    let mut lanes = [0.0; 2];
    vector.store(&mut lanes);
    lanes.into_iter().map(bits_double).collect()
}

fn long_words_of<B: Backend>(vector: B::U64) -> Vec<u64> {
    let mut lanes = [0; 2];
    vector.store(&mut lanes);
    lanes.to_vec()
}

/// The results of every operation on doubles and their bits.
fn wide_results<B: Backend>() -> Vec<u64> {
    let mut results = Vec::new();
    let double = |i: usize| DOUBLES[i % DOUBLES.len()];
    let word = |i: usize| LONG_WORDS[i % LONG_WORDS.len()];
    for shift in 0..DOUBLES.len() {
        for i in 0..DOUBLES.len() {
            let a = B::F64::load(&core::array::from_fn(|lane| double(i + lane)));
            let b = B::F64::load(&core::array::from_fn(|lane| double(i + lane + shift)));
            let mask = a.less_than(b);
            let bits = B::F64::from_bits(b.abs().to_bits());
            for vector in [a + b, a - b, a * b, a / b, -a, a.mul_add(b, a), a.abs(), a.sqrt(), a.select(b, mask), bits]
            {
                results.extend(doubles_of::<B>(vector));
            }
            results.extend(long_words_of::<B>(mask));
            results.push(bits_double(a.sum()));
        }
    }
    for shift in 0..LONG_WORDS.len() {
        for i in 0..LONG_WORDS.len() {
            let a = B::U64::load(&core::array::from_fn(|lane| word(i + lane)));
            let b = B::U64::load(&core::array::from_fn(|lane| word(i + lane + shift)));
            let moved = shift as u32 * 12 + 3;
            let splat = B::U64::splat(word(i));
            for vector in [a + b, a - b, a & b, a | b, a ^ b, a.shift_left(moved), a.shift_right(moved), splat] {
                results.extend(long_words_of::<B>(vector));
            }
        }
    }
    results
}

/// The results of every operation on rotations of the special values, so that each meets each in each lane.
fn results<B: Backend>() -> Vec<u64> {
    let mut results = Vec::new();
    let float = |i: usize| FLOATS[i % FLOATS.len()];
    let word = |i: usize| WORDS[i % WORDS.len()];
    for shift in 0..FLOATS.len() {
        for i in 0..FLOATS.len() {
            let a = B::F32::load(&core::array::from_fn(|lane| float(i + lane)));
            let b = B::F32::load(&core::array::from_fn(|lane| float(i + lane + shift)));
            let c = B::F32::splat(float(i * 7 + shift));
            let mask = a.less_than(b);
            for vector in [
                a + b,
                a - b,
                a * b,
                a / b,
                -a,
                a.mul_add(b, c),
                a.abs(),
                a.sqrt(),
                a.round_ties_even(),
                a.max_or_self(b),
                a.select(b, mask),
                B::F32::from_bits(a.to_bits()),
            ] {
                results.extend(lanes_of::<B>(vector));
            }
            results.extend(words_of::<B>(mask));
            results.extend(words_of::<B>(a.to_int_bits()));
            results.push(bits(a.sum()).into());
            let (low, high) = (a.widen_low(), b.widen_high());
            for vector in
                [low, high, low + high, low - high, low * high, low / high, -low, low.sqrt(), low.mul_add(high, high)]
            {
                results.extend(doubles_of::<B>(vector));
            }
        }
    }
    for shift in 0..WORDS.len() {
        for i in 0..WORDS.len() {
            let a = B::U32::load(&core::array::from_fn(|lane| word(i + lane)));
            let b = B::U32::load(&core::array::from_fn(|lane| word(i + lane + shift)));
            let (high, low) = a.mul_wide(b);
            let moved = shift as u32 * 4 + 3;
            for vector in [
                a + b,
                a & b,
                a | b,
                a ^ b,
                high,
                low,
                a.less_than(b),
                a.shift_left(moved),
                a.shift_right(moved),
                a.shift_right_signed(moved),
                B::U32::splat(word(i)),
            ] {
                results.extend(words_of::<B>(vector));
            }
        }
    }
    results.extend(wide_results::<B>());
    results
}

fn compressions<B: Backend>() -> Vec<u64> {
    let lanes = B::U32::load(&[0x8000_0001, 2, 0xffff_ffff, 4]);
    let kept = (0..16).flat_map(|kept| words_of::<B>(lanes.compress(kept)));
    let put_back = (0..16).flat_map(|kept| words_of::<B>(lanes.expand(kept)));
    kept.chain(put_back).chain([lanes.high_bits().into(), B::U32::splat(0x7fff_ffff).high_bits().into()]).collect()
}

#[test]
fn compression_moves_the_kept_lanes_to_the_front() {
    let results = compressions::<Best>();
    assert_eq!(results[4 * 0b0101..][..4], [0x8000_0001, 0xffff_ffff, 0, 0]);
    assert_eq!(results[4 * 0b1000..][..4], [4, 0, 0, 0]);
    assert_eq!(results[64 + 4 * 0b0101..][..4], [0x8000_0001, 0, 2, 0]);
    assert_eq!(results[64 + 4 * 0b1000..][..4], [0, 0, 0, 0x8000_0001]);
    assert_eq!(results[128..], [0b0101, 0]);
    assert_eq!(results, compressions::<Scalar>());
}

fn transposed<B: Backend>() -> Vec<u64> {
    let vectors = [0.0, 10.0, 20.0, 30.0].map(|row| B::F32::load(&[row, row + 1.0, row + 2.0, f32::from_bits(1)]));
    B::F32::transpose(vectors).into_iter().flat_map(lanes_of::<B>).collect()
}

#[test]
fn transposition_exchanges_lanes_and_vectors() {
    let lanes = [0.0, 10.0, 20.0, 30.0, 1.0, 11.0, 21.0, 31.0, 2.0, 12.0, 22.0, 32.0].map(f32::to_bits);
    assert!(transposed::<Best>().into_iter().eq(lanes.into_iter().chain([1; 4]).map(u64::from)));
    assert_eq!(transposed::<Best>(), transposed::<Scalar>());
}

/// FNV-1a over 64-bit words.
fn fingerprint(results: &[u64]) -> u64 {
    results.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3))
}

const FINGERPRINT: u64 = 64_994_229_509_184_215;

#[test]
fn scalar_results_are_pinned_across_builds() {
    assert_eq!(fingerprint(&results::<Scalar>()), FINGERPRINT);
}

#[test]
fn the_best_backend_has_the_bits_of_the_scalar_one() {
    let (scalar, best) = (results::<Scalar>(), results::<Best>());
    assert_eq!(scalar.len(), best.len());
    let differs = scalar.iter().zip(&best).position(|(a, b)| a != b);
    assert_eq!(differs, None, "backend {} departs from scalar", Best::NAME);
}

#[test]
fn a_relaxed_multiply_add_rounds_once_or_twice() {
    // 1 + 2^-12 squared is 1 + 2^-11 + 2^-24, of which the last term is lost when the product is rounded by itself.
    let x = 1.0 + 2f32.powi(-12);
    let a = <Best as Backend>::F32::splat(x);
    let c = <Best as Backend>::F32::splat(-1.0 - 2f32.powi(-11));
    let mut lanes = [f32::NAN; 4];
    Best::relaxed_mul_add(a, a, c).store(&mut lanes);
    let twice = x * x - (1.0 + 2f32.powi(-11));
    let once = 2f32.powi(-24);
    assert_ne!(twice, once);
    assert!(lanes.iter().all(|lane| *lane == twice || (Best::FUSES && *lane == once)));
}

#[test]
fn the_build_chose_the_backend_of_its_features() {
    let expected = if cfg!(target_feature = "relaxed-simd") {
        "relaxed"
    } else if cfg!(target_feature = "simd128") {
        "simd128"
    } else {
        "scalar"
    };
    assert_eq!(Best::NAME, expected);
}
