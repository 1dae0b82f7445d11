use super::*;
use crate::gates::Scaling;
use crate::network::Builder;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// `Cov` of two layers of gates, by the formulas for every pair of units.
#[test]
fn a_wide_network_takes_many_steps_to_the_covariances_of_the_formulas() {
    const WIDTHS: [usize; 3] = [150, 130, 140];
    let mut builder = Builder::default();
    let input = builder.input(WIDTHS[0]).unwrap();
    let first = builder.dropout("d0", input, &[0.4], Scaling::Inverted).unwrap();
    let hidden = builder.dense("h", first, WIDTHS[1], Activation::Linear, true, None, None).unwrap();
    let second = builder.dropout("d1", hidden, &[0.3], Scaling::Inverted).unwrap();
    let target = builder.dense("o", second, WIDTHS[2], Activation::Linear, true, None, None).unwrap();
    let network = builder.build(target, 3).unwrap();
    let graph = &network.graph;
    let x: Vec<f32> = (0..WIDTHS[0]).map(|i| (i as f32).sin()).collect();
    let mut pass = Subnetwork::new(graph, target);
    pass.pass(&network, &x, &graph.ancestors(&[target]));

    let (mut walk, mut steps) = (LinearWalk::new(graph, target), 1);
    let mut left = 1.0;
    while !walk.step(&network, &pass) {
        assert!(walk.left() > 0.0 && walk.left() <= left);
        left = walk.left();
        steps += 1;
    }
    assert_eq!(walk.left(), 0.0);
    assert!(steps >= 3, "{steps}: 10 million products");

    let kernel = |node: usize, from: usize, to: usize| {
        let dense = graph.dense(node).unwrap();
        f64::from(network.parameters[dense.kernel][from * graph.nodes[node].width + to])
    };
    // y = W'x/p of the first gates; Cov(y, y) = Σ W W' x² q/p; then y²/p more on the diagonal, and Cov/p.
    let (inputs, hidden_units, units) = (WIDTHS[0], WIDTHS[1], WIDTHS[2]);
    let noise: Vec<f64> = x.iter().map(|&x| f64::from(x) * f64::from(x) * (0.4 / 0.6)).collect();
    let mut middle = vec![0.0; hidden_units * hidden_units];
    for a in 0..hidden_units {
        for b in 0..hidden_units {
            middle[a * hidden_units + b] =
                (0..inputs).map(|i| kernel(hidden, i, a) * kernel(hidden, i, b) * noise[i]).sum::<f64>();
        }
        let (variance, mean) = (middle[a * hidden_units + a], pass.values[hidden][a]);
        middle[a * hidden_units + a] += (0.3 / 0.7) * (variance + mean * mean);
    }
    let through: Vec<f64> = (0..units * hidden_units)
        .map(|place| {
            let (unit, b) = (place / hidden_units, place % hidden_units);
            (0..hidden_units).map(|a| kernel(target, a, unit) * middle[a * hidden_units + b]).sum::<f64>()
        })
        .collect();
    let all: Vec<usize> = (0..units).collect();
    let found = walk.statistics(&pass, &all, 0.0);
    let covariance = walk.covariance(&pass);
    for i in 0..units {
        for j in 0..units {
            let expected: f64 = (0..hidden_units).map(|b| through[i * hidden_units + b] * kernel(target, b, j)).sum();
            assert!((covariance[i * units + j] - expected).abs() < 1e-12, "{i} {j}");
            assert_eq!(covariance[i * units + j], covariance[j * units + i]);
        }
        assert_eq!(covariance[i * units + i], found[i].variance);
        assert!((found[i].mean - pass.values[target][i]).abs() < 1e-12);
    }
}
