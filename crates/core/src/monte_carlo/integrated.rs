//! The last gated layer of sampled subnetworks, integrated instead of drawn (Rao-Blackwell; THEORY §5).
//!
//! A sample draws the gates of earlier layers alone. Given them a unit has a mean `m` and a variance `v` over the gates of
//! the last layer (see [`crate::exact::last_layer`]), in closed form or by an integral, in double precision from the
//! single-precision activities below. Then `E = E m` and `V = Var m + E v`, and the error of a sampled `E` comes from
//! `Var m ≤ V` alone.

use crate::error::Error;
use crate::exact::conditioned::conditional;
use crate::exact::last_layer::{Integral, LastLayer};
use crate::exact::linearize::LinearForm;
use crate::network::Network;
use thinned_lanes::Backend;

/// What is integrated for some nodes.
#[derive(Clone, Debug)]
pub struct Integrated<B> {
    targets: Vec<Target>,
    backend: core::marker::PhantomData<B>,
}

#[derive(Clone, Debug)]
struct Target {
    name: String,
    form: LinearForm,
    integral: Integral,
    cumulants: Vec<[f64; 2]>, // [terms, units]: of linear units, what is multiplied with O and O²
    is_fixed: bool,           // no gate is left to be drawn
    moments: Conditional,
}

/// Conditional moments of all rows of one sample, `[rows, units]`.
#[derive(Clone, Debug, Default)]
pub struct Conditional {
    /// `m`.
    pub means: Vec<f64>,
    /// `v`.
    pub variances: Vec<f64>,
}

impl<B: Backend> Integrated<B> {
    /// The forms of the nodes over their last gates.
    ///
    /// # Errors
    /// `Range` when the units of a node are of a kind that cannot be integrated, or not over gates.
    pub fn new(network: &Network, nodes: &[usize]) -> Result<Self, Error> {
        let targets = nodes.iter().map(|&node| Target::new(network, node)).collect::<Result<_, _>>()?;
        Ok(Self { targets, backend: core::marker::PhantomData })
    }

    /// The nodes whose activities the last gates act on.
    pub fn heads(&self) -> Vec<usize> {
        let terms = self.targets.iter().flat_map(|target| &target.form.terms);
        let mut heads: Vec<usize> = terms.map(|term| term.node).collect();
        heads.sort_unstable();
        heads.dedup();
        heads
    }

    /// The conditional moments of target `index` for the activities by node, `activity(node, row, unit)`.
    ///
    /// Cost `O(terms)` a row and linear unit, that of [`crate::exact::characteristic`] for any other.
    ///
    /// # Errors
    /// `Range` when pre-activations reach too far for the integral.
    pub fn moments(
        &mut self,
        index: usize,
        rows: usize,
        activity: impl Fn(usize, usize, usize) -> f64,
    ) -> Result<&Conditional, Error> {
        let Target { name, form, integral, cumulants, is_fixed, moments } = &mut self.targets[index];
        let units = form.constants.len();
        if *is_fixed && !moments.means.is_empty() {
            return Ok(moments);
        }
        moments.means.clear();
        moments.variances.clear();
        for row in 0..rows {
            if *integral == Integral::Linear {
                linear(form, cumulants, moments, |node, unit| activity(node, row, unit));
                continue;
            }
            for unit in conditional::<B>(*integral, form, |node, unit| activity(node, row, unit)) {
                if unit.error_bound == f64::INFINITY {
                    return Err(Error::range(format!(
                        "Cannot integrate the last gates of layer \"{name}\": pre-activations of a unit reach beyond \
                         400,000; wanted weights of another scale, or samples without integrateLast"
                    )));
                }
                moments.means.push(unit.mean);
                moments.variances.push(unit.variance);
            }
        }
        debug_assert_eq!(moments.means.len(), rows * units);
        Ok(moments)
    }
}

impl Target {
    fn new(network: &Network, node: usize) -> Result<Self, Error> {
        let graph = &network.graph;
        let name = graph.nodes[node].name.clone();
        let refuse =
            |why: &str| Err(Error::range(format!("Cannot integrate the last gates of layer \"{name}\": {why}")));
        let Some(integral) = Integral::of(graph, node) else {
            return refuse(
                "its units have no such integral, wanted linear, logistic, tanh or softplus units; of a softmax layer \
                 select the logits, a linear layer under an activation of its own, or sample without integrateLast",
            );
        };
        let last = LastLayer::of(graph, node, None);
        if graph.random_nodes()[node] && !last.sites.contains(&true) {
            return refuse("a curve lies between it and all gates, wanted gates over the units that it reads");
        }
        let units: Vec<usize> = (0..graph.nodes[node].width).collect();
        let form = LinearForm::new(network, node, &units, |site| last.sites[site]);
        let cumulants = match integral {
            Integral::Linear => {
                let cumulants = |(index, &m): (usize, &f64)| {
                    let term = form.terms[index / units.len()];
                    [term.keep * m, term.keep * term.rate * m * m]
                };
                form.matrix.iter().enumerate().map(cumulants).collect()
            }
            _ => Vec::new(),
        };
        Ok(Self { is_fixed: last.outer.is_empty(), name, form, integral, cumulants, moments: Conditional::default() })
    }
}

/// `m = c + Σ p a`, `v = Σ p q a²` of every unit for one row, terms in their order.
fn linear(
    form: &LinearForm,
    cumulants: &[[f64; 2]],
    moments: &mut Conditional,
    activity: impl Fn(usize, usize) -> f64,
) {
    let units = form.constants.len();
    let first = moments.means.len();
    moments.means.extend_from_slice(&form.constants);
    moments.variances.resize(first + units, 0.0);
    let (means, variances) = (&mut moments.means[first..], &mut moments.variances[first..]);
    for (term, cumulants) in form.terms.iter().zip(cumulants.chunks_exact(units)) {
        let o = activity(term.node, term.unit);
        // Half the units of a rectified layer.
        if o == 0.0 {
            continue;
        }
        let sums = means.iter_mut().zip(variances.iter_mut()).zip(cumulants);
        sums.for_each(|((mean, variance), [first, second])| {
            *mean += first * o;
            *variance += second * (o * o);
        });
    }
}
