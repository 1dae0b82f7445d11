//! The last gated layer of sampled subnetworks, integrated instead of drawn (Rao-Blackwell; THEORY §5).
//!
//! A sample draws the gates of earlier layers alone. Given them a unit has a mean `m` and a variance `v` over the gates of
//! the last layer (see [`crate::exact::last_layer`]), in closed form or by an integral, in double precision from the
//! single-precision activities below. Then `E = E m` and `V = Var m + E v`, and the error of a sampled `E` comes from
//! `Var m ≤ V` alone.

use crate::activation::Activation;
use crate::error::Error;
use crate::exact::affine::AffineUnits;
use crate::exact::characteristic::{Gates, Integrator, Kind, MOST_PRODUCTS};
use crate::exact::last_layer::{Integral, LastLayer, obstacle};
use crate::exact::linearize::LinearForm;
use crate::network::Network;
use thinned_lanes::Backend;

/// What one step of a run does, in products: some ten milliseconds.
pub const PRODUCTS_OF_A_STEP: usize = MOST_PRODUCTS;

/// What is integrated for some nodes: sample by sample, with pauses between units and in long ones.
pub struct Integrated<B: Backend> {
    targets: Vec<Target>,
    integrator: Integrator<B>,
    row: Option<AffineUnits>, // that is under way
}

struct Target {
    name: String,
    form: LinearForm,
    method: Method,
    is_fixed: bool, // no gate is left to be drawn
    moments: Conditional,
}

enum Method {
    /// `[terms, units]`: what is multiplied with `O` and `O²`.
    Cumulants(Vec<[f64; 2]>),
    /// By the characteristic function over these gates.
    Integral(Kind, Gates),
}

/// Conditional moments of one sample, `[rows, units]`; of the first of them while it is under way.
#[derive(Default)]
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
        Ok(Self { targets, integrator: Integrator::default(), row: None })
    }

    /// The nodes whose activities the last gates act on.
    pub fn heads(&self) -> Vec<usize> {
        let terms = self.targets.iter().flat_map(|target| &target.form.terms);
        let mut heads: Vec<usize> = terms.map(|term| term.node).collect();
        heads.sort_unstable();
        heads.dedup();
        heads
    }

    /// Goes on with a sample whose activities by node are `activity(node, row, unit)`: until its moments are complete, which it
    /// returns, or `left` is used up, the products that there is time for.
    ///
    /// Cost `O(terms)` a row and linear unit, that of [`crate::exact::characteristic`] for any other.
    ///
    /// # Errors
    /// `Range` when pre-activations reach too far for the integral.
    pub fn step(
        &mut self,
        rows: usize,
        activity: impl Fn(usize, usize, usize) -> f64,
        left: &mut usize,
    ) -> Result<bool, Error> {
        for Target { name, form, method, moments, .. } in &mut self.targets {
            let units = form.constants.len();
            while moments.means.len() < rows * units {
                if *left == 0 {
                    return Ok(false);
                }
                let (row, unit) = (moments.means.len() / units, moments.means.len() % units);
                let activity = |node, unit| activity(node, row, unit);
                let (kind, gates) = match method {
                    Method::Cumulants(cumulants) => {
                        linear(form, cumulants, moments, activity);
                        *left = left.saturating_sub(cumulants.len());
                        continue;
                    }
                    Method::Integral(kind, gates) => (*kind, &*gates),
                };
                let affine = self.row.get_or_insert_with(|| form.at(activity));
                for unit in self.integrator.next(kind, affine, gates, unit..units) {
                    if unit.error_bound == f64::INFINITY {
                        return Err(Error::range(format!(
                            "Cannot integrate the last gates of layer \"{name}\": pre-activations of a unit reach beyond \
                             400,000; wanted weights of another scale, or samples without integrateLast"
                        )));
                    }
                    moments.means.push(unit.mean);
                    moments.variances.push(unit.variance);
                }
                *left = left.saturating_sub(self.integrator.take_spent().max(1));
                if moments.means.len() == (row + 1) * units {
                    self.row = None;
                }
            }
        }
        Ok(true)
    }

    /// The moments of each target, once they are complete.
    pub fn moments(&self) -> impl Iterator<Item = &Conditional> {
        self.targets.iter().map(|target| &target.moments)
    }

    /// Makes room for the next sample; what no gate changes stays.
    pub fn clear(&mut self) {
        for Target { moments, .. } in self.targets.iter_mut().filter(|target| !target.is_fixed) {
            moments.means.clear();
            moments.variances.clear();
        }
    }
}

impl Target {
    fn new(network: &Network, node: usize) -> Result<Self, Error> {
        let graph = &network.graph;
        let name = graph.nodes[node].name.clone();
        let refuse =
            |why: &str| Err(Error::range(format!("Cannot integrate the last gates of layer \"{name}\": {why}")));
        let Some(integral) = Integral::of(graph, node) else {
            let name = graph.activation(node).unwrap_or(Activation::Linear).name();
            let way = match name {
                "softmax" => "select the logits, a linear layer under an activation of its own, or",
                _ => "select a layer of these, or",
            };
            return refuse(&format!(
                "of \"{name}\" units there is no such integral, wanted linear, logistic, tanh or softplus units; {way} sample \
                 without integrateLast"
            ));
        };
        let last = LastLayer::of(graph, node, None);
        if graph.random_nodes()[node] && !last.sites.contains(&true) {
            return refuse(obstacle(graph, node));
        }
        let units: Vec<usize> = (0..graph.nodes[node].width).collect();
        let form = LinearForm::new(network, node, &units, |site| last.sites[site]);
        let cumulants = |(index, &m): (usize, &f64)| {
            let term = form.terms[index / units.len()];
            [term.keep * m, term.keep * term.rate * m * m]
        };
        let method = match integral.kind() {
            None => Method::Cumulants(form.matrix.iter().enumerate().map(cumulants).collect()),
            Some(kind) => Method::Integral(kind, Gates::of(&form.at(|_, _| 0.0))),
        };
        Ok(Self { is_fixed: last.outer.is_empty(), name, form, method, moments: Conditional::default() })
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
