//! Which gates can be integrated when all others are held: those of the last gated layer.
//!
//! Under fixed gates of earlier layers a pre-activation that is affine in the remaining ones has its statistics in
//! closed form or by an integral (THEORY §4.5: total variance). Sites are taken from the last to the first as
//! long as the pre-activations stay affine in all that were taken: no gate of another site then lies over one of them.

use crate::activation::Activation;
use crate::exact::characteristic::Kind;
use crate::exact::linearize::is_affine_in;
use crate::exact::upstream::{Gate, gates_above};
use crate::gates::Site;
use crate::network::{Graph, Node, Operation};

/// How the gates upstream of a target part.
#[derive(Clone, Debug)]
pub struct LastLayer {
    /// By site: whether it is integrated.
    pub sites: Vec<bool>,
    /// The gates that are not, sorted.
    pub outer: Vec<Gate>,
}

impl LastLayer {
    /// The parts for all units of `target` or one of them.
    pub fn of(graph: &Graph, target: usize, unit: Option<usize>) -> Self {
        let sites = last_sites(graph, target);
        // Gated connections into the target are the last of all; there may be millions.
        let own = graph.dense(target).filter(|dense| dense.site.is_some_and(|site| sites[site]));
        let upstream = match own {
            Some(dense) => gates_above(graph, dense.source, None),
            None => gates_above(graph, target, unit),
        };
        Self { outer: upstream.into_iter().filter(|gate| !sites[gate.0]).collect(), sites }
    }
}

/// The sites that are integrated, as marks.
pub fn last_sites(graph: &Graph, target: usize) -> Vec<bool> {
    let needed = graph.ancestors(&[target]);
    let mut last = vec![false; graph.sites.len()];
    for (_, node) in graph.nodes.iter().enumerate().filter(|(index, _)| needed[*index]).rev() {
        if let Some(site) = node.operation.site().filter(|&site| graph.sites[site].is_random()) {
            last[site] = true;
            last[site] = is_affine_in(graph, target, |site| last[site]);
        }
    }
    last
}

/// Why [`last_sites`] has none, although gates change `target`.
pub fn obstacle(graph: &Graph, target: usize) -> &'static str {
    let needed = graph.ancestors(&[target]);
    let nodes = graph.nodes.iter().zip(needed).filter(|(_, needed)| *needed);
    let mut gated = nodes.filter_map(|(node, _)| {
        let site = &graph.sites[node.operation.site()?];
        site.is_random().then_some((node, site))
    });
    let is_of_one_unit = |(node, site): (&Node, &Site)| {
        site.is_thinning() && (!matches!(node.operation, Operation::Dropout { .. }) || site.len() == node.width)
    };
    if gated.any(is_of_one_unit) {
        "an activation lies between it and all gates, wanted gates over the units that it reads"
    } else {
        "all its gates are noise, or shared by several units; wanted a gate of its own for each unit that it reads"
    }
}

/// What a unit over affine pre-activations is integrated by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Integral {
    /// Cumulants.
    Linear,
    /// The characteristic function of a logistic unit.
    Logistic {
        /// Positive.
        c: f64,
        /// Not 0.
        lambda: f64,
    },
    /// The same of a tanh unit.
    Tanh,
    /// The same of a softplus unit; third and higher moments stay open.
    Softplus,
}

impl Integral {
    /// The one for the units of a node, or nothing.
    pub fn of(graph: &Graph, target: usize) -> Option<Self> {
        match graph.activation(target).unwrap_or(Activation::Linear) {
            Activation::Linear => Some(Self::Linear),
            Activation::Sigmoid { c, lambda } => Some(Self::Logistic { c, lambda }),
            Activation::Tanh => Some(Self::Tanh),
            Activation::Softplus => Some(Self::Softplus),
            _ => None,
        }
    }

    /// What has a characteristic function to integrate.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::Linear => None,
            Self::Logistic { c, lambda } => Some(Kind::Logistic { c, lambda }),
            Self::Tanh => Some(Kind::Tanh),
            Self::Softplus => Some(Kind::Softplus),
        }
    }
}
