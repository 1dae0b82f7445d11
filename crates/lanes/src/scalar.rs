//! Plain arrays: the definition of every operation, and what runs where there is no wasm SIMD.

use crate::{Backend, F32x4, F64x2, U32x4, U64x2};
use core::array::from_fn;
use core::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Sub};

/// The backend of plain arithmetic; it exists in every build.
#[derive(Clone, Copy, Debug)]
pub struct Scalar;

impl Backend for Scalar {
    const NAME: &'static str = "scalar";
    const FUSES: bool = false;
    const WIDE: bool = false;
    type F32 = Lanes<f32, 4>;
    type F64 = Lanes<f64, 2>;
    type U32 = Lanes<u32, 4>;
    type U64 = Lanes<u64, 2>;

    #[inline(always)]
    fn relaxed_mul_add(a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32 {
        a.mul_add(b, c)
    }
}

/// `N` lanes as an array.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<T, const N: usize>([T; N]);

macro_rules! lane_wise {
    ($element:ty, $lanes:literal, $trait:ident, $method:ident, $operation:expr) => {
        impl $trait for Lanes<$element, $lanes> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(from_fn(|i| $operation(self.0[i], other.0[i])))
            }
        }
    };
}

lane_wise!(f32, 4, Add, add, |a: f32, b: f32| a + b);
lane_wise!(f32, 4, Sub, sub, |a: f32, b: f32| a - b);
lane_wise!(f32, 4, Mul, mul, |a: f32, b: f32| a * b);
lane_wise!(f32, 4, Div, div, |a: f32, b: f32| a / b);
lane_wise!(f64, 2, Add, add, |a: f64, b: f64| a + b);
lane_wise!(f64, 2, Sub, sub, |a: f64, b: f64| a - b);
lane_wise!(f64, 2, Mul, mul, |a: f64, b: f64| a * b);
lane_wise!(f64, 2, Div, div, |a: f64, b: f64| a / b);
lane_wise!(u32, 4, Add, add, u32::wrapping_add);
lane_wise!(u32, 4, BitAnd, bitand, |a: u32, b: u32| a & b);
lane_wise!(u32, 4, BitOr, bitor, |a: u32, b: u32| a | b);
lane_wise!(u32, 4, BitXor, bitxor, |a: u32, b: u32| a ^ b);
lane_wise!(u64, 2, Add, add, u64::wrapping_add);
lane_wise!(u64, 2, Sub, sub, u64::wrapping_sub);
lane_wise!(u64, 2, BitAnd, bitand, |a: u64, b: u64| a & b);
lane_wise!(u64, 2, BitOr, bitor, |a: u64, b: u64| a | b);
lane_wise!(u64, 2, BitXor, bitxor, |a: u64, b: u64| a ^ b);

impl<T: Copy + Neg<Output = T>, const N: usize> Neg for Lanes<T, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(self.0.map(|lane| -lane))
    }
}

fn mask(condition: bool) -> u32 {
    if condition { u32::MAX } else { 0 }
}

impl F32x4 for Lanes<f32, 4> {
    type Bits = Lanes<u32, 4>;
    type Wide = Lanes<f64, 2>;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    fn load_splat(value: &f32) -> Self {
        Self::splat(*value)
    }
    #[inline(always)]
    fn load(lanes: &[f32; 4]) -> Self {
        Self(*lanes)
    }
    #[inline(always)]
    fn store(self, lanes: &mut [f32; 4]) {
        *lanes = self.0;
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.map(f32::sqrt))
    }
    #[inline(always)]
    fn round_ties_even(self) -> Self {
        Self(self.0.map(f32::round_ties_even))
    }
    #[inline(always)]
    fn max_or_self(self, other: Self) -> Self {
        Self(from_fn(|i| if self.0[i] < other.0[i] { other.0[i] } else { self.0[i] }))
    }
    #[inline(always)]
    fn less_than(self, other: Self) -> Self::Bits {
        Lanes(from_fn(|i| mask(self.0[i] < other.0[i])))
    }
    #[inline(always)]
    fn select(self, other: Self, mask: Self::Bits) -> Self {
        Self(from_fn(|i| if mask.0[i] != 0 { self.0[i] } else { other.0[i] }))
    }
    #[inline(always)]
    fn to_bits(self) -> Self::Bits {
        Lanes(self.0.map(f32::to_bits))
    }
    #[inline(always)]
    fn from_bits(bits: Self::Bits) -> Self {
        Self(bits.0.map(f32::from_bits))
    }
    #[inline(always)]
    fn to_int_bits(self) -> Self::Bits {
        Lanes(self.0.map(|lane| lane as i32 as u32))
    }
    #[inline(always)]
    fn widen_low(self) -> Self::Wide {
        Lanes([self.0[0].into(), self.0[1].into()])
    }
    #[inline(always)]
    fn widen_high(self) -> Self::Wide {
        Lanes([self.0[2].into(), self.0[3].into()])
    }
    #[inline(always)]
    fn transpose(vectors: [Self; 4]) -> [Self; 4] {
        core::array::from_fn(|lane| Lanes(vectors.map(|vector| vector.0[lane])))
    }
}

