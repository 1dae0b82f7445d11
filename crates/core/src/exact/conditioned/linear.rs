//! Linear units in all masks of a block at once.
//!
//! `S = c + Σ_k δ_k a_k`, `a_k = m_k O_k`, has the conditional cumulants `c + Σ p a`, `Σ κ₂ a²`, `Σ κ₃ a³`, `Σ κ₄ a⁴` of
//! [`crate::exact::closed_form`]. The powers of `m_k` and the cumulants of the gates are in one table, so that a term takes
//! a multiplication and an addition for each order beside the powers of `O_k`. Terms go four together, in their order: the
//! running sums are then loaded once for four of them.

use crate::exact::blocks::{Blocks, LANES, Lanes};
use crate::exact::linearize::LinearForm;
use crate::exact::plan::Purpose;
use crate::exact::statistics::{Block, UnitSums};

/// Terms that are added together.
const TOGETHER: usize = 4;
/// Cumulants, from the first.
const ORDERS: usize = 4;

/// What is multiplied with the powers of the activities.
#[derive(Clone, Debug)]
pub struct Linear {
    is_second_enough: bool,                 // leaves the third and fourth open
    terms: Vec<(usize, usize)>,             // node and unit
    open: Vec<bool>,                        // by term: whether its gate is always open
    slopes: Vec<f64>,                       // [units, terms]: m
    constants: Vec<f64>,                    // [units]
    coefficients: Vec<[f64; ORDERS]>,       // [units, terms]: κ_r m^r
    cumulants: [Lanes; ORDERS],             // of the unit at hand
    constant_activities: [Lanes; TOGETHER], // of activities that are the same in every mask
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
            terms: form.terms.iter().map(|term| (term.node, term.unit)).collect(),
            constants: form.constants.clone(),
            coefficients: coefficients.map(|(unit, index)| coefficient(unit, index)).collect(),
            cumulants: [[0.0; LANES]; ORDERS],
            constant_activities: [[0.0; LANES]; TOGETHER],
        }
    }

    /// Adds the conditional moments of every unit in the masks of the block.
    pub fn add(&mut self, blocks: &Blocks, sums: &[UnitSums], plain: &mut [Block]) {
        let Self { is_second_enough, terms, constants, coefficients, cumulants, constant_activities } = self;
        for (unit, (plain, sums)) in plain.iter_mut().zip(sums).enumerate() {
            *cumulants = [[0.0; LANES]; ORDERS];
            cumulants[0].fill(constants[unit] - sums.center());
            let coefficients = &coefficients[unit * terms.len()..(unit + 1) * terms.len()];
            for (terms, coefficients) in terms.chunks(TOGETHER).zip(coefficients.chunks(TOGETHER)) {
                for (constant, &(node, unit)) in constant_activities.iter_mut().zip(terms) {
                    if let Err(value) = blocks.unit(node, unit) {
                        constant.fill(value);
                    }
                }
                let activity = |index: usize| match terms.get(index) {
                    Some(&(node, unit)) => blocks.unit(node, unit).unwrap_or(&constant_activities[index]),
                    None => &[0.0; LANES],
                };
                let of = |index: usize| coefficients.get(index).copied().unwrap_or([0.0; ORDERS]);
                let (activities, table) = (core::array::from_fn(activity), core::array::from_fn(of));
                if *is_second_enough {
                    accumulate_two(activities, table, cumulants);
                } else {
                    accumulate(activities, table, cumulants);
                }
            }
            let [mean, variance, third, fourth] = cumulants;
            if *is_second_enough {
                (*third, *fourth) = ([f64::NAN; LANES], [f64::NAN; LANES]);
            }
            for lane in 0..blocks.masks() {
                let (v, p) = (variance[lane], blocks.probability(lane));
                plain.add_conditional(p, mean[lane], [v, third[lane], fourth[lane] + 3.0 * v * v]);
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
