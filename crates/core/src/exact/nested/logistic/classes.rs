//! Masks that are equally likely, and what their activities add up to.

use super::masks::Masks;
use core::ops::Range;
use thinned_lanes::{Backend, F64x2};

/// Masks of the gates that vary within a block, by their probability.
#[derive(Clone, Debug)]
pub struct Classes {
    masks: Vec<usize>,
    classes: Vec<(f64, Range<usize>)>, // of places in `masks`
    /// A mask that none is likelier than.
    pub likeliest: usize,
    /// By mask.
    pub probabilities: Vec<f64>,
}

impl Classes {
    /// Of gates with these probabilities of keeping and dropping, equal ones side by side.
    ///
    /// The probability is computed once per class, since the order of its factors would change its last bits.
    pub fn new(gates: &[(f64, f64)]) -> Self {
        let mut members = vec![0]; // class by mask
        let mut classes = vec![1.0];
        for alike in gates.chunk_by(|x, y| x == y) {
            for _ in alike {
                let kept: Vec<usize> = members.iter().map(|class| class + classes.len()).collect();
                members.extend(kept);
            }
            let (keep, rate) = alike[0];
            let power = |base: f64, exponent: usize| (0..exponent).fold(1.0, |power, _| power * base);
            let own: Vec<f64> =
                (0..=alike.len()).map(|kept| power(keep, kept) * power(rate, alike.len() - kept)).collect();
            classes = own.iter().flat_map(|own| classes.iter().map(move |class| class * own)).collect();
        }
        let probabilities: Vec<f64> = members.iter().map(|&class| classes[class]).collect();
        let mut masks: Vec<usize> = (0..members.len()).collect();
        // Rates of which keep and rate are equal make classes alike.
        masks.sort_by(|&x, &y| probabilities[x].total_cmp(&probabilities[y]).then(x.cmp(&y)));
        let mut first = 0;
        let ranges = masks.chunk_by(|&x, &y| probabilities[x] == probabilities[y]).map(|class| {
            first += class.len();
            (probabilities[class[0]], first - class.len()..first)
        });
        let classes = ranges.collect();
        // Ascending in probability.
        Self { classes, likeliest: masks[masks.len() - 1], masks, probabilities }
    }

    /// The probability of every mask, where all are equally likely.
    pub fn common(&self) -> Option<f64> {
        (self.classes.len() == 1).then(|| self.probabilities[0])
    }

    /// The classes: the probability of each of their masks, and the masks.
    pub fn iter(&self) -> impl Iterator<Item = (f64, &[usize])> {
        self.classes.iter().map(|(probability, places)| (*probability, &self.masks[places.clone()]))
    }
}

/// Sums over masks of equal probability in a pair of lanes.
pub struct ClassSums<B: Backend> {
    /// Of `O − center`: 1 to 4, the last two only where they are asked for.
    pub powers: [B::F64; 4],
    /// Of the denominators.
    pub product: B::F64,
    /// `Σ min(X, 0)` and `Σ max(X, 0)`, where denominators have them not in them.
    pub linear: [B::F64; 2],
}

impl<B: Backend> ClassSums<B> {
    /// No masks.
    #[inline(always)]
    pub fn new() -> Self {
        let zero = B::F64::splat(0.0);
        Self { powers: [zero; 4], product: B::F64::splat(1.0), linear: [zero; 2] }
    }

    #[inline(always)]
    fn add_powers<const P: usize>(&mut self, differences: [B::F64; 2]) {
        let [x, y] = differences;
        let (xx, yy) = (x * x, y * y);
        self.powers[0] = self.powers[0] + (x + y);
        self.powers[1] = self.powers[1] + (xx + yy);
        if P == 3 {
            self.powers[2] = self.powers[2] + (xx * x + yy * y);
            self.powers[3] = self.powers[3] + (xx * xx + yy * yy);
        }
    }

    #[inline(always)]
    fn add_linear(&mut self, masks: &impl Masks<B>, mask: usize) {
        if let Some(parts) = masks.linear(mask) {
            self.linear.iter_mut().zip(parts).for_each(|(sum, part)| *sum = *sum + part);
        }
    }

    /// Two masks share a division: `1/d = d′ · 1/(dd′)`.
    #[inline(always)]
    pub fn add_two<const P: usize>(&mut self, masks: &impl Masks<B>, center: B::F64, two: [usize; 2], one: B::F64) {
        let [(d, n), (e, m)] = two.map(|mask| masks.quotient(mask));
        let product = d * e;
        let inverse = one / product;
        self.add_powers::<P>([n * (e * inverse) - center, m * (d * inverse) - center]);
        self.product = self.product * product;
        two.into_iter().for_each(|mask| self.add_linear(masks, mask));
    }

    /// Four masks share one, from `1/(1 + e^−X)` of the first and what keeping the last two gates multiplies `e^−X` by.
    #[inline(always)]
    pub fn add_four<const P: usize>(&mut self, value: B::F64, [x, y]: [B::F64; 2], center: B::F64, one: B::F64) {
        let with = value * x;
        let [a, b, c, d] = [value, with, value * y, with * y].map(|value| one + value);
        let (ab, cd) = (a * b, c * d);
        let product = ab * cd;
        let inverse = one / product;
        let (of_ab, of_cd) = (inverse * cd, inverse * ab); // 1/(ab) and 1/(cd)
        self.add_powers::<P>([b * of_ab - center, a * of_ab - center]);
        self.add_powers::<P>([d * of_cd - center, c * of_cd - center]);
        self.product = self.product * product;
    }

    /// One mask.
    #[inline(always)]
    pub fn add_one<const P: usize>(&mut self, masks: &impl Masks<B>, center: B::F64, mask: usize) {
        let (d, n) = masks.quotient(mask);
        self.add_powers::<P>([n / d - center, B::F64::splat(0.0)]);
        self.product = self.product * d;
        self.add_linear(masks, mask);
    }
}
