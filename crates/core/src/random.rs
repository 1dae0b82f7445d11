//! Philox4x32-10: random words as a pure function of a key and a counter.
//!
//! Source: Salmon, Moraes, Dror, Shaw, *Parallel random numbers: as easy as 1, 2, 3* (SC 2011). A block of four words
//! is ten rounds of two 32×32→64 multiplications over the counter, keyed by two words that advance by Weyl constants.
//! There is no state, so any block can be computed by anyone at any time.
//!
//! # Value stability
//!
//! The layout is fixed for ever: key = the 64-bit seed, low word first; counter = (block, domain · 2^28 + site, row,
//! sample). A change would change every seeded result, so tests pin the words.

use thinned_lanes::{Backend, U32x4};

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// What a stream of words is for; streams of different domains never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Masks of sampled predictions.
    MonteCarlo = 0,
    /// Masks of training steps; the sample is the step.
    Training = 1,
    /// Initial weights; the site is the parameter's index.
    Initialization = 2,
    /// The order of the rows of an epoch; the sample is the epoch.
    Shuffle = 3,
    /// Noise of continuous dropouts in predictions; see [`Stream::noise`] for training.
    Noise = 4,
    /// Draws from Gaussian processes; the site is the output.
    GaussianProcess = 5,
}

/// The words of one (seed, domain, site, row, sample).
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    key: [u32; 2],
    tail: [u32; 3],
}

impl Stream {
    /// The stream of a site (below 2^28) for one row and one sample.
    pub fn new(seed: u64, domain: Domain, site: u32, row: u32, sample: u32) -> Self {
        debug_assert!(site < 1 << 28);
        Self { key: [seed as u32, (seed >> 32) as u32], tail: [((domain as u32) << 28) + site, row, sample] }
    }

    /// The noise of a continuous dropout where gates would come from `domain`: that of training has sites from 2^27 on.
    pub fn noise(seed: u64, domain: Domain, site: u32, row: u32, sample: u32) -> Self {
        let first = if domain == Domain::Training { 1 << 27 } else { 0 };
        Self::new(seed, Domain::Noise, first + site, row, sample)
    }

    /// The four words of one block.
    pub fn block(&self, block: u32) -> [u32; 4] {
        philox([block, self.tail[0], self.tail[1], self.tail[2]], self.key)
    }

    /// The words of blocks `first` and `first + 1`, in order, and nothing behind them.
    pub fn two_blocks(&self, first: u32) -> [u32; 16] {
        let mut words = [0; 16];
        words[..4].copy_from_slice(&self.block(first));
        words[4..8].copy_from_slice(&self.block(first + 1));
        words
    }

    /// The words of blocks `first .. first + 4`, in order: four blocks in the lanes of one computation.
    #[inline(always)]
    pub fn four_blocks<B: Backend>(&self, first: u32) -> [u32; 16] {
        let mut counter = [
            B::U32::splat(first) + B::U32::load(&[0, 1, 2, 3]),
            B::U32::splat(self.tail[0]),
            B::U32::splat(self.tail[1]),
            B::U32::splat(self.tail[2]),
        ];
        let mut key = self.key;
        for _ in 0..ROUNDS {
            let (high_0, low_0) = counter[0].mul_wide(B::U32::splat(MULTIPLIERS[0]));
            let (high_1, low_1) = counter[2].mul_wide(B::U32::splat(MULTIPLIERS[1]));
            counter = [
                high_1 ^ counter[1] ^ B::U32::splat(key[0]),
                low_1,
                high_0 ^ counter[3] ^ B::U32::splat(key[1]),
                low_0,
            ];
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        let mut lanes = [[0; 4]; 4]; // [word, block]
        for (word, lane) in counter.into_iter().zip(&mut lanes) {
            word.store(lane);
        }
        core::array::from_fn(|i| lanes[i % 4][i / 4])
    }
}

/// Ten rounds of Philox4x32 over one counter.
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let product_0 = u64::from(MULTIPLIERS[0]) * u64::from(counter[0]);
        let product_1 = u64::from(MULTIPLIERS[1]) * u64::from(counter[2]);
        counter = [
            (product_1 >> 32) as u32 ^ counter[1] ^ key[0],
            product_1 as u32,
            (product_0 >> 32) as u32 ^ counter[3] ^ key[1],
            product_0 as u32,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// A random order of `0 .. length` for one epoch: Fisher-Yates from the back, one word a swap.
///
/// A word is scaled to its range by the high half of a product (Lemire 2019 without the rejection), which favours no
/// index by more than `length / 2^32`.
pub fn permutation(length: u32, seed: u64, epoch: u32) -> Vec<u32> {
    let stream = Stream::new(seed, Domain::Shuffle, 0, 0, epoch);
    let mut order: Vec<u32> = (0..length).collect();
    for last in (1..length).rev() {
        let draw = length - 1 - last;
        let word = stream.block(draw / 4)[(draw % 4) as usize];
        let other = (u64::from(word) * (u64::from(last) + 1)) >> 32;
        order.swap(last as usize, other as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Known answers of the Random123 distribution (`kat_vectors`, philox 4x32, 10 rounds).
    #[test]
    fn philox_gives_the_known_answers_of_random123() {
        let known = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, words) in known {
            assert_eq!(philox(counter, key), words);
        }
    }

    #[test]
    fn a_stream_has_the_documented_counter_and_key() {
        let stream = Stream::new((5 << 32) + 4, Domain::Initialization, 7, 11, 13);
        assert_eq!(stream.block(3), philox([3, (2 << 28) + 7, 11, 13], [4, 5]));
        assert_eq!(Stream::new(1, Domain::Shuffle, 0, 0, 2).block(0), philox([0, 3 << 28, 0, 2], [1, 0]));
        assert_eq!(Stream::new(1, Domain::MonteCarlo, 1, 2, 3).block(0), philox([0, 1, 2, 3], [1, 0]));
        assert_eq!(Stream::new(1, Domain::Training, 1, 2, 3).block(0), philox([0, (1 << 28) + 1, 2, 3], [1, 0]));
    }

    #[test]
    fn four_blocks_are_the_blocks_one_by_one() {
        let stream = Stream::new(0x1234_5678_9abc, Domain::Training, 7, 11, 13);
        for first in [0, 1, 1000, u32::MAX - 3] {
            let expected: Vec<u32> = (0..4).flat_map(|i| stream.block(first + i)).collect();
            assert_eq!(stream.four_blocks::<Scalar>(first).to_vec(), expected);
            assert_eq!(stream.four_blocks::<Best>(first).to_vec(), expected);
        }
    }

    #[test]
    fn a_permutation_holds_every_index_once_and_is_pinned() {
        let order = permutation(1000, 5, 2);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..1000));
        assert_eq!(permutation(8, 1, 0), PINNED_ORDER);
        assert_ne!(permutation(8, 1, 0), permutation(8, 1, 1));
    }

    /// Value stability: a change here changes every training run.
    const PINNED_ORDER: [u32; 8] = [5, 7, 3, 1, 6, 2, 4, 0];
}
