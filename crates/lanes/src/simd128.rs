//! WebAssembly's 128-bit vectors: one instruction for each operation of the vocabulary.

use crate::{Backend, F32x4, F64x2, U32x4, U64x2};
use core::arch::wasm32::*;
use core::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Sub};

/// The backend of wasm simd128: the same bits as [`crate::Scalar`] on every host.
#[derive(Clone, Copy, Debug)]
pub struct Simd128;

impl Backend for Simd128 {
    const NAME: &'static str = "simd128";
    const FUSES: bool = false;
    const WIDE: bool = false;
    type F32 = Floats;
    type F64 = Doubles;
    type U32 = Words;
    type U64 = LongWords;

    #[inline(always)]
    fn relaxed_mul_add(a: Floats, b: Floats, c: Floats) -> Floats {
        a.mul_add(b, c)
    }
}

/// The backend of wasm relaxed SIMD: [`Simd128`] with a multiply-add that hosts with FMA round once.
#[cfg(target_feature = "relaxed-simd")]
#[derive(Clone, Copy, Debug)]
pub struct Relaxed;

/// [`Relaxed`] for engines that join neighbouring vectors: V8 with its flag `experimental-wasm-revectorize`.
#[cfg(target_feature = "relaxed-simd")]
#[derive(Clone, Copy, Debug)]
pub struct Wide;

#[cfg(target_feature = "relaxed-simd")]
macro_rules! fusing {
    ($backend:ident, $name:literal, $wide:literal) => {
        impl Backend for $backend {
            const NAME: &'static str = $name;
            const FUSES: bool = true;
            const WIDE: bool = $wide;
            type F32 = Floats;
            type F64 = Doubles;
            type U32 = Words;
            type U64 = LongWords;

            #[inline(always)]
            fn relaxed_mul_add(a: Floats, b: Floats, c: Floats) -> Floats {
                Floats(f32x4_relaxed_madd(a.0, b.0, c.0))
            }
        }
    };
}

#[cfg(target_feature = "relaxed-simd")]
fusing!(Relaxed, "relaxed", false);
#[cfg(target_feature = "relaxed-simd")]
fusing!(Wide, "wide", true);

/// Four `f32` in a `v128`.
#[derive(Clone, Copy, Debug)]
pub struct Floats(v128);
/// Two `f64` in a `v128`.
#[derive(Clone, Copy, Debug)]
pub struct Doubles(v128);
/// Four `u32` in a `v128`.
#[derive(Clone, Copy, Debug)]
pub struct Words(v128);
/// Two `u64` in a `v128`.
#[derive(Clone, Copy, Debug)]
pub struct LongWords(v128);

macro_rules! instructions {
    ($vector:ident: $($trait:ident $method:ident = $instruction:ident),+) => {$(
        impl $trait for $vector {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self($instruction(self.0, other.0))
            }
        }
    )+};
}

instructions!(Floats: Add add = f32x4_add, Sub sub = f32x4_sub, Mul mul = f32x4_mul, Div div = f32x4_div);
instructions!(Doubles: Add add = f64x2_add, Sub sub = f64x2_sub, Mul mul = f64x2_mul, Div div = f64x2_div);
instructions!(Words: Add add = i32x4_add, BitAnd bitand = v128_and, BitOr bitor = v128_or, BitXor bitxor = v128_xor);
instructions!(
    LongWords: Add add = i64x2_add, Sub sub = i64x2_sub, BitAnd bitand = v128_and, BitOr bitor = v128_or,
    BitXor bitxor = v128_xor
);

impl Neg for Floats {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(f32x4_neg(self.0))
    }
}

impl Neg for Doubles {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(f64x2_neg(self.0))
    }
}

macro_rules! memory {
    ($lanes:ty, $splat:ident) => {
        #[inline(always)]
        fn splat(value: <$lanes as Element>::Of) -> Self {
            Self($splat(value))
        }
        #[inline(always)]
        fn load(lanes: &$lanes) -> Self {
            // SAFETY: the reference is valid for reads of its 16 bytes, and v128.load needs no alignment.
            Self(unsafe { v128_load(lanes.as_ptr().cast()) })
        }
        #[inline(always)]
        fn store(self, lanes: &mut $lanes) {
            // SAFETY: the reference is valid for writes of its 16 bytes, and v128.store needs no alignment.
            unsafe { v128_store(lanes.as_mut_ptr().cast(), self.0) }
        }
    };
}

/// The element of an array type, which the macro above cannot name by itself.
pub trait Element {
    /// What the array holds.
    type Of;
}
impl<T, const N: usize> Element for [T; N] {
    type Of = T;
}

impl F32x4 for Floats {
    type Bits = Words;
    type Wide = Doubles;

    memory!([f32; 4], f32x4_splat);

