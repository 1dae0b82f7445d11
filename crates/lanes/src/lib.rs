//! The only place that knows SIMD exists: a small vocabulary of vector operations with stated numerics.
//!
//! A [`Backend`] names the vector types of fixed width: four `f32`, two `f64`, four `u32`, two `u64`. Every operation is
//! defined lane by lane as the IEEE 754 operation of the same name, so [`Scalar`] and `Simd128` give the same bits
//! for the same program. The one exception is [`Backend::relaxed_mul_add`], which may round once instead of twice
//! on the `Relaxed` backend; code that needs the same bits everywhere uses [`F32x4::mul_add`], always two roundings.
//!
//! The width is fixed rather than chosen per host because the order of a sum is part of its result.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

pub use scalar::Scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use simd128::Simd128;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
pub use simd128::{Relaxed, Wide};

/// The fastest backend that this build was compiled for.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub type Best = Scalar;
/// The fastest backend that this build was compiled for.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128", not(target_feature = "relaxed-simd")))]
pub type Best = Simd128;
/// The fastest backend that this build was compiled for.
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd", not(feature = "wide")))]
pub type Best = Relaxed;
/// The fastest backend that this build was compiled for.
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd", feature = "wide"))]
pub type Best = Wide;

use core::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Sub};

/// A set of vector types whose instructions exist in this build.
pub trait Backend: Copy + 'static {
    /// The name that results record: `"scalar"`, `"simd128"`, `"relaxed"` or `"wide"`.
    const NAME: &'static str;
    /// Whether [`Backend::relaxed_mul_add`] is one instruction that leaves more registers for accumulators.
    const FUSES: bool;
    /// Whether the engine joins neighbouring vectors into one register of twice the width, so that kernels do best with
    /// an even number of them side by side.
    const WIDE: bool;
    /// Four `f32`.
    type F32: F32x4<Bits = Self::U32, Wide = Self::F64>;
    /// Two `f64`.
    type F64: F64x2<Bits = Self::U64>;
    /// Four `u32`.
    type U32: U32x4;
    /// Two `u64`.
    type U64: U64x2;

    /// `a * b + c` with one rounding or two, whichever the host does faster; the choice may differ between hosts.
    fn relaxed_mul_add(a: Self::F32, b: Self::F32, c: Self::F32) -> Self::F32;
}

/// Four `f32` lanes.
pub trait F32x4:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The lanes' bit patterns, and the masks of comparisons: all ones or all zeros per lane.
    type Bits: U32x4;
    /// Half the lanes in double precision.
    type Wide: F64x2;

    /// The same value in every lane.
    fn splat(value: f32) -> Self;
    /// The number at a place in memory in every lane: where a load can do both, `splat` might load twice.
    fn load_splat(value: &f32) -> Self;
    /// Lane `i` is `lanes[i]`.
    fn load(lanes: &[f32; 4]) -> Self;
    /// `lanes[i]` becomes lane `i`.
    fn store(self, lanes: &mut [f32; 4]);
    /// `self * factor + addend`, always two roundings.
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self * factor + addend
    }
    /// The sign bit cleared.
    fn abs(self) -> Self;
    /// The correctly rounded square root.
    fn sqrt(self) -> Self;
    /// The nearest integer, ties to even.
    fn round_ties_even(self) -> Self;
    /// `if self < other { other } else { self }`: a NaN in `self` stays, a NaN in `other` is passed over.
    fn max_or_self(self, other: Self) -> Self;
    /// The mask of `self < other`; false where either is NaN.
    fn less_than(self, other: Self) -> Self::Bits;
    /// `if mask { self } else { other }` for a mask that a comparison made.
    fn select(self, other: Self, mask: Self::Bits) -> Self;
    /// The lanes' bit patterns.
    fn to_bits(self) -> Self::Bits;
    /// The lanes with these bit patterns.
    fn from_bits(bits: Self::Bits) -> Self;
    /// Truncation towards zero to `i32`, as its two's complement bits; saturates, NaN gives 0.
    fn to_int_bits(self) -> Self::Bits;
    /// Lanes 0 and 1, exactly.
    fn widen_low(self) -> Self::Wide;
    /// Lanes 2 and 3, exactly.
    fn widen_high(self) -> Self::Wide;
    /// Lane `j` of vector `i` is lane `i` of `vectors[j]`.
    fn transpose(vectors: [Self; 4]) -> [Self; 4];
    /// `(lane 0 + lane 2) + (lane 1 + lane 3)`.
    fn sum(self) -> f32 {
        let mut lanes = [0.0; 4];
        self.store(&mut lanes);
        (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
    }
}

