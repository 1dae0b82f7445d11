//! Gates: which units of a site a sampled subnetwork keeps, and by what a kept activity is multiplied.
//!
//! # Value stability
//!
//! Fixed for ever. When every rate of the site is exactly ½, unit `u` is bit `u mod 32` of word `(u div 32) mod 4` of
//! block `u div 128`, 1 meaning keep: 128 gates a block. Otherwise unit `u` is word `u mod 4` of block `u div 4`, kept
//! when `word < round(keep · 2^32)`, compared in 64 bits so that keep = 1 always keeps. The realised keep probability
//! is therefore a multiple of 2^-32; exact statistics use the nominal one.
//!
//! Noise is of the domain of noise: that of unit `u` is made of `(w + ½) / 2^32`, `w` being word `u mod 4` of block `u div 4`,
//! by the normal quantile (Gaussian) or the logit (concrete).

use crate::concrete::Concrete;
use crate::error::Error;
use crate::normal::quantile;
use crate::random::{Domain, Stream};
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

/// What the gates of a site are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Kept or dropped.
    Bernoulli(Scaling),
    /// Kept or dropped to the lower end of SELU: see [`Site::shift`].
    Alpha,
    /// Normal about 1.
    Gaussian,
    /// Between kept and dropped, at a rate that is learned.
    Concrete(Concrete),
}

/// `−λα` of SELU, which it tends to (Klambauer et al. 2017, eq. 14).
const SELU_FLOOR: f64 = -1.758_099_340_847_376_6;

