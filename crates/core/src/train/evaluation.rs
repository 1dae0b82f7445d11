//! The weight-scaled network over some rows: its output, the activities of its layers, its loss.

use crate::activation::Activation;
use crate::error::Error;
use crate::forward::{Mode, Pass, Workspace};
use crate::monte_carlo::check_rows;
use crate::network::{Graph, Network};
use crate::train::loss::{Loss, Score};
use thinned_lanes::Backend;

/// The deterministic activities of the output, `[rows, width]`.
///
/// # Errors
/// `Shape` when `x` is not `rows` rows.
pub fn predict<B: Backend>(network: &Network, x: Vec<f32>, rows: usize) -> Result<Vec<f32>, Error> {
    let mut workspace = deterministic::<B>(network, x, rows)?;
    Ok(workspace.values.swap_remove(network.graph.output))
}

/// The deterministic activities of some nodes before their own gates, each `[rows, width]`, one after the other.
///
/// # Errors
/// `Shape` when `x` is not `rows` rows, `Range` when a node does not exist.
pub fn activities<B: Backend>(network: &Network, x: Vec<f32>, rows: usize, nodes: &[usize]) -> Result<Vec<f32>, Error> {
    let graph = &network.graph;
    if let Some(node) = nodes.iter().find(|node| **node >= graph.nodes.len()) {
        return Err(Error::range(format!("Cannot predict node {node}: the network has {}", graph.nodes.len())));
    }
    let workspace = deterministic::<B>(network, x, rows)?;
    Ok(nodes.iter().flat_map(|&node| &workspace.values[graph.before_gates(node)]).copied().collect())
}

/// Loss and accuracy of the deterministic network, summed over the rows, and its output, `[rows, width]`; the loss is
/// without the penalties of the parameters. `weights` is empty, or `[rows]`.
///
/// # Errors
/// `Range` when the loss does not fit the output layer or a label is no class, `Shape` when rows and labels are not as many.
pub fn evaluate<B: Backend>(
    network: &Network,
    x: Vec<f32>,
    y: &[f32],
    weights: &[f32],
    rows: usize,
    loss: Loss,
) -> Result<(Score, Vec<f32>), Error> {
    let graph = &network.graph;
    let width = graph.nodes[graph.output].width;
    loss.check_output(graph)?;
    loss.check_labels(y, rows, width)?;
    let mut workspace = deterministic::<B>(network, x, rows)?;
    let activities = workspace.values.swap_remove(graph.output);
    Ok((loss.score(output_activation(graph), &activities, &workspace.logits, y, weights, width), activities))
}

fn deterministic<B: Backend>(network: &Network, x: Vec<f32>, rows: usize) -> Result<Workspace, Error> {
    let graph = &network.graph;
    check_rows(&x, rows, graph.input_width())?;
    let mut workspace = Workspace::default();
    let mut wanted = graph.ancestors(&[graph.output]);
    // The rows become the activities of the input where they are: a copy would take a hundredth of a wide layer's time.
    workspace.values.resize(graph.nodes.len(), Vec::new());
    workspace.values[0] = x;
    wanted[0] = false;
    let logits_of = Some(graph.output);
    let pass = Pass { graph, parameters: &network.parameters, rows, logits_of, mode: Mode::Prediction };
    pass.deterministic::<B>(&[], &wanted, &mut workspace);
    Ok(workspace)
}

fn output_activation(graph: &Graph) -> Option<Activation> {
    graph.layer_activation(graph.output)
}