impl F64x2 for Lanes<f64, 2> {
    type Bits = Lanes<u64, 2>;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value; 2])
    }
    #[inline(always)]
    fn load(lanes: &[f64; 2]) -> Self {
        Self(*lanes)
    }
    #[inline(always)]
    fn store(self, lanes: &mut [f64; 2]) {
        *lanes = self.0;
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(f64::abs))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.map(f64::sqrt))
    }
    #[inline(always)]
    fn less_than(self, other: Self) -> Self::Bits {
        Lanes(from_fn(|i| if self.0[i] < other.0[i] { u64::MAX } else { 0 }))
    }
    #[inline(always)]
    fn select(self, other: Self, mask: Self::Bits) -> Self {
        Self(from_fn(|i| if mask.0[i] != 0 { self.0[i] } else { other.0[i] }))
    }
    #[inline(always)]
    fn to_bits(self) -> Self::Bits {
        Lanes(self.0.map(f64::to_bits))
    }
    #[inline(always)]
    fn from_bits(bits: Self::Bits) -> Self {
        Self(bits.0.map(f64::from_bits))
    }
}

impl U32x4 for Lanes<u32, 4> {
    #[inline(always)]
    fn splat(value: u32) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    fn load(lanes: &[u32; 4]) -> Self {
        Self(*lanes)
    }
    #[inline(always)]
    fn store(self, lanes: &mut [u32; 4]) {
        *lanes = self.0;
    }
    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Self(self.0.map(|lane| lane << bits))
    }
    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        Self(self.0.map(|lane| lane >> bits))
    }
    #[inline(always)]
    fn shift_right_signed(self, bits: u32) -> Self {
        Self(self.0.map(|lane| ((lane as i32) >> bits) as u32))
    }
    #[inline(always)]
    fn mul_wide(self, factor: Self) -> (Self, Self) {
        let products: [u64; 4] = from_fn(|i| u64::from(self.0[i]) * u64::from(factor.0[i]));
        (Self(products.map(|product| (product >> 32) as u32)), Self(products.map(|product| product as u32)))
    }
    #[inline(always)]
    fn less_than(self, other: Self) -> Self {
        Self(from_fn(|i| mask(self.0[i] < other.0[i])))
    }
    #[inline(always)]
    fn high_bits(self) -> u32 {
        (0..4).map(|i| self.0[i] >> 31 << i).sum()
    }
    #[inline(always)]
    fn compress(self, kept: u32) -> Self {
        let mut lanes = [0; 4];
        let source = (0..4).filter(|i| kept >> i & 1 == 1);
        lanes.iter_mut().zip(source).for_each(|(lane, i)| *lane = self.0[i]);
        Self(lanes)
    }
    #[inline(always)]
    fn expand(self, kept: u32) -> Self {
        let mut lanes = [0; 4];
        let places = (0..4).filter(|i| kept >> i & 1 == 1);
        self.0.iter().zip(places).for_each(|(lane, i)| lanes[i] = *lane);
        Self(lanes)
    }
}

impl U64x2 for Lanes<u64, 2> {
    #[inline(always)]
    fn splat(value: u64) -> Self {
        Self([value; 2])
    }
    #[inline(always)]
    fn load(lanes: &[u64; 2]) -> Self {
        Self(*lanes)
    }
    #[inline(always)]
    fn store(self, lanes: &mut [u64; 2]) {
        *lanes = self.0;
    }
    #[inline(always)]
    fn shift_left(self, bits: u32) -> Self {
        Self(self.0.map(|lane| lane << bits))
    }
    #[inline(always)]
    fn shift_right(self, bits: u32) -> Self {
        Self(self.0.map(|lane| lane >> bits))
    }
}
