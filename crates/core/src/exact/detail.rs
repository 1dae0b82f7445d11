//! What is computed beside the statistics of each unit when it is asked for: joint statistics of a layer, and means given
//! a gate. Neither changes a bit of the statistics themselves.

use crate::activation::Activation;
use crate::error::Error;
use crate::exact::affine::AffineUnits;
use crate::exact::blocks;
use crate::exact::given::GivenGates;
use crate::exact::joint::{JointMoments, JointWalk, classes};
use crate::exact::last_layer::Integral;
use crate::exact::linear_network::{self, LinearWalk};
use crate::exact::linearize::{affine_units, is_affine};
use crate::exact::plan::{MOST_ENUMERATED, integral_seconds};
use crate::exact::rounding::error_bound;
use crate::exact::shares::{check_accepted, check_blocks};
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::{Gate, Group, gates_above, groups};
use crate::monte_carlo::check_rows;
use crate::network::{Graph, Network};
use core::ops::Range;
use thinned_lanes::Backend;

/// Units whose covariances one call holds, at most: some 50 MB of sums.
const MOST_UNITS: usize = 2048;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Covariances and entropies of all units of a layer.
    Joint,
    /// `E[O | δ = 1]` of all units or one.
    Given,
}

/// Its cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetailPlan {
    /// Gates upstream; of those that units have each to themselves, as many as one of them has.
    pub gates: usize,
    /// Numbers of one row of the result.
    pub values: f64,
    /// For one row.
    pub evaluations: f64,
    /// For one row.
    pub seconds_per_row: f64,
}

/// Seconds of one pair of units in one mask.
const SECONDS_PER_PAIR: f64 = 0.5e-9;
/// Seconds of one unit in one mask: an exponential.
const SECONDS_PER_CURVE: f64 = 3e-8;
/// The same of one of several classes, and of the sums over them: a logarithm and a quotient as well.
const SECONDS_PER_CLASS: f64 = 1.5e-7;

/// What the activations and entropies of a layer take in one mask, beside the sums.
fn seconds_of_units(graph: &Graph, target: usize) -> f64 {
    let units = graph.nodes[target].width as f64;
    if classes(graph, target).is_some() {
        return (units + 1.0) * SECONDS_PER_CLASS;
    }
    match graph.activation(target) {
        None | Some(Activation::Linear | Activation::Relu | Activation::LeakyRelu { .. }) => 0.0,
        Some(_) => units * SECONDS_PER_CURVE,
    }
}

/// Plans a detail of `node`.
///
/// # Errors
/// `Range` where it does not apply, saying why.
pub fn plan(graph: &Graph, node: usize, unit: Option<usize>, detail: Detail) -> Result<DetailPlan, Error> {
    let target = graph.before_gates(node);
    let width = graph.nodes[target].width;
    let refuse = |what: &str, why: String| {
        Err(Error::range(format!("Cannot compute {what} of layer \"{}\": {why}", graph.nodes[node].name)))
    };
    match detail {
        Detail::Joint => {
            if width > MOST_UNITS {
                return refuse("the covariances", format!("it has {width} units, wanted at most {MOST_UNITS}"));
            }
            let values = (width * width) as f64;
            if linear_network::applies(graph, target) {
                let seconds_per_row = linear_network::work(graph, target) * 1e-9;
                let needed = graph.ancestors(&[target]);
                let nodes = graph.nodes.iter().zip(needed).filter(|(_, needed)| *needed);
                let gates =
                    nodes.filter_map(|(node, _)| node.operation.site()).map(|site| graph.sites[site].random_gates());
                return Ok(DetailPlan { gates: gates.sum(), values, evaluations: width as f64, seconds_per_row });
            }
            let gates = gates_above(graph, target, None);
            let masks = (gates.len() as f64).exp2();
            let each = SECONDS_PER_PAIR * values + seconds_of_units(graph, target);
            let seconds_per_row = blocks::seconds(graph, &[target], &gates) + masks * each;
            Ok(DetailPlan { gates: gates.len(), values, evaluations: masks, seconds_per_row })
        }
        Detail::Given => {
            let what = "means given a gate";
            if !is_affine(graph, target) {
                return refuse(what, "what it reads must be one layer of gates over fixed units".to_owned());
            }
            let integral = Integral::of(graph, target);
            if matches!(integral, None | Some(Integral::Softplus)) {
                return refuse(what, "they are for linear, logistic and tanh units".to_owned());
            }
            let groups = groups(graph, node, unit)?;
            let gates = groups[0].gates.len();
            if groups.iter().any(|group| group.gates.len() != gates) {
                return refuse(what, "its units have different numbers of gates, wanted a single unit".to_owned());
            }
            let units = if unit.is_some() { 1.0 } else { width as f64 };
            let values = units * gates as f64;
            let seconds_per_row = units * 3.0 * integral_seconds(gates as f64);
            Ok(DetailPlan { gates, values, evaluations: units, seconds_per_row })
        }
    }
}

