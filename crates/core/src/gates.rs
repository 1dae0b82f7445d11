//! Gates: which units of a site a sampled subnetwork keeps, and by what a kept activity is multiplied.
//!
//! # Value stability
//!
//! Fixed for ever. When every rate of the site is exactly ½, unit `u` is bit `u mod 32` of word `(u div 32) mod 4` of
//! block `u div 128`, 1 meaning keep: 128 gates a block. Otherwise unit `u` is word `u mod 4` of block `u div 4`, kept
//! when `word < round(keep · 2^32)`, compared in 64 bits so that keep = 1 always keeps. The realised keep probability
//! is therefore a multiple of 2^-32; exact statistics use the nominal one.

use crate::error::Error;
use crate::random::Stream;
use thinned_lanes::{Backend, F32x4, U32x4};

/// Where the expectation of a gate is divided out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaling {
    /// A kept activity is divided by its keep probability; prediction uses it as it is (Keras, PyTorch).
    Inverted,
    /// A kept activity is used as it is; prediction multiplies by the keep probability (Hinton et al. 2012).
    Standard,
}

impl Scaling {
    /// `"inverted"` or `"standard"`.
    pub fn parse(word: &str) -> Result<Self, Error> {
        match word {
            "inverted" => Ok(Self::Inverted),
            "standard" => Ok(Self::Standard),
            _ => Err(Error::word(format!(
                "Cannot scale gates: scaling is \"{word}\", wanted \"inverted\" or \"standard\""
            ))),
        }
    }
}

/// A gate site: one application of a dropout layer, or the gated connections of one dense layer.
///
/// A site with one rate holds it once: the connections of a wide layer have millions of gates.
#[derive(Clone, Debug)]
pub struct Site {
    /// Position among the network's sites in topological order; part of the random layout.
    pub number: u32,
    scaling: Scaling,
    gates: usize,
    rates: Vec<f64>,       // [1] or [gates]
    last_kept: Vec<u32>,   // [1] or [gates]: the largest word that keeps the gate
    kept_factor: Vec<f32>, // [1] or [gates]: what a kept activity is multiplied by
    all_half: bool,
}

impl Site {
    /// A site of `gates` gates with one rate for all or one rate each.
    ///
    /// # Errors
    /// `Range` for a rate outside `[0, 1)` or so near 1 that no word of 32 bits would keep the gate; `Shape` for
    /// another number of rates.
    pub fn new(number: u32, gates: usize, rates: &[f64], scaling: Scaling, name: &str) -> Result<Self, Error> {
        if rates.len() != 1 && rates.len() != gates {
            return Err(Error::shape(format!(
                "Cannot gate layer \"{name}\": got {} rates for {gates} units, wanted 1 or {gates}",
                rates.len()
            )));
        }
        for (index, &rate) in rates.iter().enumerate() {
            if !(0.0..1.0).contains(&rate) {
                return Err(Error::range(format!(
                    "Cannot gate layer \"{name}\": rate {index} is {rate}, wanted a number in [0, 1)"
                )));
            }
            if 1.0 - rate < 2f64.powi(-32) {
                return Err(Error::range(format!(
                    "Cannot gate layer \"{name}\": rate {index} leaves a keep probability of {:e}, wanted at least 2^-32",
                    1.0 - rate
                )));
            }
        }
        let keep = || rates.iter().map(|rate| 1.0 - rate);
        let kept_factor = match scaling {
            Scaling::Inverted => keep().map(|keep| (1.0 / keep) as f32).collect(),
            Scaling::Standard => vec![1.0; rates.len()],
        };
        Ok(Self {
            number,
            scaling,
            gates,
            rates: rates.to_vec(),
            last_kept: keep().map(|keep| ((keep * 4_294_967_296.0).round() as u64 - 1) as u32).collect(),
            kept_factor,
            all_half: rates.iter().all(|&rate| rate == 0.5),
        })
    }

    /// How many gates, those of rate 0 included.
    pub fn len(&self) -> usize {
        self.gates
    }

