//! Joint statistics whose enumeration others can compute blocks of.

use super::{Detail, Run, Work};
use crate::error::Error;
use crate::exact::joint::JointWalk;
use crate::exact::linear_network;
use crate::exact::shares::{check_accepted, check_blocks};
use core::ops::Range;
use thinned_lanes::Backend;

impl<B: Backend> Run<B> {
    /// Blocks of the enumeration for a single row, each of which can be computed by another run.
    ///
    /// # Errors
    /// `Range` when there is more than one row, or nothing is enumerated.
    pub fn blocks(&mut self) -> Result<usize, Error> {
        self.walk().map(|walk| walk.shares().count())
    }

    /// Leaves only these blocks to be computed.
    ///
    /// # Errors
    /// Those of [`Run::blocks`], and `Range` when there are not so many.
    pub fn restrict(&mut self, blocks: Range<usize>) -> Result<(), Error> {
        let walk = self.walk()?;
        check_blocks(walk.shares().count(), &blocks)?;
        walk.restrict(blocks);
        Ok(())
    }

    /// Computes about as many evaluations more of the blocks, and leaves the statistics open.
    ///
    /// # Errors
    /// Those of [`Run::blocks`].
    pub fn step_blocks(&mut self, evaluations: u64) -> Result<(), Error> {
        self.walk()?;
        if let Some(Work::Joint(walk)) = &mut self.work {
            walk.step(&self.network, evaluations);
        }
        Ok(())
    }

    /// Evaluations left in the blocks.
    ///
    /// # Errors
    /// Those of [`Run::blocks`].
    pub fn remaining_in_blocks(&mut self) -> Result<f64, Error> {
        self.walk().map(|walk| walk.remaining())
    }

    /// What blocks have come to, as many numbers each; NaN for those that are not complete.
    ///
    /// # Errors
    /// Those of [`Run::restrict`].
    pub fn block_sums(&mut self, blocks: Range<usize>) -> Result<Vec<f64>, Error> {
        let shares = self.walk()?.shares();
        check_blocks(shares.count(), &blocks)?;
        Ok(shares.sums(blocks))
    }

    /// Takes over what other runs found for consecutive blocks; once all are there, and none is left to be computed here, a
    /// step completes the run.
    ///
    /// # Errors
    /// Those of [`Run::restrict`], and `Shape` when numbers are left over.
    pub fn accept(&mut self, first: usize, sums: &[f64]) -> Result<(), Error> {
        let shares = self.walk()?.shares();
        check_accepted(shares.count(), shares.numbers(), first, sums.len())?;
        shares.accept(first, sums);
        Ok(())
    }

    /// The walk of the only row, begun if it was not.
    fn walk(&mut self) -> Result<&mut JointWalk, Error> {
        let is_walk = self.detail == Detail::Joint && !linear_network::applies(&self.network.graph, self.target);
        if self.work.is_none() && is_walk && self.rows == 1 && self.row == 0 {
            let walk = JointWalk::new(&self.network, &self.gates, &self.x, &self.deterministic(&self.x));
            self.work = Some(Work::Joint(Box::new(walk)));
        }
        match &mut self.work {
            Some(Work::Joint(walk)) if self.rows == 1 => Ok(walk),
            _ => Err(Error::range(
                "Cannot share joint statistics by blocks: wanted one row, and gates that are enumerated",
            )),
        }
    }
}
