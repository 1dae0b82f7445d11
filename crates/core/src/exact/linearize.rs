//! Finds the pre-activations that are affine in independent gates, and their coefficients for one row.
//!
//! A node is *fixed* when no gate changes it, *affine* when its units are sums of independently gated fixed terms.
//! Gates over fixed units are affine; dense layers without activation, concatenations and sums of affine nodes are
//! affine. Gates over an affine node are not: their product with the gates below is of second degree.

use crate::activation::Activation;
use crate::exact::affine::AffineUnits;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::{Gate, Group};
use crate::network::{Dense, Graph, Network, Operation};

/// How a node depends on the gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Degree {
    Fixed,
    Affine,
    Other,
}

/// Whether the pre-activations of `target` (a node without activation: its values) are affine in the gates.
pub fn is_affine(graph: &Graph, target: usize) -> bool {
    let mut degrees: Vec<Degree> = Vec::new();
    for (index, node) in graph.nodes[..=target].iter().enumerate() {
        let below = node.operation.sources().iter().map(|&source| degrees[source]).max().unwrap_or(Degree::Fixed);
        let gated = node.operation.site().is_some_and(|site| graph.sites[site].is_random());
        let degree = match (below, gated) {
            (Degree::Fixed, true) => Degree::Affine,
            (degree, false) => degree,
            _ => Degree::Other,
        };
        let curved = graph.dense(index).is_some_and(|dense| dense.activation != Activation::Linear);
        degrees.push(if curved && index != target && degree != Degree::Fixed { Degree::Other } else { degree });
    }
    degrees[target] != Degree::Other
}

/// Units of a node as `constant + Σ coefficient · δ`, terms by the gate's place in its group.
#[derive(Clone, Debug, Default)]
struct Form {
    constants: Vec<f64>,
    terms: Vec<Vec<(usize, f64)>>,
}

/// The pre-activations of the group's units for the row of `deterministic`; [`is_affine`] must hold.
pub fn affine_units(network: &Network, group: &Group, deterministic: &Subnetwork) -> AffineUnits {
    let graph = &network.graph;
    let target = deterministic.target();
    let needed = graph.ancestors(&[target]);
    let random = graph.random_nodes();
    let mut forms: Vec<Form> = vec![Form::default(); target + 1];
    for index in (0..target).filter(|&index| needed[index]) {
        let node = &graph.nodes[index];
        forms[index] = match &node.operation {
            _ if !random[index] => fixed(&deterministic.values[index]),
            Operation::Input => unreachable!("no gate changes the input"),
            Operation::Dense(dense) => {
                let units: Vec<usize> = (0..node.width).collect();
                from_matrix(dense_units(network, dense, &forms[dense.source], &units, &group.gates))
            }
            Operation::Dropout { source, site } => gated(graph, *site, &forms[*source], &group.gates),
            Operation::Concat { sources } => concat(sources, &forms),
            Operation::Add { sources } => add(sources, &forms, node.width),
        };
    }
    let mut units = match &graph.nodes[target].operation {
        Operation::Dense(dense) => dense_units(network, dense, &forms[dense.source], &group.units, &group.gates),
        Operation::Input => to_matrix(&fixed(&deterministic.values[target]), group),
        Operation::Dropout { source, site } => to_matrix(&gated(graph, *site, &forms[*source], &group.gates), group),
        Operation::Concat { sources } => to_matrix(&concat(sources, &forms), group),
        Operation::Add { sources } => to_matrix(&add(sources, &forms, graph.nodes[target].width), group),
    };
    units.keep = group.gates.iter().map(|&(site, gate)| graph.sites[site].keep(gate)).collect();
    units.rate = group.gates.iter().map(|&(site, gate)| graph.sites[site].rate(gate)).collect();
    units
}

fn fixed(values: &[f64]) -> Form {
    Form { constants: values.to_vec(), terms: vec![Vec::new(); values.len()] }
}

/// Gates over fixed units; a gate outside the group is open and constant.
fn gated(graph: &Graph, site: usize, source: &Form, gates: &[Gate]) -> Form {
    let mut form = source.clone();
    for (unit, constant) in form.constants.iter_mut().enumerate() {
        let term = *constant * graph.sites[site].kept_factor(unit);
        match gates.binary_search(&(site, unit)) {
            Ok(gate) => {
                form.terms[unit].push((gate, term));
                *constant = 0.0;
            }
            Err(_) => *constant = term,
        }
    }
    form
}

fn concat(sources: &[usize], forms: &[Form]) -> Form {
    let mut form = Form::default();
    for &source in sources {
        form.constants.extend_from_slice(&forms[source].constants);
        form.terms.extend_from_slice(&forms[source].terms);
    }
    form
}

/// The same gate may reach a unit through several sources: its terms stay apart here and meet in the matrix.
fn add(sources: &[usize], forms: &[Form], width: usize) -> Form {
    let mut form = fixed(&vec![0.0; width]);
    for &source in sources {
        for unit in 0..width {
            form.constants[unit] += forms[source].constants[unit];
            form.terms[unit].extend_from_slice(&forms[source].terms[unit]);
        }
    }
    form
}