/// A run over the rows of a batch; where its steps are cut never changes a bit.
pub struct Run<B: Backend> {
    network: Network,
    x: Vec<f32>, // [rows, inputs]
    rows: usize,
    target: usize,
    detail: Detail,
    gates: Vec<Gate>,                  // of a joint walk
    groups: Vec<Group>,                // of means given a gate
    order: Vec<(usize, usize, usize)>, // of means given a gate: unit, group, place in it
    each: f64,                         // evaluations of a row
    row: usize,
    work: Option<Work<B>>,
    covariance: Vec<f64>,        // [rows, units, units]
    entropies: Vec<(f64, f64)>,  // [rows]
    conditional_means: Vec<f64>, // [rows, units, gates]
    error_bound: f64,
    backend: core::marker::PhantomData<B>,
}

enum Work<B: Backend> {
    Joint(Box<JointWalk>),
    /// Covariances in closed form, and the pass that they start from.
    Linear(Box<(LinearWalk, Subnetwork)>),
    Given(GivenWalk<B>),
}

/// The units of each group and the error of the pass that they come from, how many units are done, and the one at hand.
struct GivenWalk<B: Backend> {
    units: Vec<AffineUnits>,
    pass_error: f64,
    done: usize,
    open: Option<GivenGates<B>>,
}

impl<B: Backend> Run<B> {
    /// A run of what [`plan`] allows.
    ///
    /// # Errors
    /// As [`plan`]; `Shape` when `x` is not `rows` rows.
    pub fn new(
        network: &Network,
        node: usize,
        unit: Option<usize>,
        detail: Detail,
        x: &[f32],
        rows: usize,
    ) -> Result<Self, Error> {
        let graph = &network.graph;
        check_rows(x, rows, graph.input_width())?;
        let DetailPlan { evaluations, .. } = plan(graph, node, unit, detail)?;
        let target = graph.before_gates(node);
        let is_walk = detail == Detail::Joint && !linear_network::applies(graph, target);
        let gates = if is_walk { gates_above(graph, target, None) } else { Vec::new() };
        if gates.len() > MOST_ENUMERATED {
            return Err(Error::range(format!(
                "Cannot enumerate the masks of {} gates, wanted at most {MOST_ENUMERATED}",
                gates.len()
            )));
        }
        let groups = if detail == Detail::Given { groups(graph, node, unit)? } else { Vec::new() };
        let places = |(group, of): (usize, &Group)| {
            of.units.iter().enumerate().map(|(place, &unit)| (unit, group, place)).collect::<Vec<_>>()
        };
        let mut order: Vec<_> = groups.iter().enumerate().flat_map(places).collect();
        order.sort_unstable();
        Ok(Self {
            network: network.clone(),
            x: x.to_vec(),
            rows,
            target,
            detail,
            gates,
            order,
            groups,
            each: evaluations,
            row: 0,
            work: None,
            covariance: Vec::new(),
            entropies: Vec::new(),
            conditional_means: Vec::new(),
            error_bound: 0.0,
            backend: core::marker::PhantomData,
        })
    }

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

    fn deterministic(&self, x: &[f32]) -> Subnetwork {
        let graph = &self.network.graph;
        let mut pass = Subnetwork::new(graph, self.target);
        pass.pass(&self.network, x, &graph.ancestors(&[self.target]));
        pass
    }

    /// Evaluations left.
    pub fn remaining(&self) -> f64 {
        let current = match &self.work {
            Some(Work::Joint(walk)) => walk.remaining(),
            Some(Work::Linear(work)) => (self.each * work.0.left()).ceil(),
            Some(Work::Given(walk)) => self.each - walk.done as f64,
            None => return self.each * (self.rows - self.row) as f64,
        };
        current + self.each * (self.rows - self.row - 1) as f64
    }

    /// Computes about as many more, and at least one.
    ///
    /// # Errors
    /// `Range` when the pre-activations of a unit reach too far for its integral.
    pub fn step(&mut self, evaluations: u64) -> Result<(), Error> {
        let mut left = evaluations.max(1);
        while left > 0 && self.row < self.rows {
            left = left.saturating_sub(self.advance(left)?);
        }
        Ok(())
    }

