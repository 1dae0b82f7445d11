//! Runs that share the work of one: by parts, which are units or groups of them, and by blocks of one enumeration.
//!
//! Neither changes a bit: units do not know of each other where they are walked through one by one, and blocks are summed in
//! their order whoever computed them.

#[cfg(test)]
mod tests;

use super::Run;
use super::walk::MethodWalk;
use crate::error::Error;
use crate::exact::conditioned::Conditioned;
use crate::exact::nested::Nested;
use crate::exact::plan::{Method, Plan};
use crate::exact::reference::Reference;
use crate::exact::shares::{Shares, check_accepted, check_blocks};
use crate::exact::statistics::Table;
use crate::exact::unit_by_unit::UnitWalk;
use crate::exact::upstream::{Group, classes};
use crate::network::Graph;
use core::ops::Range;
use thinned_lanes::Backend;

/// Numbers of a block of one unit's walk.
const BLOCK_SUMS: usize = 5;

/// An enumeration of which others can compute blocks.
enum Enumeration<'a, B: Backend> {
    Unit(&'a mut dyn UnitWalk),
    Reference(&'a mut Reference),
    Nested(&'a mut Nested),
    Conditioned(&'a mut Conditioned<B>),
}

impl<B: Backend> Enumeration<'_, B> {
    /// Of the walks that are cut into shares.
    fn shares(&mut self) -> Option<&mut Shares> {
        match self {
            Self::Unit(_) => None,
            Self::Reference(walk) => Some(walk.shares()),
            Self::Nested(walk) => Some(walk.shares()),
            Self::Conditioned(walk) => Some(walk.shares()),
        }
    }

    fn blocks(&mut self) -> usize {
        match self {
            Self::Unit(walk) => walk.blocks(),
            _ => self.shares().map_or(0, |shares| shares.count()),
        }
    }

    /// Numbers of a block that is complete.
    fn numbers(&mut self) -> usize {
        self.shares().map_or(BLOCK_SUMS, |shares| shares.numbers())
    }
}

/// Parts of the work on a row that different runs can do: units where the method takes them one by one, else groups.
///
/// # Errors
/// `Range` when the node or unit does not exist.
pub fn parts(graph: &Graph, node: usize, unit: Option<usize>, plan: &Plan) -> Result<usize, Error> {
    let classes = classes(graph, node, unit)?;
    Ok(match plan.method {
        Method::LinearNetwork | Method::Conditioned => 1,
        _ => classes.iter().map(|class| class.groups * if is_by_unit(plan.method) { class.units() } else { 1 }).sum(),
    })
}

fn is_by_unit(method: Method) -> bool {
    matches!(method, Method::Split | Method::Halves)
}

impl<B: Backend> Run<B> {
    /// The same for some of the [`parts`] alone.
    ///
    /// # Errors
    /// `Range` when there are none, or not so many.
    pub fn with_parts(mut self, parts: Range<usize>) -> Result<Self, Error> {
        if is_by_unit(self.method) {
            let alone = |group: &Group, unit| Group { units: vec![unit], gates: group.gates.clone() };
            let all = self.groups.iter().flat_map(|group| group.units.iter().map(move |&unit| (group, unit)));
            self.groups = all.take(parts.end).map(|(group, unit)| alone(group, unit)).collect();
        }
        if parts.is_empty() || parts.end > self.groups.len() {
            return Err(Error::range(format!("Cannot compute parts {parts:?}: there are {}", self.groups.len())));
        }
        self.groups.truncate(parts.end);
        self.groups.drain(..parts.start);
        self.results = vec![Table::new(); self.groups.len()];
        Ok(self)
    }

    /// The units of which statistics are computed, ascending.
    pub fn units(&self) -> Vec<usize> {
        let mut units: Vec<usize> = self.groups.iter().flat_map(|group| group.units.iter().copied()).collect();
        units.sort_unstable();
        units
    }

    /// Blocks of the enumeration for a single row, of one unit or of a group that goes together, each of which can be computed by
    /// another run.
    ///
    /// # Errors
    /// `Range` when there is more than one row or group, or the method has no blocks.
    pub fn blocks(&mut self) -> Result<usize, Error> {
        self.enumeration().map(|mut walk| walk.blocks())
    }

    /// Leaves only these blocks to be computed.
    ///
    /// # Errors
    /// Those of [`Run::blocks`], and `Range` when there are not so many.
    pub fn restrict(&mut self, blocks: Range<usize>) -> Result<(), Error> {
        let mut walk = self.enumeration()?;
        check_blocks(walk.blocks(), &blocks)?;
        match walk {
            Enumeration::Unit(walk) => walk.restrict(blocks),
            Enumeration::Reference(walk) => walk.restrict(blocks),
            Enumeration::Nested(walk) => walk.restrict(blocks),
            Enumeration::Conditioned(walk) => walk.restrict(blocks),
        }
        Ok(())
    }

    /// Computes up to `evaluations` more of the blocks, and leaves the statistics open.
    ///
    /// # Errors
    /// Those of [`Run::blocks`].
    pub fn step_blocks(&mut self, evaluations: u64) -> Result<(), Error> {
        self.enumeration()?;
        let Some(mut walk) = self.walk.take() else { return Ok(()) };
        match &mut walk.method {
            MethodWalk::UnitByUnit(walk) => walk.current().step(evaluations),
            MethodWalk::Reference(walk) => {
                walk.step(&self.network, &self.groups[0], &self.x, evaluations);
            }
            MethodWalk::Nested(walk) => {
                walk.step::<B>(&self.network, evaluations);
            }
            MethodWalk::Conditioned(walk) => {
                walk.step(&self.network, evaluations);
            }
            MethodWalk::Formula { .. } | MethodWalk::LinearNetwork(_) => {}
        }
        self.walk = Some(walk);
        Ok(())
    }

    /// Evaluations left in the blocks.
    ///
    /// # Errors
    /// Those of [`Run::blocks`].
    pub fn remaining_in_blocks(&mut self) -> Result<f64, Error> {
        Ok(match self.enumeration()? {
            Enumeration::Unit(walk) => walk.remaining(),
            Enumeration::Reference(walk) => walk.remaining(),
            Enumeration::Nested(walk) => walk.remaining(),
            Enumeration::Conditioned(walk) => walk.remaining(),
        })
    }

    /// What blocks have come to, a few numbers each; NaN for those that are not complete.
    ///
    /// # Errors
    /// Those of [`Run::restrict`].
    pub fn block_sums(&mut self, blocks: Range<usize>) -> Result<Vec<f64>, Error> {
        let mut walk = self.enumeration()?;
        check_blocks(walk.blocks(), &blocks)?;
        Ok(match (&walk, blocks) {
            (Enumeration::Unit(walk), blocks) => walk.block_sums()[blocks].as_flattened().to_vec(),
            (_, blocks) => walk.shares().map_or(Vec::new(), |shares| shares.sums(blocks)),
        })
    }

    /// Takes over what other runs found for consecutive blocks; once all are there, and none is left to be computed here, a
    /// step completes the run.
    ///
    /// # Errors
    /// Those of [`Run::restrict`].
    pub fn accept(&mut self, first: usize, sums: &[f64]) -> Result<(), Error> {
        let mut walk = self.enumeration()?;
        check_accepted(walk.blocks(), walk.numbers(), first, sums.len())?;
        if let Some(shares) = walk.shares() {
            shares.accept(first, sums);
        } else if let Enumeration::Unit(walk) = walk {
            walk.accept(first, sums.as_chunks().0);
        }
        Ok(())
    }

    fn enumeration(&mut self) -> Result<Enumeration<'_, B>, Error> {
        let unavailable = || {
            Error::range(
                "Cannot share an enumeration by blocks: wanted one row and one unit by method \"split\", or one group of units by \
                 method \"reference\", \"nested\" or \"conditioned\"",
            )
        };
        let is_enumeration =
            matches!(self.method, Method::Split | Method::Reference | Method::Nested | Method::Conditioned);
        if self.rows != 1 || self.groups.len() != 1 || self.group != 0 || !is_enumeration {
            return Err(unavailable());
        }
        if self.walk.is_none() {
            self.walk = Some(self.start()?);
        }
        let units = self.groups[0].units.len();
        Ok(match self.walk.as_mut().map(|walk| &mut walk.method) {
            Some(MethodWalk::UnitByUnit(walk)) if units == 1 => Enumeration::Unit(walk.current()),
            Some(MethodWalk::Reference(walk)) => Enumeration::Reference(walk),
            Some(MethodWalk::Nested(walk)) => Enumeration::Nested(walk),
            Some(MethodWalk::Conditioned(walk)) => Enumeration::Conditioned(walk),
            _ => return Err(unavailable()),
        })
    }
}
