//! Layers of which one enumeration gives the statistics: those that it passes on its way.
//!
//! A walk goes through the gates of one layer after the other, so that the gates of an earlier layer are the first of those of a
//! later one. The obvious way, a walk for each layer, goes through those first gates once more for each.

use crate::error::Error;
use crate::exact::plan::Method;
use crate::exact::upstream::{Gate, Group, groups};
use crate::network::Graph;

/// For each of `nodes`, the place of the one whose walk gives its statistics: its own where it has a walk to itself.
///
/// # Errors
/// `Range` when a node or the unit does not exist.
pub fn leads(graph: &Graph, nodes: &[usize], unit: Option<usize>, method: Method) -> Result<Vec<usize>, Error> {
    let all: Vec<Vec<Group>> = nodes.iter().map(|&node| groups(graph, node, unit)).collect::<Result<_, _>>()?;
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by_key(|&place| core::cmp::Reverse(all[place].iter().map(|group| group.gates.len()).max()));
    let mut leads: Vec<usize> = (0..nodes.len()).collect();
    let mut first: Vec<usize> = Vec::new();
    for place in order {
        let serves = |lead: &&usize| {
            let [lead, own] = [**lead, place].map(|place| (nodes[place], all[place].as_slice()));
            passes(graph, lead, own, method)
        };
        match first.iter().find(serves) {
            Some(&lead) => leads[place] = lead,
            None => first.push(place),
        }
    }
    Ok(leads)
}

/// Whether a walk for the first node passes the other, each with its groups.
pub fn passes(graph: &Graph, lead: (usize, &[Group]), other: (usize, &[Group]), method: Method) -> bool {
    let ((lead, [walked]), (node, [own])) = (lead, other) else { return false };
    let (lead, node) = (graph.before_gates(lead), graph.before_gates(node));
    let same = own.gates == walked.gates;
    match method {
        Method::Nested => !own.gates.is_empty() && (same || are_outer_sites(&own.gates, &walked.gates)),
        // Every pass computes all of the nodes: a layer on the way costs nothing.
        Method::Reference => same || (graph.ancestors(&[lead])[node] && are_outer_sites(&own.gates, &walked.gates)),
        _ => false,
    }
}

/// Whether some gates are all of those that others have at their first sites.
fn are_outer_sites(own: &[Gate], all: &[Gate]) -> bool {
    all.starts_with(own) && all.get(own.len()).map(|gate| gate.0) != own.last().map(|gate| gate.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::gates::Scaling;
    use crate::network::{Builder, Network};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Gates, `h1`, gates, `h2` and a second head `side`, both over the same gates, gates, `o`.
    fn network() -> (Network, [usize; 4]) {
        let mut builder = Builder::default();
        let input = builder.input(2).unwrap();
        let mut layer = |name: &str, source: usize| {
            let gated = builder.dropout(&format!("d{name}"), source, &[0.5], Scaling::Inverted).unwrap();
            let dense = builder.dense(name, gated, 2, Activation::Tanh, true, None, None).unwrap();
            (gated, dense)
        };
        let (_, h1) = layer("h1", input);
        let (gated, h2) = layer("h2", h1);
        let (_, o) = layer("o", h2);
        let side = builder.dense("side", gated, 3, Activation::Tanh, true, None, None).unwrap();
        let both = builder.concat("both", &[o, side]).unwrap();
        (builder.build(both, 1).unwrap(), [h1, h2, side, o])
    }

    #[test]
    fn a_walk_serves_what_it_passes() {
        let (network, nodes) = network();
        let found = |method| leads(&network.graph, &nodes, None, method).unwrap();
        assert_eq!(found(Method::Nested), [3, 3, 3, 3]);
        assert_eq!(found(Method::Reference), [3, 3, 2, 3], "a layer beside would be computed in every pass");
        assert_eq!(found(Method::Split), [0, 1, 2, 3]);
    }

    #[test]
    fn layers_with_gates_of_their_own_have_walks_of_their_own() {
        let mut builder = Builder::default();
        let input = builder.input(2).unwrap();
        let connections = Some((0.5, Scaling::Inverted));
        let h = builder.dense("h", input, 2, Activation::Tanh, true, connections, None).unwrap();
        let o = builder.dense("o", h, 1, Activation::Tanh, true, None, None).unwrap();
        let network = builder.build(o, 1).unwrap();
        assert_eq!(leads(&network.graph, &[h, o], None, Method::Nested), Ok(vec![0, 1]));
        assert!(leads(&network.graph, &[h, o], Some(1), Method::Nested).is_err());
    }
}
