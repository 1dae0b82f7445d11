//! Products of the factors `q + p e^{i t a}` at equidistant nodes.
//!
//! ```text
//! for t { for gate { φ *= q + p·(cos(t·a) + i·sin(t·a)) } }
//! ```
//! is the obvious loop. Here `p e^{i t a}` advances by a multiplication with `e^{i h a}`, from a fresh sine and cosine
//! every [`RUN`] nodes: of equal accuracy to a few roundings, and a tenth of the time. Gates are outside, nodes inside, so
//! that the rotations stay in registers; four gates in two vectors go together, which hides the latency of one rotation
//! behind the other and loads the product half as often. As no factor exceeds 1, the product only shrinks: once it is
//! silent at every node, the gates that are left cannot change that.

use crate::exact::characteristic::integrals::lanes;
use thinned_lanes::{Backend, F64x2};

/// Nodes between fresh sines.
pub const RUN: usize = 32;
/// Gates between two looks at whether all is silent.
const LOOK: usize = 16;

/// One gate on one grid.
#[derive(Clone, Copy, Debug)]
pub struct Factor {
    /// Its place in the column.
    pub member: usize,
    /// `a`.
    pub coefficient: f64,
    /// `p`.
    pub keep: f64,
    /// `q`.
    pub rate: f64,
    turn: (f64, f64), // e^{i h a}
}

/// Complex numbers, one for each lane.
#[derive(Clone, Copy)]
struct Complex<V>(V, V);

impl<V: F64x2> core::ops::Mul for Complex<V> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0 - self.1 * other.1, self.0 * other.1 + self.1 * other.0)
    }
}

impl Factor {
    /// The gate of a member with coefficient `a`, on nodes at distance `step`.
    pub fn new(member: usize, coefficient: f64, (keep, rate): (f64, f64), step: f64) -> Self {
        let (sine, cosine) = libm::sincos(step * coefficient);
        Self { member, coefficient, keep, rate, turn: (cosine, sine) }
    }

    /// A factor of exactly 1.
    const ONE: Self = Self { member: usize::MAX, coefficient: 0.0, keep: 0.0, rate: 1.0, turn: (1.0, 0.0) };

    /// `p e^{i t a}`.
    fn start(&self, t: f64) -> (f64, f64) {
        let (sine, cosine) = libm::sincos(t * self.coefficient);
        (self.keep * cosine, self.keep * sine)
    }

    /// `e^{i t a}` at the nodes of a run.
    pub fn rotations(&self, nodes: &[f64], real: &mut [f64], imaginary: &mut [f64]) {
        let (sine, cosine) = libm::sincos(nodes[0] * self.coefficient);
        let mut rotation = Complex(cosine, sine);
        for (re, im) in real.iter_mut().zip(imaginary).take(nodes.len()) {
            (*re, *im) = (rotation.0, rotation.1);
            rotation = Complex(
                rotation.0 * self.turn.0 - rotation.1 * self.turn.1,
                rotation.0 * self.turn.1 + rotation.1 * self.turn.0,
            );
        }
    }
}

/// Two gates, each in its lane.
struct Pair<V> {
    rotation: Complex<V>,
    turn: Complex<V>,
    rate: V,
}

impl<V: F64x2> Pair<V> {
    #[inline(always)]
    fn new(a: &Factor, b: &Factor, t: f64) -> Self {
        let (starts, turns) = ((a.start(t), b.start(t)), (a.turn, b.turn));
        Self {
            rotation: Complex(V::load(&[starts.0.0, starts.1.0]), V::load(&[starts.0.1, starts.1.1])),
            turn: Complex(V::load(&[turns.0.0, turns.1.0]), V::load(&[turns.0.1, turns.1.1])),
            rate: V::load(&[a.rate, b.rate]),
        }
    }

    #[inline(always)]
    fn next(&mut self) -> Complex<V> {
        let factor = Complex(self.rate + self.rotation.0, self.rotation.1);
        self.rotation = self.rotation * self.turn;
        factor
    }
}

/// Multiplies `real + i imaginary`, one number for each of at most [`RUN`] nodes, by all factors.
///
/// Where the squared modulus falls below `silences` at every node the rest is left out. Returns how many gates were used.
pub fn multiply<B: Backend>(
    factors: &[Factor],
    nodes: &[f64],
    silences: &[f64],
    real: &mut [f64],
    imaginary: &mut [f64],
) -> usize {
    // Gates in even and odd places have a product each, in the two lanes.
    let mut products = [Complex(B::F64::splat(0.0), B::F64::splat(0.0)); RUN];
    let products = &mut products[..nodes.len()];
    for (product, (&re, &im)) in products.iter_mut().zip(real.iter().zip(imaginary.iter())) {
        *product = Complex(B::F64::load(&[re, 1.0]), B::F64::load(&[im, 0.0]));
    }
    let mut used = 0;
    for look in factors.chunks(LOOK) {
        for quad in look.chunks(4) {
            let gate = |i: usize| quad.get(i).unwrap_or(&Factor::ONE);
            let mut first = Pair::<B::F64>::new(gate(0), gate(1), nodes[0]);
            let mut second = Pair::<B::F64>::new(gate(2), gate(3), nodes[0]);
            for product in &mut *products {
                *product = *product * (first.next() * second.next());
            }
        }
        used += look.len();
        if used < factors.len() && products.iter().zip(silences).all(|(product, silence)| squared(product) < *silence) {
            break;
        }
    }
    for (product, (re, im)) in products.iter().zip(real.iter_mut().zip(imaginary)) {
        let ([a, b], [c, d]) = (lanes(product.0), lanes(product.1)); // (a + ci) (b + di)
        (*re, *im) = (a * b - c * d, a * d + c * b);
    }
    used
}

/// The squared modulus of the product of both lanes.
#[inline(always)]
fn squared<V: F64x2>(product: &Complex<V>) -> f64 {
    let [even, odd] = lanes(product.0 * product.0 + product.1 * product.1);
    even * odd
}