/// Two `f64` lanes.
pub trait F64x2:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The lanes' bit patterns, and the masks of comparisons: all ones or all zeros per lane.
    type Bits: U64x2;

    /// The same value in both lanes.
    fn splat(value: f64) -> Self;
    /// The same, of a constant that a loop is to hold: V8 makes a constant vector anew wherever it stands, in three
    /// instructions, and a value that the compiler cannot see through it keeps in a register or a slot of the stack.
    #[inline(always)]
    fn held(value: f64) -> Self {
        Self::splat(core::hint::black_box(value))
    }
    /// Lane `i` is `lanes[i]`.
    fn load(lanes: &[f64; 2]) -> Self;
    /// `lanes[i]` becomes lane `i`.
    fn store(self, lanes: &mut [f64; 2]);
    /// `self * factor + addend`, always two roundings.
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self * factor + addend
    }
    /// The sign bit cleared.
    fn abs(self) -> Self;
    /// The correctly rounded square root.
    fn sqrt(self) -> Self;
    /// The mask of `self < other`; false where either is NaN.
    fn less_than(self, other: Self) -> Self::Bits;
    /// `if mask { self } else { other }` for a mask that a comparison made.
    fn select(self, other: Self, mask: Self::Bits) -> Self;
    /// The lanes' bit patterns.
    fn to_bits(self) -> Self::Bits;
    /// The lanes with these bit patterns.
    fn from_bits(bits: Self::Bits) -> Self;
    /// Lane 0 plus lane 1.
    #[inline(always)]
    fn sum(self) -> f64 {
        let mut lanes = [0.0; 2];
        self.store(&mut lanes);
        lanes[0] + lanes[1]
    }
}

/// Four `u32` lanes; arithmetic wraps.
pub trait U32x4:
    Copy + Add<Output = Self> + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self>
{
    /// The same value in every lane.
    fn splat(value: u32) -> Self;
    /// Lane `i` is `lanes[i]`.
    fn load(lanes: &[u32; 4]) -> Self;
    /// `lanes[i]` becomes lane `i`.
    fn store(self, lanes: &mut [u32; 4]);
    /// Every lane shifted left by `bits`, 0 to 31.
    fn shift_left(self, bits: u32) -> Self;
    /// Every lane shifted right by `bits`, 0 to 31, zeros coming in.
    fn shift_right(self, bits: u32) -> Self;
    /// Every lane shifted right by `bits`, 0 to 31, copies of the sign bit coming in.
    fn shift_right_signed(self, bits: u32) -> Self;
    /// The high and the low half of every lane's 64-bit product.
    fn mul_wide(self, factor: Self) -> (Self, Self);
    /// The mask of `self < other`, unsigned.
    fn less_than(self, other: Self) -> Self;
    /// The highest bit of lane `i` as bit `i`.
    fn high_bits(self) -> u32;
    /// The lanes whose bit in `kept` is set, in their order, then zeros; bits above the fourth are ignored.
    fn compress(self, kept: u32) -> Self;
    /// The reverse: the first lanes, in their order, at the places whose bit in `kept` is set, zeros at the others.
    fn expand(self, kept: u32) -> Self;
}

/// Two `u64` lanes; arithmetic wraps.
pub trait U64x2:
    Copy + Add<Output = Self> + Sub<Output = Self> + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self>
{
    /// The same value in both lanes.
    fn splat(value: u64) -> Self;
    /// Lane `i` is `lanes[i]`.
    fn load(lanes: &[u64; 2]) -> Self;
    /// `lanes[i]` becomes lane `i`.
    fn store(self, lanes: &mut [u64; 2]);
    /// Both lanes shifted left by `bits`, 0 to 63.
    fn shift_left(self, bits: u32) -> Self;
    /// Both lanes shifted right by `bits`, 0 to 63, zeros coming in.
    fn shift_right(self, bits: u32) -> Self;
}
