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
use crate::exact::linearize::{Forms, LinearForm};
use crate::network::Network;
use thinned_lanes::Backend;

/// What one step of a run does, in products: some ten milliseconds.
pub const PRODUCTS_OF_A_STEP: usize = MOST_PRODUCTS;

/// Units of an image that have a matrix together, of all that any of them reads.
const UNITS_OF_A_PIECE: usize = 32;

/// What is integrated for some nodes: sample by sample, with pauses between units and in long ones.
pub struct Integrated<B: Backend> {
    targets: Vec<Target>,
    integrator: Integrator<B>,
    row: Option<AffineUnits>, // that is under way
}

struct Target {
    name: String,
    pieces: Vec<Piece>, // in the order of units
    units: usize,
    is_fixed: bool, // no gate is left to be drawn
    moments: Conditional,
}

/// Units side by side: all of a dense layer, some of an image, which read a small part of it.
struct Piece {
    first: usize,
    form: LinearForm,
    method: Method,
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
        let pieces = self.targets.iter().flat_map(|target| &target.pieces);
        let mut heads: Vec<usize> = pieces.flat_map(|piece| &piece.form.terms).map(|term| term.node).collect();
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
        for Target { name, pieces, units: all, moments, .. } in &mut self.targets {
            while moments.means.len() < rows * *all {
                if *left == 0 {
                    return Ok(false);
                }
                let (row, unit) = (moments.means.len() / *all, moments.means.len() % *all);
                let Piece { first, form, method } = &pieces[pieces.partition_point(|piece| piece.first <= unit) - 1];
                let (unit, units) = (unit - first, form.constants.len());
                let activity = |node, unit| activity(node, row, unit);
                let (kind, gates) = match method {
                    Method::Cumulants(cumulants) => {
                        linear(form, cumulants, moments, activity);
                        *left = left.saturating_sub(cumulants.len().max(1));
                        continue;
                    }
                    Method::Integral(kind, gates) => (*kind, gates),
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
                if moments.means.len() == row * *all + first + units {
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
        let forms = Forms::new(network, node, |site| last.sites[site]);
        let units = graph.nodes[node].width;
        let beside = if graph.dense(node).is_some() { units } else { UNITS_OF_A_PIECE };
        let piece = |first: usize| {
            let of_piece: Vec<usize> = (first..units.min(first + beside)).collect();
            Piece::new(first, forms.of(network, &of_piece), integral)
        };
        let pieces = (0..units).step_by(beside).map(piece).collect();
        Ok(Self { is_fixed: last.outer.is_empty(), name, pieces, units, moments: Conditional::default() })
    }
}

impl Piece {
    fn new(first: usize, form: LinearForm, integral: Integral) -> Self {
        let units = form.constants.len();
        let cumulants = |(index, &m): (usize, &f64)| {
            let term = form.terms[index / units];
            [term.keep * m, term.keep * term.rate * m * m]
        };
        let method = match integral.kind() {
            None => Method::Cumulants(form.matrix.iter().enumerate().map(cumulants).collect()),
            Some(kind) => Method::Integral(kind, Gates::of(&form.at(|_, _| 0.0))),
        };
        Self { first, form, method }
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