    fn advance(&mut self, evaluations: u64) -> Result<u64, Error> {
        let width = self.network.graph.input_width();
        let x = &self.x[self.row * width..(self.row + 1) * width];
        let network = &self.network;
        let work = self.work.take().unwrap_or_else(|| {
            let pass = self.deterministic(x);
            match self.detail {
                Detail::Joint if linear_network::applies(&network.graph, self.target) => {
                    Work::Linear(Box::new((LinearWalk::new(&network.graph, self.target), pass)))
                }
                Detail::Joint => Work::Joint(Box::new(JointWalk::new(network, &self.gates, x, &pass))),
                Detail::Given => {
                    let units = self.groups.iter().map(|group| affine_units(network, group, &pass)).collect();
                    let pass_error = error_bound(network, self.target, self.groups[0].gates.len(), x);
                    Work::Given(GivenWalk { units, pass_error, done: 0, open: None })
                }
            }
        });
        match work {
            Work::Linear(mut work) => {
                if !work.0.step(network, &work.1) {
                    self.work = Some(Work::Linear(work));
                    return Ok(1);
                }
                let (walk, pass) = *work;
                self.covariance.extend(walk.covariance(&pass));
                self.error_bound = self.error_bound.max(linear_network::moments_error(network, self.target, x));
                self.row += 1;
                Ok(1)
            }
            Work::Joint(mut walk) => {
                let used = walk.step(network, evaluations);
                if walk.shares().left() > 0 {
                    self.work = Some(Work::Joint(walk));
                } else {
                    let JointMoments { covariance, entropies, error_bound } = walk.finish();
                    self.covariance.extend(covariance);
                    self.entropies.extend(entropies);
                    self.error_bound = self.error_bound.max(error_bound);
                    self.row += 1;
                }
                Ok(used)
            }
            Work::Given(GivenWalk { units, pass_error, done, open }) => {
                let Some(integral) = Integral::of(&network.graph, self.target) else { return Ok(evaluations) };
                let (_, group, column) = self.order[done];
                let Some(mut open) = open.or_else(|| GivenGates::new(integral, &units[group], column)) else {
                    return Err(Error::range(format!(
                        "Cannot compute means given a gate of layer \"{}\": pre-activations of a unit reach beyond \
                         400,000; wanted weights of another scale",
                        network.graph.nodes[self.target].name
                    )));
                };
                if !open.step() {
                    self.work = Some(Work::Given(GivenWalk { units, pass_error, done, open: Some(open) }));
                    return Ok(1);
                }
                self.error_bound = self.error_bound.max(pass_error + open.error_bound());
                self.conditional_means.extend(open.finish());
                if done + 1 == self.order.len() {
                    self.row += 1;
                } else {
                    self.work = Some(Work::Given(GivenWalk { units, pass_error, done: done + 1, open: None }));
                }
                Ok(1)
            }
        }
    }

    /// The named statistic, when it has a meaning and the run is complete.
    ///
    /// `"covariance"` `[rows, units, units]`, `"conditionalMean"` `[rows, units, gates]`; for class probabilities
    /// `"predictiveEntropy"`, `"expectedEntropy"` and `"mutualInformation"` `[rows]`, in nats.
    pub fn statistic(&self, name: &str) -> Option<Vec<f64>> {
        if self.row < self.rows {
            return None;
        }
        let entropies = |of: &dyn Fn(&(f64, f64)) -> f64| {
            (!self.entropies.is_empty()).then(|| self.entropies.iter().map(of).collect())
        };
        match (self.detail, name) {
            (Detail::Joint, "covariance") => Some(self.covariance.clone()),
            // Without gates it is there, and holds nothing.
            (Detail::Given, "conditionalMean") => Some(self.conditional_means.clone()),
            (_, "predictiveEntropy") => entropies(&|(predictive, _)| *predictive),
            (_, "expectedEntropy") => entropies(&|(_, expected)| *expected),
            // Never negative but by rounding.
            (_, "mutualInformation") => entropies(&|(predictive, expected)| {
                let mutual = predictive - expected;
                if mutual < 0.0 && -mutual <= self.error_bound { 0.0 } else { mutual }
            }),
            _ => None,
        }
    }

    /// The absolute error bound of the rows computed so far.
    pub fn error_bound(&self) -> f64 {
        self.error_bound
    }
}
