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
    logits: Vec<(usize, usize)>, // targets, and the rows of their pre-activations
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

    /// The first row of the block with the pre-activations of a target. Where other nodes read its activities they are copies,
    /// behind the rows of these.
    pub fn logits(&self, node: usize) -> Option<usize> {
        self.logits.iter().find(|(target, _)| *target == node).map(|(_, row)| *row)
    }
}

/// The places at every level. The block of a target that is `streamed`, unit by unit, has no room for it unless others read it.
pub fn places(graph: &Graph, levels: &[Outline], targets: &[usize], streamed: impl Fn(usize) -> bool) -> Vec<Places> {
    let depth = |node: usize| levels.iter().position(|level| level.nodes.binary_search(&node).is_ok());
    // Every node that is wanted or read as a value, the last first: sources come before their readers.
    let mut wanted = vec![false; graph.nodes.len()];
    let mut reads: Vec<(usize, usize)> = Vec::new(); // depth of the reader, node
    targets.iter().for_each(|&target| wanted[target] = true);
    for node in (0..graph.nodes.len()).rev().filter(|&node| depth(node).is_some()) {
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
            logits: Vec::new(),
            slots: if index == 0 { FIRST_GATE + 1 } else { ONES + 1 },
            rows: 0,
            imports: Vec::new(),
        };
        for node in (0..graph.nodes.len()).filter(|&node| wanted[node]) {
            let width = graph.nodes[node].width;
            let own = level.nodes.binary_search(&node).is_ok();
            let is_read = || reads.iter().any(|&(_, read)| read == node);
            let is_target = targets.contains(&node);
            if own && !(is_target && streamed(node) && !is_read()) {
                found.places[node] = Place::Block(found.rows);
                if is_target && !streamed(node) && graph.activation(node).is_some() {
                    let copies = if is_read() { width } else { 0 };
                    found.logits.push((node, found.rows + copies));
                    found.rows += copies;
                }
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
