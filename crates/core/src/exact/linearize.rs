//! Finds the pre-activations that are affine in independent gates, and their coefficients for one row.
//!
//! A node is *fixed* when no gate changes it, *affine* when its units are sums of independently gated fixed terms.
//! Gates over fixed units are affine; dense layers without activation, concatenations and sums of affine nodes are
//! affine. Gates over an affine node are not: their product with the gates below is of second degree. Which gates are
//! meant is the caller's: those that are not are as good as fixed.

mod builder;
mod forms;
#[cfg(test)]
mod tests;

use crate::activation::Activation;
use crate::exact::affine::AffineUnits;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::{Gate, Group};
use crate::network::{Graph, Network, Operation};
use builder::FormBuilder;

pub use forms::Forms;

/// How a node depends on the gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Degree {
    Fixed,
    Affine,
    Other,
}

/// Whether the pre-activations of `target` (a node without activation: its values) are affine in the gates.
pub fn is_affine(graph: &Graph, target: usize) -> bool {
    is_affine_in(graph, target, |_| true)
}

/// The same for the gates of some sites, those of the others being held; none of those may lie over a selected one.
pub fn is_affine_in(graph: &Graph, target: usize, selected: impl Fn(usize) -> bool) -> bool {
    let mut degrees: Vec<Degree> = Vec::new();
    for (index, node) in graph.nodes[..=target].iter().enumerate() {
        let is_sum = match &node.operation {
            Operation::Fixed(fixed) => fixed.is_sum(),
            // One gate of several units is no gate of one term, and noise none at all.
            Operation::Dropout { site, .. } => {
                graph.sites[*site].is_thinning() && graph.sites[*site].len() == node.width
            }
            _ => true,
        };
        let below = node.operation.sources().iter().map(|&source| degrees[source]).max().unwrap_or(Degree::Fixed);
        let degree = match (below, node.operation.site().filter(|&site| graph.sites[site].is_random())) {
            (Degree::Fixed, Some(site)) if selected(site) && is_sum => Degree::Affine,
            (Degree::Fixed, Some(site)) if selected(site) => Degree::Other,
            (Degree::Fixed, _) => Degree::Fixed,
            (Degree::Affine, None) if is_sum => Degree::Affine,
            _ => Degree::Other,
        };
        let curved = graph.activation(index).is_some_and(|activation| activation != Activation::Linear);
        degrees.push(if curved && index != target && degree != Degree::Fixed { Degree::Other } else { degree });
    }
    degrees[target] != Degree::Other
}

/// One fixed activity in a sum: behind a gate that can be dropped, or open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Where the activity is.
    pub node: usize,
    /// Which of the node's units it is.
    pub unit: usize,
    /// The gate; of a gated connection into the target that of its first unit, the others having one like it each.
    pub gate: Option<Gate>,
    /// The probability of keeping.
    pub keep: f64,
    /// The probability of dropping, as given.
    pub rate: f64,
}

/// Pre-activations `S_u = c_u + Σ_k δ_k m_ku O_k` over fixed activities `O`; what they are is not in it.
#[derive(Clone, Debug, Default)]
pub struct LinearForm {
    /// Those behind gates first, in the order of sites and gates.
    pub terms: Vec<Term>,
    /// `c`, `[units]`.
    pub constants: Vec<f64>,
    /// `m`, `[terms, units]`.
    pub matrix: Vec<f64>,
}

impl LinearForm {
    /// Keeps of the gated terms those of `gates`, sorted: the others reach none of the units.
    pub fn restricted(mut self, gates: &[Gate]) -> Self {
        let units = self.constants.len();
        let is_kept = |term: &Term| term.gate.is_none_or(|gate| gates.binary_search(&gate).is_ok());
        if !self.terms.iter().all(is_kept) {
            let rows = self.terms.iter().zip(self.matrix.chunks_exact(units));
            self.matrix = rows.filter(|(term, _)| is_kept(term)).flat_map(|(_, row)| row.iter().copied()).collect();
            self.terms.retain(is_kept);
        }
        self
    }

    /// How many terms are behind gates.
    pub fn gates(&self) -> usize {
        self.terms.partition_point(|term| term.gate.is_some())
    }

    /// The pre-activations where the activities are what `activity` says of a node and a unit.
    pub fn at(&self, activity: impl Fn(usize, usize) -> f64) -> AffineUnits {
        let (units, gates) = (self.constants.len(), self.gates());
        let mut affine = AffineUnits {
            keep: self.terms[..gates].iter().map(|term| term.keep).collect(),
            rate: self.terms[..gates].iter().map(|term| term.rate).collect(),
            constants: self.constants.clone(),
            coefficients: Vec::with_capacity(gates * units),
        };
        for (term, row) in self.terms.iter().zip(self.matrix.chunks_exact(units)) {
            let activity = activity(term.node, term.unit);
            if term.gate.is_some() {
                affine.coefficients.extend(row.iter().map(|weight| weight * activity));
            } else {
                affine.constants.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * activity);
            }
        }
        affine
    }
}

impl Forms {
    /// Those that `target` reads, in the gates of the selected sites; [`is_affine_in`] must hold of them.
    pub fn new(network: &Network, target: usize, selected: impl Fn(usize) -> bool) -> Self {
        FormBuilder::new(network, selected).build(target)
    }

    /// The pre-activations of the group's units for the row of `deterministic`, a pass to the target.
    pub fn affine_units(&self, network: &Network, group: &Group, deterministic: &Subnetwork) -> AffineUnits {
        let form = self.of(network, &group.units).restricted(&group.gates);
        form.at(|node, unit| deterministic.values[node][unit])
    }
}
