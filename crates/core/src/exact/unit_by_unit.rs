//! Methods that walk through one unit at a time, for all units of a group in order.

use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::halves::Halves;
use crate::exact::split::{Enumeration, Kernel, RowSums};
use core::ops::Range;

/// The walk of one unit.
pub trait UnitWalk {
    /// Evaluations left.
    fn remaining(&self) -> f64;
    /// Computes up to `evaluations` more.
    fn step(&mut self, evaluations: u64);
    /// The statistics, once nothing remains.
    fn finish(&self) -> UnitStatistics;
    /// Blocks of work that others can do; 0 where it cannot be cut.
    fn blocks(&self) -> usize {
        0
    }
    /// Leaves only these blocks to be computed.
    fn restrict(&mut self, _blocks: Range<usize>) {}
    /// What each block has come to.
    fn block_sums(&self) -> &[RowSums] {
        &[]
    }
    /// Takes over blocks from `first` on.
    fn accept(&mut self, _first: usize, _sums: &[RowSums]) {}
}

impl<K: Kernel> UnitWalk for Enumeration<K> {
    fn remaining(&self) -> f64 {
        self.remaining()
    }
    fn step(&mut self, evaluations: u64) {
        self.step(evaluations);
    }
    fn finish(&self) -> UnitStatistics {
        self.finish()
    }
    fn blocks(&self) -> usize {
        self.blocks()
    }
    fn restrict(&mut self, blocks: Range<usize>) {
        self.restrict(blocks);
    }
    fn block_sums(&self) -> &[RowSums] {
        self.block_sums()
    }
    fn accept(&mut self, first: usize, sums: &[RowSums]) {
        self.accept(first, sums);
    }
}

impl UnitWalk for Halves {
    fn remaining(&self) -> f64 {
        self.remaining()
    }
    fn step(&mut self, evaluations: u64) {
        self.step(evaluations);
    }
    fn finish(&self) -> UnitStatistics {
        self.finish()
    }
}

/// Makes the walk of a unit.
type Start = Box<dyn Fn(&AffineUnits, usize) -> Box<dyn UnitWalk>>;

/// The walks of all units of a group, one after the other: only one is in memory.
pub struct UnitByUnit {
    units: AffineUnits,
    start: Start,
    walk: Option<Box<dyn UnitWalk>>,
    done: Vec<UnitStatistics>,
}

impl UnitByUnit {
    /// No unit yet.
    pub fn new(units: AffineUnits, start: Start) -> Self {
        Self { units, start, walk: None, done: Vec::new() }
    }

    /// The walk of the unit at hand, begun if it was not.
    pub fn current(&mut self) -> &mut dyn UnitWalk {
        let unit = self.done.len();
        self.walk.get_or_insert_with(|| (self.start)(&self.units, unit)).as_mut()
    }

    /// Evaluations left, of at most `each` a unit.
    pub fn remaining(&self, each: f64) -> f64 {
        let waiting = self.units.units() - self.done.len();
        match &self.walk {
            Some(walk) => (waiting - 1) as f64 * each + walk.remaining().min(each),
            None => waiting as f64 * each,
        }
    }

    /// Computes up to `evaluations` more; returns how many it used and, after the last unit, all statistics.
    pub fn step(&mut self, evaluations: u64) -> (u64, Option<Vec<UnitStatistics>>) {
        let unit = self.done.len();
        if unit < self.units.units() {
            let mut walk = self.walk.take().unwrap_or_else(|| (self.start)(&self.units, unit));
            let before = walk.remaining();
            walk.step(evaluations);
            let used = before - walk.remaining();
            if walk.remaining() > 0.0 {
                self.walk = Some(walk);
                return (used as u64, None);
            }
            self.done.push(walk.finish());
            if self.done.len() < self.units.units() {
                return (used as u64, None);
            }
        }
        (1, Some(core::mem::take(&mut self.done)))
    }
}