/// `b + Σ w · input` for the selected units, connection gates included.
fn dense_units(network: &Network, dense: &Dense, source: &Form, units: &[usize], gates: &[Gate]) -> AffineUnits {
    let kernel = &network.parameters[dense.kernel];
    let width = network.graph.parameters[dense.kernel].shape[1];
    let bias = |unit: usize| dense.bias.map_or(0.0, |bias| network.parameters[bias][unit].into());
    let mut constants: Vec<f64> = units.iter().map(|&unit| bias(unit)).collect();
    let mut coefficients = vec![0.0; gates.len() * units.len()];
    for (input, (&constant, terms)) in source.constants.iter().zip(&source.terms).enumerate() {
        let weights = &kernel[input * width..(input + 1) * width];
        for (column, &unit) in units.iter().enumerate() {
            let weight = f64::from(weights[unit]);
            let site = dense.site.map(|site| (site, input * width + unit));
            let factor = site.map_or(1.0, |(site, gate)| network.graph.sites[site].kept_factor(gate));
            match site.and_then(|gate| gates.binary_search(&gate).ok()) {
                Some(gate) => coefficients[gate * units.len() + column] += weight * factor * constant,
                None => constants[column] += weight * factor * constant,
            }
        }
        for &(gate, coefficient) in terms {
            let row = &mut coefficients[gate * units.len()..(gate + 1) * units.len()];
            row.iter_mut().zip(units).for_each(|(sum, &unit)| *sum += f64::from(weights[unit]) * coefficient);
        }
    }
    AffineUnits { constants, coefficients, ..AffineUnits::default() }
}

fn from_matrix(units: AffineUnits) -> Form {
    let width = units.constants.len();
    let mut terms = vec![Vec::new(); width];
    for (index, &coefficient) in units.coefficients.iter().enumerate().filter(|(_, coefficient)| **coefficient != 0.0) {
        terms[index % width].push((index / width, coefficient));
    }
    Form { constants: units.constants, terms }
}

fn to_matrix(form: &Form, group: &Group) -> AffineUnits {
    let mut coefficients = vec![0.0; group.gates.len() * group.units.len()];
    for (column, &unit) in group.units.iter().enumerate() {
        for &(gate, coefficient) in &form.terms[unit] {
            coefficients[gate * group.units.len() + column] += coefficient;
        }
    }
    let constants = group.units.iter().map(|&unit| form.constants[unit]).collect();
    AffineUnits { constants, coefficients, ..AffineUnits::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::upstream::groups;
    use crate::gates::Scaling;
    use crate::network::Builder;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Gated inputs and a gated connection into linear layers, joined with the open input.
    fn network() -> Network {
        let mut builder = Builder::default();
        let input = builder.input(3).unwrap();
        let gates = builder.dropout("d", input, &[0.5, 0.0, 0.2], Scaling::Inverted).unwrap();
        let linear = builder.dense("l", gates, 2, Activation::Linear, true, None, None).unwrap();
        let connections = Some((0.3, Scaling::Standard));
        let other = builder.dense("c", input, 2, Activation::Linear, false, connections, None).unwrap();
        let sum = builder.add("s", &[linear, other]).unwrap();
        let joined = builder.concat("j", &[sum, gates, input]).unwrap();
        let output = builder.dense("o", joined, 2, Activation::Tanh, true, None, None).unwrap();
        builder.build(output, 3).unwrap()
    }

    #[test]
    fn forms_give_the_pre_activations_of_every_subnetwork() {
        let network = network();
        let graph = &network.graph;
        for target in 1..graph.nodes.len() {
            assert!(is_affine(graph, target));
            for group in groups(graph, target, None).unwrap() {
                let x = [0.7f32, -1.3, 0.4];
                // A dropout node is looked at before its own gates; affine_units asks for the node that this names.
                let target = graph.before_gates(target);
                let mut subnetwork = Subnetwork::new(graph, target);
                subnetwork.pass(&network, &x, &graph.ancestors(&[target]));
                let units = affine_units(&network, &group, &subnetwork);
                for mask in 0..1u32 << group.gates.len() {
                    for (bit, &(site, gate)) in group.gates.iter().enumerate() {
                        let factor = graph.sites[site].kept_factor(gate);
                        subnetwork.factors[site][gate] = if mask >> bit & 1 == 1 { factor } else { 0.0 };
                    }
                    subnetwork.pass(&network, &x, &graph.ancestors(&[target]));
                    let dense = graph.dense(target).is_some();
                    let values = if dense { &subnetwork.logits[target] } else { &subnetwork.values[target] };
                    for (column, &unit) in group.units.iter().enumerate() {
                        let terms = units.column(column).enumerate();
                        let kept = terms.filter(|(gate, _)| mask >> gate & 1 == 1).map(|(_, coefficient)| coefficient);
                        let sum = units.constants[column] + kept.sum::<f64>();
                        assert!((sum - values[unit]).abs() < 1e-14, "target {target}, unit {unit}, mask {mask:b}");
                    }
                }
            }
        }
    }

    #[test]
    fn gates_over_gated_or_curved_units_are_not_affine() {
        let mut builder = Builder::default();
        let input = builder.input(2).unwrap();
        let first = builder.dropout("d1", input, &[0.5], Scaling::Inverted).unwrap();
        let linear = builder.dense("l", first, 2, Activation::Linear, true, None, None).unwrap();
        let second = builder.dropout("d2", linear, &[0.5], Scaling::Inverted).unwrap();
        let deep = builder.dense("deep", second, 1, Activation::Linear, true, None, None).unwrap();
        let curved = builder.dense("curved", first, 2, Activation::Relu, true, None, None).unwrap();
        let above = builder.dense("above", curved, 1, Activation::Linear, true, None, None).unwrap();
        let network = builder.build(above, 0).unwrap();
        let affine: Vec<usize> = (0..=above).filter(|&node| is_affine(&network.graph, node)).collect();
        assert_eq!(affine, [input, first, linear, curved]);
        assert!(!affine.contains(&second) && !affine.contains(&deep));
    }
}
