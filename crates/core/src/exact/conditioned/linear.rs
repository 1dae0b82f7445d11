//! Linear units in all masks of a block at once.
//!
//! `S = c + Σ_k δ_k a_k`, `a_k = m_k O_k`, has the conditional cumulants `c + Σ p a`, `Σ κ₂ a²`, `Σ κ₃ a³`, `Σ κ₄ a⁴` of
//! [`crate::exact::closed_form`]. The powers of `m_k` and the cumulants of the gates are in one table, so that a term takes
//! a multiplication and an addition for each order beside the powers of `O_k`. Terms go four together, in their order: the
//! running sums are then loaded once for four of them, and through all units, as long as their activities are at hand.

use crate::exact::blocks::{Blocks, LANES, Lanes};
use crate::exact::linearize::LinearForm;
use crate::exact::plan::Purpose;
use crate::exact::statistics::{Block, UnitSums};
use core::ops::Range;

/// Terms that are added together.
const TOGETHER: usize = 4;
/// Cumulants, from the first.
const ORDERS: usize = 4;

/// What is multiplied with the powers of the activities.
#[derive(Clone, Debug)]
pub struct Linear {
    is_second_enough: bool,           // leaves higher moments and the extremes open
    terms: Vec<(usize, usize)>,       // node and unit
    open: Vec<bool>,                  // by term: whether its gate is always open
    slopes: Vec<f64>,                 // [units, terms]: m
    constants: Vec<f64>,              // [units]
    coefficients: Vec<[f64; ORDERS]>, // [units, terms]: κ_r m^r
    units: Vec<Unit>,
}

/// One unit in the masks of the block at hand.
#[derive(Clone, Debug)]
struct Unit {
    cumulants: [Lanes; ORDERS], // the first about the center
    extremes: [Lanes; 2],       // least and largest
}

impl Linear {
    /// The table of a form.
    pub fn new(form: &LinearForm, purpose: Purpose) -> Self {
        let units = form.constants.len();
        let coefficient = |unit: usize, index: usize| {
            let (term, m) = (form.terms[index], form.matrix[index * units + unit]);
            let spread = term.keep * term.rate;
            let orders = [term.keep, spread, spread * (term.rate - term.keep), spread * (1.0 - 6.0 * spread)];
            let mut power = 1.0;
            orders.map(|cumulant| {
                power *= m;
                cumulant * power
            })
        };
        let coefficients = (0..units).flat_map(|unit| (0..form.terms.len()).map(move |index| (unit, index)));
        Self {
            is_second_enough: purpose == Purpose::Report,
            open: form.terms.iter().map(|term| term.rate == 0.0).collect(),
            slopes: (0..units).flat_map(|unit| form.matrix.iter().skip(unit).step_by(units).copied()).collect(),
            terms: form.terms.iter().map(|term| (term.node, term.unit)).collect(),
            constants: form.constants.clone(),
            coefficients: coefficients.map(|(unit, index)| coefficient(unit, index)).collect(),
            units: vec![Unit { cumulants: [[0.0; LANES]; ORDERS], extremes: [[0.0; LANES]; 2] }; units],
        }
    }

    /// Adds the conditional moments of every unit in the masks of the block.
    pub fn add(&mut self, blocks: &Blocks, sums: &[UnitSums], plain: &mut [Block]) {
        for ((state, sums), &constant) in self.units.iter_mut().zip(sums).zip(&self.constants) {
            state.cumulants = [[0.0; LANES]; ORDERS];
            state.cumulants[0].fill(constant - sums.center());
            state.extremes = [[constant; LANES]; 2];
        }
        let mut room = [[0.0; LANES]; TOGETHER];
        for first in (0..self.terms.len()).step_by(TOGETHER) {
            self.add_terms(blocks, first..self.terms.len().min(first + TOGETHER), &mut room);
        }
        for (state, plain) in self.units.iter_mut().zip(plain) {
            let [mean, variance, third, fourth] = &mut state.cumulants;
            if self.is_second_enough {
                (*third, *fourth) = ([f64::NAN; LANES], [f64::NAN; LANES]);
            }
            for lane in 0..blocks.masks() {
                let (v, p) = (variance[lane], blocks.probability(lane));
                plain.add_conditional(p, mean[lane], [v, third[lane], fourth[lane] + 3.0 * v * v]);
                plain.extend(state.extremes[0][lane], state.extremes[1][lane]);
            }
        }
    }

    /// At most four terms of all units.
    ///
    /// `room` is for activities that are computed here, or are the same in every mask.
    fn add_terms(&mut self, blocks: &Blocks, terms: Range<usize>, room: &mut [Lanes; TOGETHER]) {
        let nothing = &[0.0; LANES];
        let mut places = self.terms[terms.clone()].iter().zip(room);
        let next = |_| places.next().map_or(nothing, |(&(node, unit), room)| blocks.lanes(node, unit, room));
        let activities: [&Lanes; TOGETHER] = [(); TOGETHER].map(next);
        for (unit, state) in self.units.iter_mut().enumerate() {
            let unit = unit * self.terms.len();
            let table = &self.coefficients[unit + terms.start..unit + terms.end];
            let c = core::array::from_fn(|place| table.get(place).copied().unwrap_or([0.0; ORDERS]));
            if self.is_second_enough {
                accumulate_two(activities, c, &mut state.cumulants);
                continue;
            }
            accumulate(activities, c, &mut state.cumulants);
            for (term, activities) in terms.clone().zip(activities) {
                extend(activities, self.slopes[unit + term], self.open[term], &mut state.extremes);
            }
        }
    }
}

/// Adds four terms to the cumulants of every mask.
fn accumulate(activities: [&Lanes; TOGETHER], c: [[f64; ORDERS]; TOGETHER], cumulants: &mut [Lanes; ORDERS]) {
    let [mean, variance, third, fourth] = cumulants;
    for lane in 0..LANES {
        let mut sums = [mean[lane], variance[lane], third[lane], fourth[lane]];
        for term in 0..TOGETHER {
            let o = activities[term][lane];
            let square = o * o;
            sums[0] += c[term][0] * o;
            sums[1] += c[term][1] * square;
            sums[2] += c[term][2] * (square * o);
            sums[3] += c[term][3] * (square * square);
        }
        [mean[lane], variance[lane], third[lane], fourth[lane]] = sums;
    }
}

/// The same of the first two, in the same order: what is left out changes no bit of them.
fn accumulate_two(activities: [&Lanes; TOGETHER], c: [[f64; ORDERS]; TOGETHER], cumulants: &mut [Lanes; ORDERS]) {
    let [mean, variance, ..] = cumulants;
    for lane in 0..LANES {
        let mut sums = [mean[lane], variance[lane]];
        for term in 0..TOGETHER {
            let o = activities[term][lane];
            sums[0] += c[term][0] * o;
            sums[1] += c[term][1] * (o * o);
        }
        [mean[lane], variance[lane]] = sums;
    }
}

/// Adds what a term can be at least and at most.
fn extend(activities: &Lanes, slope: f64, is_open: bool, [least, largest]: &mut [Lanes; 2]) {
    for lane in 0..LANES {
        let a = slope * activities[lane];
        let (low, high) = if is_open { (a, a) } else { (a.min(0.0), a.max(0.0)) };
        least[lane] += low;
        largest[lane] += high;
    }
}