    /// Whether the site has no gate at all.
    pub fn is_empty(&self) -> bool {
        self.gates == 0
    }

    /// The drop probability of one gate, as given: `1 - keep` has lost what a small rate holds.
    pub fn rate(&self, gate: usize) -> f64 {
        // One rate is at place 0 for every gate.
        self.rates[gate.min(self.rates.len() - 1)]
    }

    /// The keep probability of one gate.
    pub fn keep(&self, gate: usize) -> f64 {
        1.0 - self.rate(gate)
    }

    /// Whether any gate can be dropped.
    pub fn is_random(&self) -> bool {
        self.rates.iter().any(|&rate| rate > 0.0)
    }

    /// How many gates can be dropped.
    pub fn random_gates(&self) -> usize {
        if self.rates.len() == 1 {
            if self.rates[0] > 0.0 { self.gates } else { 0 }
        } else {
            self.rates.iter().filter(|&&rate| rate > 0.0).count()
        }
    }

    /// What a kept activity is multiplied by, in double precision.
    pub fn kept_factor(&self, gate: usize) -> f64 {
        match self.scaling {
            Scaling::Inverted => 1.0 / self.keep(gate),
            Scaling::Standard => 1.0,
        }
    }

    /// What the deterministic, weight-scaled pass multiplies by: the mean of the gate times its kept factor.
    pub fn mean_factor(&self, gate: usize) -> f64 {
        match self.scaling {
            Scaling::Inverted => 1.0,
            Scaling::Standard => self.keep(gate),
        }
    }

    /// Draws every gate: `factors[u]` becomes the kept factor of unit `u`, or 0 where it is dropped.
    pub fn draw<B: Backend>(&self, stream: &Stream, factors: &mut [f32]) {
        assert_eq!(factors.len(), self.len());
        if self.all_half {
            self.draw_halves::<B>(stream, factors);
        } else {
            self.draw_thresholds::<B>(stream, factors);
        }
    }

    fn draw_halves<B: Backend>(&self, stream: &Stream, factors: &mut [f32]) {
        const GATES: usize = 4 * 128;
        let kept = self.kept_factor.first().copied().unwrap_or(1.0);
        for (quad, chunk) in factors.chunks_mut(GATES).enumerate() {
            let words = stream.four_blocks::<B>(4 * quad as u32);
            for (word, units) in words.iter().zip(chunk.chunks_mut(32)) {
                if let Ok(units) = <&mut [f32; 32]>::try_from(&mut *units) {
                    select_bits::<B>(*word, kept, units);
                } else {
                    for (bit, factor) in units.iter_mut().enumerate() {
                        *factor = if word >> bit & 1 == 1 { kept } else { 0.0 };
                    }
                }
            }
        }
    }

    fn draw_thresholds<B: Backend>(&self, stream: &Stream, factors: &mut [f32]) {
        const GATES: usize = 4 * 4;
        let last_of_one = [self.last_kept.first().copied().unwrap_or(0); GATES];
        let factor_of_one = [self.kept_factor.first().copied().unwrap_or(0.0); GATES];
        for (quad, factors) in factors.chunks_mut(GATES).enumerate() {
            let words = stream.four_blocks::<B>(4 * quad as u32);
            let (last_kept, kept_factor) = match self.rates.len() {
                1 => (&last_of_one[..factors.len()], &factor_of_one[..factors.len()]),
                _ => (
                    &self.last_kept[quad * GATES..][..factors.len()],
                    &self.kept_factor[quad * GATES..][..factors.len()],
                ),
            };
            if let (Ok(factors), Ok(last_kept), Ok(kept_factor)) = (
                <&mut [f32; GATES]>::try_from(&mut *factors),
                <&[u32; GATES]>::try_from(last_kept),
                <&[f32; GATES]>::try_from(kept_factor),
            ) {
                select_sixteen::<B>(&words, last_kept, kept_factor, factors);
            } else {
                for (unit, factor) in factors.iter_mut().enumerate() {
                    *factor = if words[unit] <= last_kept[unit] { kept_factor[unit] } else { 0.0 };
                }
            }
        }
    }
}

