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
            let units = Forms::new(&network, target, |_| true).affine_units(&network, &group, &subnetwork);
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
