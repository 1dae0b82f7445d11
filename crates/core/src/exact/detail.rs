//! What is computed beside the statistics of each unit when it is asked for: joint statistics of a layer, and means given
//! a gate. Neither changes a bit of the statistics themselves.

mod plan;
mod share;

use crate::error::Error;
use crate::exact::affine::AffineUnits;
use crate::exact::given::GivenGates;
use crate::exact::joint::{JointMoments, JointWalk};
use crate::exact::last_layer::Integral;
use crate::exact::linear_network::{self, LinearWalk};
use crate::exact::linearize::Forms;
use crate::exact::plan::MOST_ENUMERATED;
use crate::exact::rounding::bounds;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::{Gate, Group, gates_above, groups};
use crate::monte_carlo::check_rows;
use crate::network::Network;
use thinned_lanes::Backend;

pub use plan::{Detail, DetailPlan, plan};

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
                    let forms = Forms::new(network, self.target, |_| true);
                    let units = self.groups.iter().map(|group| forms.affine_units(network, group, &pass)).collect();
                    let pass_error = bounds(network, self.target, 0, x).pass();
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
                let (_, group, column) = self.order[done];
                let begin = || GivenGates::new(Integral::of(&network.graph, self.target)?, &units[group], column);
                let Some(mut open) = open.or_else(begin) else {
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
