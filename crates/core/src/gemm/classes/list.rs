//! The inputs of a group of samples, class by class.

use super::{GROUP, Samples};
use crate::gates::{gated, gated_one};
use thinned_lanes::{Backend, F32x4, U32x4};

/// Sets of samples.
pub const CLASSES: usize = 1 << GROUP;

/// The samples of each class.
pub const MEMBERS: [&[usize]; CLASSES] = [
    &[],
    &[0],
    &[1],
    &[0, 1],
    &[2],
    &[0, 2],
    &[1, 2],
    &[0, 1, 2],
    &[3],
    &[0, 3],
    &[1, 3],
    &[0, 1, 3],
    &[2, 3],
    &[0, 2, 3],
    &[1, 2, 3],
    &[0, 1, 2, 3],
];

/// The inputs of a group, class by class.
#[derive(Clone, Debug, Default)]
pub struct ClassList {
    starts: [usize; CLASSES + 1],       // in `places`, by class
    value_starts: [usize; CLASSES + 1], // in `values`, by class
    places: Vec<u32>,
    values: Vec<f32>, // of each place, one for each member of its class
}

impl ClassList {
    /// The places of a class, and of each place a value for each member of the class.
    pub fn class(&self, class: usize) -> (&[u32], &[f32]) {
        let places = self.starts[class]..self.starts[class + 1];
        (&self.places[places], &self.values[self.value_starts[class]..self.value_starts[class + 1]])
    }

    /// Lists the inputs of a group; `classes` is scratch.
    pub fn fill<B: Backend>(&mut self, x: Samples, group: usize, classes: &mut Vec<u32>) {
        classes.clear();
        classes.resize(x.width, 0);
        for sample in 0..GROUP {
            mark::<B>(x.values(group, sample), x.factors(group, sample), 1 << sample, classes);
        }
        let mut sizes = [0; CLASSES];
        classes.iter().for_each(|&class| sizes[class as usize % CLASSES] += 1);
        let mut start = 0;
        for (class, size) in sizes.into_iter().enumerate() {
            self.starts[class] = start;
            start += size;
        }
        self.starts[CLASSES] = start;
        self.places.resize(x.width, 0);
        let mut next = self.starts;
        for (place, &class) in (0..).zip(&*classes) {
            let next = &mut next[class as usize % CLASSES];
            self.places[*next] = place;
            *next += 1;
        }
        self.values.clear();
        for (class, members) in MEMBERS.iter().enumerate().skip(1) {
            self.value_starts[class] = self.values.len();
            let places = &self.places[self.starts[class]..self.starts[class + 1]];
            let members = if x.is_shared() { &members[..1] } else { members };
            let rows = |member: usize| (x.values(group, members[member]), x.factors(group, members[member]));
            match members.len() {
                1 => interleave([rows(0)], places, &mut self.values),
                2 => interleave([rows(0), rows(1)], places, &mut self.values),
                3 => interleave([rows(0), rows(1), rows(2)], places, &mut self.values),
                _ => {
                    // Two pairs one after the other, as the kernels take them.
                    interleave([rows(0), rows(1)], places, &mut self.values);
                    interleave([rows(2), rows(3)], places, &mut self.values);
                }
            }
        }
        self.value_starts[CLASSES] = self.values.len();
    }
}

/// Sets a bit of the class of each input that is not zero.
fn mark<B: Backend>(values: &[f32], factors: &[f32], bit: u32, classes: &mut [u32]) {
    let ((quads, rest), (factor_quads, factor_rest)) = (values.as_chunks::<4>(), factors.as_chunks::<4>());
    let (class_quads, class_rest) = classes.as_chunks_mut::<4>();
    for ((values, factors), classes) in quads.iter().zip(factor_quads).zip(class_quads) {
        // Not a comparison of floats: a NaN counts.
        let bits = gated::<B>(B::F32::load(values), B::F32::load(factors)).to_bits().shift_left(1);
        let marks = B::U32::splat(0).less_than(bits) & B::U32::splat(bit);
        (B::U32::load(classes) | marks).store(classes);
    }
    for ((value, factor), class) in rest.iter().zip(factor_rest).zip(class_rest) {
        *class |= if gated_one(*value, *factor).to_bits() << 1 == 0 { 0 } else { bit };
    }
}

/// Appends the gated values of `P` rows at the given places, place by place.
#[inline(always)]
fn interleave<const P: usize>(rows: [(&[f32], &[f32]); P], places: &[u32], values: &mut Vec<f32>) {
    let first = values.len();
    values.resize(first + P * places.len(), 0.0);
    for (entry, &place) in values[first..].as_chunks_mut::<P>().0.iter_mut().zip(places) {
        *entry = rows.map(|(values, factors)| values[place as usize] * factors[place as usize]);
    }
}
