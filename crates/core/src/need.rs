//! What a sampled pass computes of each node: no more than the gates let through.
//!
//! The simple version is [`Need::Whole`] for every node that leads to a target. Two departures leave out what is
//! multiplied by zero, and no bit of any sum depends on them (see [`crate::gemm`]):
//!
//! * A dropout whose readers are all dense layers is never written down: they multiply by its gates as they read.
//! * Where a mask is shared by many rows, a dense layer that only such a dropout reads computes only the units that the
//!   mask keeps: a sampled subnetwork is a smaller dense network.

use crate::activation::Activation;
use crate::network::{Graph, Operation};

/// What a pass does about a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing reads it, or its values are there already.
    Nothing,
    /// All of its values.
    Whole,
    /// Of a dropout: its gates alone.
    Gates,
    /// The same, for dense layers that take samples in groups (see [`crate::gemm::multiply_samples`]).
    Groups {
        /// Whether other layers read it, so that it is written down as well.
        written: bool,
    },
    /// Of a dense layer: the units that the gates of this site keep.
    Kept(usize),
}

/// How samples go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// Row by row, whatever their masks.
    Rows,
    /// Many rows under one mask, a sample at a time.
    OneMask,
    /// Masks of their own, in whole groups of samples.
    Groups,
}

/// A site that keeps more is cheaper to multiply than to list.
const MOST_KEPT: f64 = 0.7;
/// The same for groups of samples, which share what they read.
const MOST_KEPT_OF_GROUPS: f64 = 0.9;

/// The needs of a sampled pass; `gated` marks the nodes that the targets depend on and that gates change.
pub fn needs(graph: &Graph, gated: &[bool], targets: &[usize], together: Together) -> Vec<Need> {
    let mut needs: Vec<Need> = gated.iter().map(|&gated| if gated { Need::Whole } else { Need::Nothing }).collect();
    let readers = |node: usize| {
        let reads = move |reader: &usize| graph.nodes[*reader].operation.sources().contains(&node);
        (0..graph.nodes.len()).filter(|&reader| gated[reader]).filter(reads)
    };
    for (index, node) in graph.nodes.iter().enumerate().filter(|(index, _)| gated[*index]) {
        let Operation::Dropout { source, site } = node.operation else { continue };
        let gates = &graph.sites[site];
        let kept: f64 = (0..gates.len()).map(|gate| gates.keep(gate)).sum();
        // Gates of whole channels are written down, and so is noise.
        if !gates.is_thinning() || gates.len() != node.width {
            continue;
        }
        let is_plain = |reader: usize| graph.dense(reader).is_some_and(|dense| dense.site.is_none());
        let written = !readers(index).all(is_plain) || targets.contains(&index);
        if together == Together::Groups {
            // Sums of a group have an order of their own: what else is wanted must not decide whether it is theirs.
            if kept <= MOST_KEPT_OF_GROUPS * gates.len() as f64 || !gated[source] {
                needs[index] = Need::Groups { written };
            }
            continue;
        }
        if kept > MOST_KEPT * gates.len() as f64 || written {
            continue;
        }
        needs[index] = Need::Gates;
        let skips = graph
            .dense(source)
            .is_some_and(|dense| dense.site.is_none() && dense.activation != Activation::Softmax && gated[source]);
        if together == Together::OneMask && skips && !targets.contains(&source) && readers(source).count() == 1 {
            needs[source] = Need::Kept(site);
        }
    }
    needs
}
