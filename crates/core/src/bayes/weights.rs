//! Which gates act on which weights.

use crate::error::Error;
use crate::gates::Site;
use crate::network::{Graph, Operation};
use crate::ops::Function;

/// A gate: its site, and its number there.
pub type Gate = (usize, usize);

/// The gates of a parameter: one for each of its equal parts, which are rows of a kernel, or single connections.
#[derive(Clone, Debug, PartialEq)]
pub struct Gated {
    /// Index of the parameter.
    pub parameter: usize,
    /// For each part in turn, over and over until the end of the parameter.
    pub gates: Vec<Option<Gate>>,
    /// Numbers of a part.
    pub part: usize,
}

/// The gates of every kernel and bias, in the order of the parameters; scales and shifts of normalisations have no prior.
///
/// # Errors
/// `Range`, with the layer, where weights are not `M·diag(z)`: gates of another kind, or several on one weight.
pub fn gated_weights(graph: &Graph) -> Result<Vec<Gated>, Error> {
    let mut found: Vec<Gated> = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let (source, kernel, bias, connections) = match &node.operation {
            Operation::Dense(dense) => (dense.source, dense.kernel, dense.bias, dense.site),
            Operation::Fixed(fixed) => match &fixed.function {
                Function::Convolution(convolution) => (fixed.sources[0], convolution.kernel, convolution.bias, None),
                _ => continue,
            },
            _ => continue,
        };
        let shape = &graph.parameters[kernel].shape;
        let units = shape[shape.len() - 1];
        let mut inputs = gates_of(graph, source, index)?;
        if graph.dense(index).is_none() {
            inputs = channel_gates(graph, index, inputs, shape[shape.len() - 2])?;
        }
        let own = match connections.filter(|&site| graph.sites[site].is_random()) {
            None => Gated { parameter: kernel, gates: inputs, part: units },
            Some(_) if inputs.iter().any(Option::is_some) => {
                return Err(refusal(graph, index, "its weights have gates of their own and on their inputs"));
            }
            Some(site) => {
                let gates = (0..graph.sites[site].len()).map(|gate| gate_at(&graph.sites[site], site, gate)).collect();
                Gated { parameter: kernel, gates, part: 1 }
            }
        };
        let plain = bias.map(|bias| Gated { parameter: bias, gates: vec![None], part: units });
        for gated in core::iter::once(own).chain(plain) {
            match found.iter().find(|other| other.parameter == gated.parameter) {
                None => found.push(gated),
                Some(other) if *other == gated => {}
                Some(_) => return Err(refusal(graph, index, "its weights are shared with a layer under other gates")),
            }
        }
    }
    found.sort_by_key(|gated| gated.parameter);
    Ok(found)
}

/// The gate of each unit of a node, where it has one.
fn gates_of(graph: &Graph, node: usize, reader: usize) -> Result<Vec<Option<Gate>>, Error> {
    let Operation::Dropout { source, site: number } = &graph.nodes[node].operation else {
        let copies = match &graph.nodes[node].operation {
            Operation::Concat { .. } => true,
            Operation::Fixed(fixed) => matches!(fixed.function, Function::Reshape),
            _ => false,
        };
        let width = graph.nodes[node].width;
        if graph.dense(node).is_some() || has_weights(graph, node) || node == 0 {
            return Ok(vec![None; width]);
        }
        let mut all = Vec::with_capacity(width);
        for &source in graph.nodes[node].operation.sources() {
            all.extend(gates_of(graph, source, reader)?);
        }
        if copies || all.iter().all(Option::is_none) {
            all.resize(width, None);
            return Ok(all);
        }
        let state =
            format!("gates reach its weights through layer \"{}\", which mixes what they gate", graph.nodes[node].name);
        return Err(refusal(graph, reader, &state));
    };
    let site = &graph.sites[*number];
    let before = gates_of(graph, *source, reader)?;
    if !site.is_random() {
        return Ok(before);
    }
    if !site.is_thinning() {
        let state = format!("layer \"{}\" has noise instead of gates", graph.nodes[node].name);
        return Err(refusal(graph, reader, &state));
    }
    if before.iter().any(Option::is_some) {
        return Err(refusal(graph, reader, "two gates act on one of its inputs"));
    }
    Ok((0..before.len()).map(|unit| gate_at(site, *number, unit % site.len())).collect())
}

/// The gates of the channels of a convolution's input, where each channel has one for all places.
fn channel_gates(
    graph: &Graph,
    node: usize,
    inputs: Vec<Option<Gate>>,
    channels: usize,
) -> Result<Vec<Option<Gate>>, Error> {
    let one: Vec<_> = inputs[..channels].to_vec();
    if inputs.chunks_exact(channels).all(|place| place == one) {
        return Ok(one);
    }
    Err(refusal(graph, node, "each place of its input has gates of its own, so that none belongs to a weight"))
}

fn gate_at(site: &Site, number: usize, gate: usize) -> Option<Gate> {
    (site.rate(gate) > 0.0).then_some((number, gate))
}

fn has_weights(graph: &Graph, node: usize) -> bool {
    match &graph.nodes[node].operation {
        Operation::Fixed(fixed) => matches!(fixed.function, Function::Convolution(_)),
        _ => false,
    }
}

fn refusal(graph: &Graph, node: usize, state: &str) -> Error {
    Error::range(format!(
        "Cannot say what prior belongs to layer \"{}\": {state}; dropout right before the layer is wanted, or \
         connectionRate without it",
        graph.nodes[node].name
    ))
}
