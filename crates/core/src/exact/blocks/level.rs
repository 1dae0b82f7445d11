//! The gates of one site and what follows them.

use crate::exact::blocks::{LANES, LOW, Lanes};
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::Gate;
use crate::network::Graph;

/// A counter over the masks of some gates of one site.
#[derive(Clone, Debug)]
pub struct Level {
    /// The site.
    pub site: usize,
    /// Its gates that are walked through.
    pub gates: Vec<usize>,
    /// The nodes that this level changes and no deeper one, in topological order.
    pub nodes: Vec<usize>,
    mask: u64, // 1 = kept, by place in `gates`
}

/// The levels of `gates` in topological order, with the nodes that `wanted` need.
pub fn levels(graph: &Graph, wanted: &[usize], gates: &[Gate]) -> Vec<Level> {
    let mut sites: Vec<usize> = gates.iter().map(|gate| gate.0).collect();
    sites.dedup();
    let needed = graph.ancestors(wanted);
    let mut depths: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate().filter(|(index, _)| needed[*index]) {
        let own = node.operation.site().and_then(|site| sites.iter().position(|other| *other == site));
        depths[index] = node.operation.sources().iter().map(|&source| depths[source]).max().flatten().max(own);
    }
    let level = |(depth, &site): (usize, &usize)| Level {
        site,
        gates: gates.iter().filter(|gate| gate.0 == site).map(|gate| gate.1).collect(),
        nodes: (0..depths.len()).filter(|&node| depths[node] == Some(depth)).collect(),
        mask: 0,
    };
    sites.iter().enumerate().map(level).collect()
}

/// The probabilities of the one mask of no gates.
pub fn certain() -> Lanes {
    core::array::from_fn(|lane| if lane == 0 { 1.0 } else { 0.0 })
}

impl Level {
    /// Takes the next mask of the gates from `first` on; the place of the highest that changed, or nothing, and all of
    /// them dropped, after the last.
    pub fn count(&mut self, first: usize) -> Option<usize> {
        let changed = first + (self.mask >> first).trailing_ones() as usize;
        if changed >= self.gates.len() {
            self.mask = 0;
            return None;
        }
        self.mask += 1 << first;
        Some(changed)
    }

    /// Takes the mask of the lowest bits of a number, and returns the others.
    pub fn set(&mut self, number: u64) -> u64 {
        let gates = self.gates.len();
        self.mask = number & ((1 << gates) - 1);
        number >> gates
    }

    /// The place of a gate among those of the level.
    pub fn place(&self, site: usize, gate: usize) -> Option<usize> {
        if site == self.site { self.gates.iter().position(|other| *other == gate) } else { None }
    }

    /// Whether a gate is kept in a lane; those from `LOW` on are the same in all.
    pub fn keeps(&self, place: usize, lane: usize) -> bool {
        if place < LOW { lane >> place & 1 == 1 } else { self.mask >> place & 1 == 1 }
    }

    /// The probability of the mask at hand of the gates from `first` on.
    pub fn probability(&self, graph: &Graph, first: usize) -> f64 {
        let site = &graph.sites[self.site];
        let gates = self.gates.iter().enumerate().skip(first);
        gates
            .map(|(place, &gate)| if self.mask >> place & 1 == 1 { site.keep(gate) } else { site.rate(gate) })
            .product()
    }

    /// The probabilities of all masks of the gates before `LOW`.
    pub fn low_probabilities(&self, graph: &Graph) -> Lanes {
        let site = &graph.sites[self.site];
        let mut lanes = certain();
        for (place, &gate) in self.gates.iter().take(LOW).enumerate() {
            for lane in 0..1 << place {
                lanes[lane | 1 << place] = lanes[lane] * site.keep(gate);
                lanes[lane] *= site.rate(gate);
            }
        }
        debug_assert!(LANES >= 1 << self.gates.len().min(LOW));
        lanes
    }

    /// Puts the mask at hand into the factors.
    pub fn set_factors(&self, graph: &Graph, subnetwork: &mut Subnetwork) {
        for (place, &gate) in self.gates.iter().enumerate() {
            let kept = self.mask >> place & 1 == 1;
            subnetwork.factors[self.site][gate] = if kept { graph.sites[self.site].kept_factor(gate) } else { 0.0 };
        }
    }
}