/// A gate site: one application of a dropout layer, or the gated connections of one dense layer.
///
/// A site with one rate holds it once: the connections of a wide layer have millions of gates.
#[derive(Clone, Debug)]
pub struct Site {
    /// Position among the network's sites in topological order; part of the random layout.
    pub number: u32,
    kind: Kind,
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
            kind: Kind::Bernoulli(scaling),
            gates,
            rates: rates.to_vec(),
            last_kept: keep().map(|keep| ((keep * 4_294_967_296.0).round() as u64 - 1) as u32).collect(),
            kept_factor,
            all_half: rates.iter().all(|&rate| rate == 0.5),
        })
    }

    /// Gates of alpha dropout: what is dropped becomes `α' = −λα`, and `a·x + b` brings mean 0 and variance 1 back (Klambauer
    /// et al. 2017, §"New dropout technique"): `a = (q + α'²q(1 − q))^(−½)`, `b = −a(1 − q)α'` with `q = 1 − rate`.
    pub fn alpha(mut self) -> Self {
        self.kind = Kind::Alpha;
        self.kept_factor = vec![self.kept_factor(0) as f32];
        self
    }

    /// Noise of Gaussian dropout: normal factors of mean 1 and variance `rate / (1 − rate)` (Srivastava et al. 2014, §10).
    pub fn gaussian(mut self) -> Self {
        self.kind = Kind::Gaussian;
        self
    }

    /// Noise of concrete dropout.
    pub fn concrete(mut self, concrete: Concrete) -> Self {
        self.kind = Kind::Concrete(concrete);
        self
    }

    /// The settings of concrete dropout.
    pub fn as_concrete(&self) -> Option<Concrete> {
        match self.kind {
            Kind::Concrete(concrete) => Some(concrete),
            _ => None,
        }
    }

    /// Whether gates multiply by a number or by nothing, so that a sample is a thinned network.
    pub fn is_thinning(&self) -> bool {
        matches!(self.kind, Kind::Bernoulli(_))
    }

    /// What is taken off an activity before its gate and what is added after it: of alpha dropout, `α'` and `aα' + b`.
    pub fn shift(&self) -> Option<(f32, f32)> {
        (self.kind == Kind::Alpha).then(|| {
            let (a, q) = (self.kept_factor(0), self.keep(0));
            (SELU_FLOOR as f32, (a * SELU_FLOOR * q) as f32)
        })
    }

    /// The words of its gates or of its noise.
    pub fn stream(&self, seed: u64, domain: Domain, row: u32, sample: u32) -> Stream {
        match self.kind {
            Kind::Bernoulli(_) | Kind::Alpha => Stream::new(seed, domain, self.number, row, sample),
            Kind::Gaussian | Kind::Concrete(_) => Stream::noise(seed, domain, self.number, row, sample),
        }
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
        self.as_concrete().is_some() || self.rates.iter().any(|&rate| rate > 0.0)
    }

    /// How many gates can be dropped.
    pub fn random_gates(&self) -> usize {
        if matches!(self.kind, Kind::Gaussian | Kind::Concrete(_)) {
            return 0;
        }
        if self.rates.len() == 1 {
            if self.rates[0] > 0.0 { self.gates } else { 0 }
        } else {
            self.rates.iter().filter(|&&rate| rate > 0.0).count()
        }
    }

    /// What a kept activity is multiplied by, in double precision.
    pub fn kept_factor(&self, gate: usize) -> f64 {
        match self.kind {
            Kind::Bernoulli(Scaling::Standard) => 1.0,
            Kind::Alpha => {
                let q = self.keep(gate);
                1.0 / (q + SELU_FLOOR * SELU_FLOOR * q * (1.0 - q)).sqrt()
            }
            _ => 1.0 / self.keep(gate),
        }
    }

    /// What the deterministic, weight-scaled pass multiplies by: the mean of the gate times its kept factor.
    pub fn mean_factor(&self, gate: usize) -> f64 {
        match self.kind {
            Kind::Bernoulli(Scaling::Standard) => self.keep(gate),
            _ => 1.0,
        }
    }

    /// Draws every gate: `factors[u]` becomes the kept factor of unit `u`, or 0 where it is dropped.
    pub fn draw<B: Backend>(&self, stream: &Stream, factors: &mut [f32]) {
        assert_eq!(factors.len(), self.len());
        if self.kind == Kind::Gaussian {
            let deviation = (self.rate(0) / self.keep(0)).sqrt();
            each_uniform(stream, factors, |u| 1.0 + deviation * quantile(u));
        } else if self.all_half {
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
        // Two blocks one after the other take half as long as four in lanes.
        const FEW: usize = 2 * 4;
        let last_of_one = [self.last_kept.first().copied().unwrap_or(0); GATES];
        let factor_of_one = [self.kept_factor.first().copied().unwrap_or(0.0); GATES];
        for (quad, factors) in factors.chunks_mut(GATES).enumerate() {
            let first = 4 * quad as u32;
            let words = if factors.len() > FEW { stream.four_blocks::<B>(first) } else { stream.two_blocks(first) };
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

/// Activities under gates that keep or drop: what is dropped is 0 whatever it was. Multiplied by 0 an activity that has overflowed
/// would be no number, and only where a pass computes what its mask drops.
#[inline(always)]
pub fn gated<B: Backend>(values: B::F32, factors: B::F32) -> B::F32 {
    B::F32::from_bits((values * factors).to_bits() & B::F32::splat(0.0).less_than(factors))
}

/// The same of one activity, or its noise, which may be negative.
#[inline(always)]
pub fn gated_one(value: f32, factor: f32) -> f32 {
    if factor == 0.0 { 0.0 } else { value * factor }
}

/// A number for each gate from a uniform one: word `u mod 4` of block `u div 4`, as `(word + ½) / 2^32`.
pub(crate) fn each_uniform(stream: &Stream, factors: &mut [f32], number: impl Fn(f64) -> f64) {
    for (block, factors) in factors.chunks_mut(4).enumerate() {
        let words = stream.block(block as u32);
        factors.iter_mut().zip(words).for_each(|(factor, word)| {
            *factor = number((f64::from(word) + 0.5) / 4_294_967_296.0) as f32;
        });
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
    use crate::random::philox;
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

    fn site(gates: usize, rate: f64) -> Site {
        Site::new(3, gates, &[rate], Scaling::Inverted, "d").unwrap()
    }

    /// From Philox, Python's `NormalDist` and `math`: pinned, since every seeded sample depends on them.
    #[test]
    fn noise_stays_what_it_is() {
        let mut drawn = [0.0; 5];
        let gaussian = site(5, 0.2).gaussian();
        gaussian.draw::<Best>(&gaussian.stream(SEED, Domain::MonteCarlo, 21, 34), &mut drawn);
        assert_eq!(drawn, PINNED[0]);
        gaussian.draw::<Best>(&gaussian.stream(SEED, Domain::Training, 21, 34), &mut drawn);
        assert_eq!(drawn, PINNED[1]);
        let settings = Concrete { logit: 0, temperature: 0.1, weight_regularizer: 0.0, dropout_regularizer: 0.0 };
        let concrete = site(5, 0.0).concrete(settings);
        let stream = concrete.stream(SEED, Domain::MonteCarlo, 21, 34);
        settings.draw(&[vec![-0.5]].to_vec(), &stream, &mut drawn);
        assert_eq!(drawn, PINNED[2]);
    }

    const PINNED: [[f32; 5]; 3] = [
        [0.928_718_4, 1.346_546_9, 1.935_209, 1.035_356_5, 1.353_667_5],
        [1.392_799_3, -0.029_815_55, 0.359_007_84, 1.314_394_1, 1.780_568_2],
        [1.605_421, 0.002_938_985, 2.432_453e-13, 1.573_748_4, 0.002_307_128_2],
    ];

    /// Mean and variance of 40,000 factors within four standard errors of what the papers say.
    #[test]
    fn noise_has_its_moments() {
        const N: usize = 40_000;
        let moments = |values: &[f32]| {
            let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / N as f64;
            (mean, values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / N as f64)
        };
        let mut drawn = vec![0.0; N];
        let gaussian = site(N, 0.2).gaussian();
        gaussian.draw::<Best>(&gaussian.stream(SEED, Domain::MonteCarlo, 0, 0), &mut drawn);
        let (mean, variance) = moments(&drawn);
        assert!((mean - 1.0).abs() < 4.0 * (0.25 / N as f64).sqrt(), "{mean}");
        assert!((variance / 0.25 - 1.0).abs() < 4.0 * (2.0 / N as f64).sqrt(), "{variance}");
        // Alpha dropout keeps mean 0 and variance 1 of what it reads.
        let alpha = site(N, 0.3).alpha();
        alpha.draw::<Best>(&alpha.stream(SEED, Domain::MonteCarlo, 0, 0), &mut drawn);
        let (before, after) = alpha.shift().unwrap();
        let inputs = Stream::new(7, Domain::Initialization, 0, 0, 0);
        let mut x = vec![0.0; N];
        each_uniform(&inputs, &mut x, quantile);
        let shifted: Vec<f32> = x.iter().zip(&drawn).map(|(x, gate)| (x - before) * gate + after).collect();
        let (mean, variance) = moments(&shifted);
        assert!(mean.abs() < 4.0 / (N as f64).sqrt(), "{mean}");
        assert!((variance - 1.0).abs() < 4.0 * (2.0 / N as f64).sqrt(), "{variance}");
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