    #[inline(always)]
    fn load_splat(value: &f32) -> Self {
        // SAFETY: the reference is valid for reads of its 4 bytes, and the load needs no alignment.
        Self(unsafe { v128_load32_splat(core::ptr::from_ref(value).cast()) })
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(f32x4_abs(self.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(f32x4_sqrt(self.0))
    }
    #[inline(always)]
    fn round_ties_even(self) -> Self {
        Self(f32x4_nearest(self.0))
    }
    #[inline(always)]
    fn max_or_self(self, other: Self) -> Self {
        // Not `f32x4_pmax`, which with relaxed SIMD becomes a maximum that leaves NaN and the sign of zero to the host.
        Self(v128_bitselect(other.0, self.0, f32x4_lt(self.0, other.0)))
    }
    #[inline(always)]
    fn less_than(self, other: Self) -> Words {
        Words(f32x4_lt(self.0, other.0))
    }
    #[inline(always)]
    fn select(self, other: Self, mask: Words) -> Self {
        Self(v128_bitselect(self.0, other.0, mask.0))
    }
    #[inline(always)]
    fn to_bits(self) -> Words {
        Words(self.0)
    }
    #[inline(always)]
    fn from_bits(bits: Words) -> Self {
        Self(bits.0)
    }
    #[inline(always)]
    fn to_int_bits(self) -> Words {
        Words(i32x4_trunc_sat_f32x4(self.0))
    }
    #[inline(always)]
    fn widen_low(self) -> Doubles {
        Doubles(f64x2_promote_low_f32x4(self.0))
    }
    #[inline(always)]
    fn widen_high(self) -> Doubles {
        Doubles(f64x2_promote_low_f32x4(i64x2_shuffle::<1, 1>(self.0, self.0)))
    }
    #[inline(always)]
    fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        let (low, high) = (i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0), i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0));
        let (low_of_cd, high_of_cd) = (i32x4_shuffle::<0, 4, 1, 5>(c.0, d.0), i32x4_shuffle::<2, 6, 3, 7>(c.0, d.0));
        [
            Self(i64x2_shuffle::<0, 2>(low, low_of_cd)),
            Self(i64x2_shuffle::<1, 3>(low, low_of_cd)),
            Self(i64x2_shuffle::<0, 2>(high, high_of_cd)),
            Self(i64x2_shuffle::<1, 3>(high, high_of_cd)),
        ]
    }
}

impl F64x2 for Doubles {
    type Bits = LongWords;

    memory!([f64; 2], f64x2_splat);

    #[inline(always)]
    fn abs(self) -> Self {
        Self(f64x2_abs(self.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(f64x2_sqrt(self.0))
    }
    #[inline(always)]
    fn less_than(self, other: Self) -> LongWords {
        LongWords(f64x2_lt(self.0, other.0))
    }
    #[inline(always)]
    fn select(self, other: Self, mask: LongWords) -> Self {
        Self(v128_bitselect(self.0, other.0, mask.0))
    }
    #[inline(always)]
    fn to_bits(self) -> LongWords {
        LongWords(self.0)
    }
    #[inline(always)]
    fn from_bits(bits: LongWords) -> Self {
        Self(bits.0)
    }
}

impl U32x4 for Words {
    memory!([u32; 4], u32x4_splat);

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Self(u32x4_shl(self.0, bits))
    }
    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        Self(u32x4_shr(self.0, bits))
    }
    #[inline(always)]
    fn shift_right_signed(self, bits: u32) -> Self {
        Self(i32x4_shr(self.0, bits))
    }
    #[inline(always)]
    fn mul_wide(self, factor: Self) -> (Self, Self) {
        let low = u64x2_extmul_low_u32x4(self.0, factor.0); // products of lanes 0 and 1
        let high = u64x2_extmul_high_u32x4(self.0, factor.0); // products of lanes 2 and 3
        (Self(u32x4_shuffle::<1, 3, 5, 7>(low, high)), Self(u32x4_shuffle::<0, 2, 4, 6>(low, high)))
    }
    #[inline(always)]
    fn less_than(self, other: Self) -> Self {
        Self(u32x4_lt(self.0, other.0))
    }
    #[inline(always)]
    fn high_bits(self) -> u32 {
        u32::from(u32x4_bitmask(self.0))
    }
    #[inline(always)]
    fn compress(self, kept: u32) -> Self {
        Self(u8x16_swizzle(self.0, Self::load(&COMPRESSION[kept as usize % COMPRESSION.len()]).0))
    }
    #[inline(always)]
    fn expand(self, kept: u32) -> Self {
        Self(u8x16_swizzle(self.0, Self::load(&EXPANSION[kept as usize % EXPANSION.len()]).0))
    }
}

impl U64x2 for LongWords {
    memory!([u64; 2], u64x2_splat);

    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Self(u64x2_shl(self.0, bits))
    }
    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        Self(u64x2_shr(self.0, bits))
    }
}

/// For each set of kept lanes the bytes that a swizzle takes: the kept lanes, then places beyond the vector, which
/// give zeros.
const COMPRESSION: [[u32; 4]; 16] = {
    let mut table = [[u32::MAX; 4]; 16];
    let mut kept = 0;
    while kept < 16 {
        let (mut lane, mut length) = (0, 0);
        while lane < 4 {
            if kept >> lane & 1 == 1 {
                table[kept][length] = 0x0302_0100 + 0x0404_0404 * lane;
                length += 1;
            }
            lane += 1;
        }
        kept += 1;
    }
    table
};

/// For each set of kept lanes the bytes that a swizzle takes: for a kept lane the next one from the front, for another a
/// place beyond the vector.
const EXPANSION: [[u32; 4]; 16] = {
    let mut table = [[u32::MAX; 4]; 16];
    let mut kept = 0;
    while kept < 16 {
        let (mut lane, mut next) = (0, 0);
        while lane < 4 {
            if kept >> lane & 1 == 1 {
                table[kept][lane] = 0x0302_0100 + 0x0404_0404 * next;
                next += 1;
            }
            lane += 1;
        }
        kept += 1;
    }
    table
};
