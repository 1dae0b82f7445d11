//! Runs that share the work of one: by parts, which are units or groups of them, and by blocks of one enumeration.
//!
//! Neither changes a bit: units do not know of each other where they are walked through one by one, and blocks are summed in
//! their order whoever computed them.

use super::{MethodWalk, Run, Walk};
use crate::error::Error;
use crate::exact::nested::Nested;
use crate::exact::plan::{Method, Plan};
use crate::exact::statistics::Table;
use crate::exact::unit_by_unit::UnitWalk;
use crate::exact::upstream::{Group, counts};
use crate::network::{Graph, Network};
use core::ops::Range;
use thinned_lanes::Backend;

/// Numbers of a block of one unit's walk.
const BLOCK_SUMS: usize = 5;

/// An enumeration of which others can compute blocks.
enum Enumeration<'a> {
    Unit(&'a mut dyn UnitWalk),
    Nested(&'a mut Nested),
}

impl Enumeration<'_> {
    fn blocks(&self) -> usize {
        match self {
            Self::Unit(walk) => walk.blocks(),
            Self::Nested(walk) => walk.blocks(),
        }
    }

    /// Numbers of a block that is complete.
    fn numbers(&self) -> usize {
        match self {
            Self::Unit(_) => BLOCK_SUMS,
            Self::Nested(walk) => walk.numbers(),
        }
    }
}

/// Parts of the work on a row that different runs can do: units where the method takes them one by one, else groups.
///
/// # Errors
/// `Range` when the node or unit does not exist.
pub fn parts(graph: &Graph, node: usize, unit: Option<usize>, plan: &Plan) -> Result<usize, Error> {
    let counts = counts(graph, node, unit)?;
    Ok(match plan.method {
        Method::LinearNetwork | Method::Conditioned => 1,
        _ => counts.iter().map(|count| count.groups * if is_by_unit(plan.method) { count.units } else { 1 }).sum(),
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
        self.enumeration().map(|(walk, _)| walk.blocks())
    }

    /// Leaves only these blocks to be computed.
    ///
    /// # Errors
    /// Those of [`Run::blocks`], and `Range` when there are not so many.
    pub fn restrict(&mut self, blocks: Range<usize>) -> Result<(), Error> {
        let (walk, _) = self.enumeration()?;
        check(walk.blocks(), &blocks)?;
        match walk {
            Enumeration::Unit(walk) => walk.restrict(blocks),
            Enumeration::Nested(walk) => walk.restrict(blocks),
        }
        Ok(())
    }

    /// Computes up to `evaluations` more of the blocks, and leaves the statistics open.
    ///
    /// # Errors
    /// Those of [`Run::blocks`].
    pub fn step_blocks(&mut self, evaluations: u64) -> Result<(), Error> {
        match self.enumeration()? {
            (Enumeration::Unit(walk), _) => walk.step(evaluations),
            (Enumeration::Nested(walk), network) => {
                walk.step::<B>(network, evaluations);
            }
        }
        Ok(())
    }

    /// Evaluations left in the blocks.
    ///
    /// # Errors
    /// Those of [`Run::blocks`].
    pub fn remaining_in_blocks(&mut self) -> Result<f64, Error> {
        Ok(match self.enumeration()?.0 {
            Enumeration::Unit(walk) => walk.remaining(),
            Enumeration::Nested(walk) => walk.remaining(),
        })
    }

    /// What blocks have come to, a few numbers each; NaN for those that are not complete.
    ///
    /// # Errors
    /// Those of [`Run::restrict`].
    pub fn block_sums(&mut self, blocks: Range<usize>) -> Result<Vec<f64>, Error> {
        let (walk, _) = self.enumeration()?;
        check(walk.blocks(), &blocks)?;
        Ok(match walk {
            Enumeration::Unit(walk) => walk.block_sums()[blocks].as_flattened().to_vec(),
            Enumeration::Nested(walk) => walk.block_sums(blocks),
        })
    }

    /// Takes over what other runs found for consecutive blocks; once all are there, and none is left to be computed here, a
    /// step completes the run.
    ///
    /// # Errors
    /// Those of [`Run::restrict`].
    pub fn accept(&mut self, first: usize, sums: &[f64]) -> Result<(), Error> {
        let (walk, _) = self.enumeration()?;
        let (count, rest) = (sums.len() / walk.numbers(), sums.len() % walk.numbers());
        check(walk.blocks(), &(first..first.saturating_add(count)))?;
        if rest > 0 {
            return Err(Error::shape(format!("Cannot take over blocks: {rest} numbers are left over")));
        }
        match walk {
            Enumeration::Unit(walk) => walk.accept(first, sums.as_chunks().0),
            Enumeration::Nested(walk) => walk.accept(first, sums),
        }
        Ok(())
    }

    /// The walk, and what it walks on.
    fn enumeration(&mut self) -> Result<(Enumeration<'_>, &Network), Error> {
        let unavailable = || {
            Error::range(
                "Cannot share an enumeration by blocks: wanted one row and one unit by method \"split\", or one group of \
                 units by method \"nested\"",
            )
        };
        let has_blocks = matches!(self.method, Method::Split | Method::Nested);
        if self.rows != 1 || self.groups.len() != 1 || self.group != 0 || !has_blocks {
            return Err(unavailable());
        }
        let group = &self.groups[0];
        let start = || Walk::new(&self.network, self.target, group, &self.x, self.method, self.purpose);
        let walk = match &mut self.walk.get_or_insert_with(start).method {
            MethodWalk::UnitByUnit(walk) if group.units.len() == 1 => Enumeration::Unit(walk.current()),
            MethodWalk::Nested(walk) => Enumeration::Nested(walk),
            _ => return Err(unavailable()),
        };
        Ok((walk, &self.network))
    }
}

fn check(count: usize, blocks: &Range<usize>) -> Result<(), Error> {
    if blocks.start <= blocks.end && blocks.end <= count {
        return Ok(());
    }
    Err(Error::range(format!("Cannot compute blocks {blocks:?}: there are {count}")))
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
        let plan = plan(&network.graph, network.graph.output, unit, Some(method), Purpose::Report).unwrap();
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
            assert!(sums.iter().all(|sum| sum.is_finite()));
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
