//! Where the values are that a level reads: fixed ones, those of the levels above, and its own.

use super::levels::{Outline, is_affine};
use super::terms::sources_of;
use crate::network::Graph;

/// The slot of every frame that holds 1 in every lane.
pub const ONES: usize = 0;
/// The slot in the first level's frame that holds the gate of its lanes: 0, 1.
pub const FIRST_GATE: usize = 1;

/// Where a node's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// No gate of the group changes them.
    Fixed,
    /// From this slot of the frame on, a slot a unit.
    Frame(usize),
    /// From this row of the level's own block on, a row a unit.
    Block(usize),
}

/// The places of all nodes as one level sees them.
#[derive(Clone, Debug)]
pub struct Places {
    places: Vec<Place>,
    /// Slots of the frame.
    pub slots: usize,
    /// Rows of the block.
    pub rows: usize,
    /// Nodes in the frame, and where it has them.
    pub imports: Vec<(usize, usize)>,
}

impl Places {
    /// The place of a node's first unit.
    pub fn of(&self, node: usize) -> Place {
        self.places[node]
    }
}

/// The places at every level; the block of `target` itself is left out when it is `streamed`, unit by unit.
pub fn places(graph: &Graph, levels: &[Outline], target: usize, streamed: bool) -> Vec<Places> {
    let depth = |node: usize| levels.iter().position(|level| level.nodes.binary_search(&node).is_ok());
    // Every node that is read as a value, the target first: sources come before their readers.
    let mut wanted = vec![false; graph.nodes.len()];
    let mut reads: Vec<(usize, usize)> = Vec::new(); // depth of the reader, node
    wanted[target] = true;
    for node in (0..=target).rev().filter(|&node| depth(node).is_some()) {
        let Some(depth) = depth(node).filter(|_| wanted[node]) else { continue };
        let level = &levels[depth];
        let sources = if is_affine(graph, level, node) {
            sources_of(graph, level, node)
        } else {
            graph.nodes[node].operation.sources().to_vec()
        };
        for source in sources {
            wanted[source] = true;
            reads.push((depth, source));
        }
    }
    let level = |(index, level): (usize, &Outline)| {
        let mut found = Places {
            places: vec![Place::Fixed; graph.nodes.len()],
            slots: if index == 0 { FIRST_GATE + 1 } else { ONES + 1 },
            rows: 0,
            imports: Vec::new(),
        };
        for node in (0..graph.nodes.len()).filter(|&node| wanted[node]) {
            let width = graph.nodes[node].width;
            let own = level.nodes.binary_search(&node).is_ok();
            if own && !(streamed && node == target) {
                found.places[node] = Place::Block(found.rows);
                found.rows += width;
            } else if depth(node).is_some_and(|depth| depth < index)
                && reads.iter().any(|&(reader, read)| read == node && reader >= index)
            {
                found.places[node] = Place::Frame(found.slots);
                found.imports.push((node, found.slots));
                found.slots += width;
            }
        }
        found
    };
    levels.iter().enumerate().map(level).collect()
}