/// `factors[i] = kept` where bit `i` of the word is set, else 0.
#[inline(always)]
fn select_bits<B: Backend>(word: u32, kept: f32, factors: &mut [f32; 32]) {
    let (zero, kept, word) = (B::U32::splat(0), B::F32::splat(kept).to_bits(), B::U32::splat(word));
    let mut bits = B::U32::load(&[1, 2, 4, 8]);
    for quad in factors.as_chunks_mut::<4>().0 {
        B::F32::from_bits(kept & zero.less_than(word & bits)).store(quad);
        bits = bits.shift_left(4);
    }
}

/// `factors[i] = kept_factor[i]` where `words[i] <= last_kept[i]`, else 0.
#[inline(always)]
fn select_sixteen<B: Backend>(
    words: &[u32; 16],
    last_kept: &[u32; 16],
    kept_factor: &[f32; 16],
    factors: &mut [f32; 16],
) {
    let zero = B::F32::splat(0.0);
    let quads = words.as_chunks::<4>().0.iter().zip(last_kept.as_chunks::<4>().0).zip(kept_factor.as_chunks::<4>().0);
    for (((words, last_kept), kept_factor), factors) in quads.zip(factors.as_chunks_mut::<4>().0) {
        let dropped = B::U32::load(last_kept).less_than(B::U32::load(words));
        zero.select(B::F32::load(kept_factor), dropped).store(factors);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Domain, philox};
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const SEED: u64 = (9 << 32) + 8;

    fn drawn<B: Backend>(site: &Site) -> Vec<f32> {
        let mut factors = vec![f32::NAN; site.len()];
        site.draw::<B>(&Stream::new(SEED, Domain::MonteCarlo, site.number, 21, 34), &mut factors);
        factors
    }

    fn word(block: usize, word: usize) -> u32 {
        philox([block as u32, 3, 21, 34], [8, 9])[word]
    }

    #[test]
    fn gates_of_rate_one_half_are_the_bits_of_the_words() {
        for gates in [1, 31, 32, 33, 127, 128, 129, 511, 512, 513, 1200] {
            let site = Site::new(3, gates, &[0.5], Scaling::Inverted, "d").unwrap();
            let expected = |u: usize| if word(u / 128, u / 32 % 4) >> (u % 32) & 1 == 1 { 2.0 } else { 0.0 };
            let expected: Vec<f32> = (0..gates).map(expected).collect();
            assert_eq!(drawn::<Scalar>(&site), expected);
            assert_eq!(drawn::<Best>(&site), expected);
        }
    }

    #[test]
    fn gates_of_other_rates_compare_a_word_each() {
        for gates in [1, 3, 4, 15, 16, 17, 33, 100] {
            let each: Vec<f64> = (0..gates).map(|u| [0.0, 0.5, 0.2, 1e-9, 0.999][u % 5]).collect();
            for rates in [vec![0.3], each] {
                let site = Site::new(3, gates, &rates, Scaling::Standard, "d").unwrap();
                let rate = |u: usize| rates[u % rates.len()];
                let threshold = |u: usize| ((1.0 - rate(u)) * 2f64.powi(32)).round() as u64;
                let kept = |u: usize| u64::from(word(u / 4, u % 4)) < threshold(u);
                let expected: Vec<f32> = (0..gates).map(|u| f32::from(u8::from(kept(u)))).collect();
                assert_eq!(drawn::<Scalar>(&site), expected);
                assert_eq!(drawn::<Best>(&site), expected);
            }
        }
    }

    #[test]
    fn rates_outside_their_range_are_refused() {
        for rate in [1.0, -0.1, f64::NAN, f64::INFINITY, 1.0 - 2f64.powi(-33)] {
            let error = Site::new(0, 2, &[rate], Scaling::Inverted, "d").unwrap_err();
            assert_eq!(error.kind, crate::Kind::Range);
        }
        let error = Site::new(0, 2, &[0.1; 3], Scaling::Inverted, "d").unwrap_err();
        assert_eq!(error.kind, crate::Kind::Shape);
    }
}
