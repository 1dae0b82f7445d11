//! Runs that share the work of one: by parts, which are units or groups of them, and by blocks of one enumeration.
//!
//! Neither changes a bit: units do not know of each other where they are walked through one by one, and blocks are summed in
//! their order whoever computed them.

use super::{MethodWalk, Run};
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
            self.walk = Some(self.start());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::exact::plan::{Purpose, plan};
    use crate::gates::Scaling;
    use crate::network::{Builder, Network};
    use thinned_lanes::Best;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const NAMES: [&str; 4] = ["mean", "variance", "fourthMoment", "deterministic"];

    /// 16 gates, three units, of which connections may have gates of their own.
    fn network(activation: Activation, connection_rate: Option<f64>) -> Network {
        let mut builder = Builder::default();
        let input = builder.input(16).unwrap();
        let rate = if connection_rate.is_some() { 0.0 } else { 0.4 };
        let gated = builder.dropout("d", input, &[rate], Scaling::Inverted).unwrap();
        let connections = connection_rate.map(|rate| (rate, Scaling::Inverted));
        let output = builder.dense("o", gated, 3, activation, true, connections, None).unwrap();
        builder.build(output, 5).unwrap()
    }

    fn run(network: &Network, unit: Option<usize>, method: &str, rows: usize) -> (Plan, Run<Best>) {
        let x: Vec<f32> = (0..16 * rows).map(|i| ((i * i + 1) as f32).sin()).collect();
        let plan = plan(&network.graph, network.graph.output, unit, Some(method), Purpose::CrossCheck).unwrap();
        let run = Run::new(network, network.graph.output, unit, &plan, &x, rows).unwrap();
        (plan, run)
    }

    fn done(mut run: Run<Best>) -> Run<Best> {
        while run.remaining() > 0.0 {
            run.step(1 << 20).unwrap();
        }
        run
    }

    #[test]
    fn parts_have_the_bits_of_the_whole() {
        let sigmoid = Activation::Sigmoid { c: 1.0, lambda: 1.0 };
        let cases = [
            (sigmoid, None, "split", 3),
            (sigmoid, None, "nested", 1),
            (Activation::Relu, None, "halves", 3),
            (sigmoid, None, "characteristic", 1),
            (Activation::Tanh, Some(0.3), "characteristic", 3),
            (Activation::Linear, None, "closedForm", 1),
        ];
        for (activation, connection_rate, method, count) in cases {
            let network = network(activation, connection_rate);
            let (plan, whole) = run(&network, None, method, 2);
            assert_eq!(parts(&network.graph, network.graph.output, None, &plan), Ok(count), "{method}");
            let whole = done(whole);
            for parts in (0..count).flat_map(|first| (first + 1..=count).map(move |end| first..end)) {
                let part = done(run(&network, None, method, 2).1.with_parts(parts).unwrap());
                for (index, unit) in part.units().into_iter().enumerate() {
                    for name in NAMES {
                        let (all, some) = (whole.statistic(name).unwrap(), part.statistic(name).unwrap());
                        for row in 0..2 {
                            let found = some[row * part.units().len() + index];
                            assert_eq!(found.to_bits(), all[3 * row + unit].to_bits(), "{method} {name}");
                        }
                    }
                }
            }
            assert!(run(&network, None, method, 1).1.with_parts(0..count + 1).is_err());
            assert!(run(&network, None, method, 1).1.with_parts(1..1).is_err());
        }
    }

    #[test]
    fn blocks_have_the_bits_of_the_whole() {
        let network = network(Activation::Sigmoid { c: 2.0, lambda: 1.5 }, None);
        let whole = done(run(&network, Some(1), "split", 1).1);
        let (_, mut owner) = run(&network, Some(1), "split", 1);
        let blocks = owner.blocks().unwrap();
        assert!(blocks > 2);
        owner.restrict(0..0).unwrap();
        for block in (0..blocks).rev() {
            let (_, mut other) = run(&network, Some(1), "split", 1);
            other.restrict(block..block + 1).unwrap();
            while other.remaining_in_blocks().unwrap() > 0.0 {
                other.step_blocks(1).unwrap();
            }
            let sums = other.block_sums(block..block + 1).unwrap();
            let [mean, variance, ..] = sums[..] else { unreachable!("a block has sums") };
            assert!(mean.is_finite() && variance.is_finite());
            owner.accept(block, &sums).unwrap();
        }
        owner.step(1).unwrap();
        for name in NAMES {
            assert_eq!(owner.statistic(name), whole.statistic(name), "{name}");
        }
    }

    #[test]
    fn shares_of_every_gate_have_the_bits_of_the_whole() {
        // 21 gates on three layers, so that a share begins inside the masks of an outer level.
        let mut builder = Builder::default();
        let mut source = builder.input(16).unwrap();
        for (layer, width) in [3, 2].into_iter().enumerate() {
            let gated = builder.dropout(&format!("d{layer}"), source, &[0.3], Scaling::Inverted).unwrap();
            source = builder.dense(&format!("h{layer}"), gated, width, Activation::Tanh, true, None, None).unwrap();
        }
        let gated = builder.dropout("d", source, &[0.5], Scaling::Inverted).unwrap();
        for activation in [Activation::Sigmoid { c: 1.0, lambda: 1.0 }, Activation::Softmax] {
            let mut builder = builder.clone();
            let output = builder.dense("o", gated, 2, activation, true, None, None).unwrap();
            let network = builder.build(output, 5).unwrap();
            let (_, mut owner) = run(&network, None, "nested", 1);
            let whole = done(run(&network, None, "nested", 1).1);
            assert_eq!(owner.blocks(), Ok(2));
            owner.restrict(0..0).unwrap();
            let (_, mut other) = run(&network, None, "nested", 1);
            for share in [1, 0] {
                other.restrict(share..share + 1).unwrap();
                while other.remaining_in_blocks().unwrap() > 0.0 {
                    other.step_blocks(300_000).unwrap();
                }
                let sums = other.block_sums(share..share + 1).unwrap();
                assert!(sums[..3].iter().all(|sum| sum.is_finite()));
                owner.accept(share, &sums).unwrap();
            }
            owner.step(1).unwrap();
            for name in ["mean", "variance", "deterministic", "geometricMean", "nwgm"] {
                assert_eq!(owner.statistic(name), whole.statistic(name), "{name}");
            }
        }
    }

    #[test]
    fn shares_of_other_walks_have_the_bits_of_the_whole() {
        // 18 gates, of which 16 are outer ones.
        let mut builder = Builder::default();
        let input = builder.input(16).unwrap();
        let gated = builder.dropout("d", input, &[0.3], Scaling::Inverted).unwrap();
        let hidden = builder.dense("h", gated, 2, Activation::Tanh, true, None, None).unwrap();
        let gated = builder.dropout("e", hidden, &[0.5], Scaling::Inverted).unwrap();
        let sigmoid = Activation::Sigmoid { c: 1.0, lambda: 1.0 };
        for (method, activation, shares) in [
            ("reference", sigmoid, 4),
            ("reference", Activation::Softmax, 4),
            ("conditioned", Activation::Linear, 4),
            ("conditioned", sigmoid, 4),
        ] {
            let mut builder = builder.clone();
            let output = builder.dense("o", gated, 1, activation, true, None, None).unwrap();
            let network = builder.build(output, 5).unwrap();
            let (_, mut owner) = run(&network, None, method, 1);
            let whole = done(run(&network, None, method, 1).1);
            assert_eq!(owner.blocks(), Ok(shares), "{method}");
            owner.restrict(0..0).unwrap();
            let (_, mut other) = run(&network, None, method, 1);
            for range in [2..4, 1..2, 0..1] {
                other.restrict(range.clone()).unwrap();
                while other.remaining_in_blocks().unwrap() > 0.0 {
                    other.step_blocks(5000).unwrap();
                }
                owner.accept(range.start, &other.block_sums(range).unwrap()).unwrap();
            }
            owner.step(1).unwrap();
            for name in ["mean", "variance", "deterministic", "geometricMean", "nwgm"] {
                assert_eq!(owner.statistic(name), whole.statistic(name), "{method} {name}");
            }
            assert_eq!(owner.error_bound(), whole.error_bound());
        }
    }

    #[test]
    fn blocks_that_there_are_not_are_refused() {
        let network = network(Activation::Sigmoid { c: 1.0, lambda: 1.0 }, None);
        assert!(run(&network, None, "split", 1).1.blocks().is_err(), "three units");
        assert!(run(&network, Some(0), "split", 2).1.blocks().is_err(), "two rows");
        assert!(run(&network, Some(0), "characteristic", 1).1.blocks().is_err(), "another method");
        let (_, mut one) = run(&network, Some(0), "split", 1);
        let blocks = one.blocks().unwrap();
        assert!(one.restrict(0..blocks + 1).is_err() && one.block_sums(blocks..blocks + 1).is_err());
        assert!(one.accept(blocks, &[0.0; 5]).is_err() && one.accept(0, &[0.0; 4]).is_err());
    }
}
