//! Passes that leave out what gates drop have the bits of passes that compute everything.

mod networks;

use networks::{INPUTS, SIGMOID, noise, skipping};
use thinned_core::activation::Activation;
use thinned_core::forward::Masks;
use thinned_core::gates::Scaling;
use thinned_core::monte_carlo::{Request, Run};
use thinned_core::need::{Need, Together, needs};
use thinned_core::network::{Builder, Network};
use thinned_lanes::Scalar;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ROWS: usize = 20;
const SAMPLES: u32 = 40;

/// Two dropouts between dense layers; with a rate near 1 some samples keep nothing at all.
fn chain(rates: [f64; 2]) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(INPUTS).unwrap();
    let first = builder.dense("h1", input, 70, Activation::Relu, true, None, None).unwrap();
    let first = builder.dropout("d1", first, &[rates[0]], Scaling::Inverted).unwrap();
    let second = builder.dense("h2", first, 150, SIGMOID, true, None, None).unwrap();
    let second = builder.dropout("d2", second, &[rates[1]], Scaling::Standard).unwrap();
    let third = builder.dense("h3", second, 9, Activation::Tanh, false, None, None).unwrap();
    let third = builder.dropout("d3", third, &[0.5], Scaling::Inverted).unwrap();
    let out = builder.dense("out", third, 3, Activation::Softmax, true, None, None).unwrap();
    builder.build(out, 5).unwrap()
}

fn samples(network: &Network, x: &[f32], rows: usize, first_row: u32, nodes: Vec<usize>, masks: Masks) -> Vec<f32> {
    let request = Request {
        nodes,
        samples: SAMPLES,
        first_sample: 0,
        seed: 9,
        first_row,
        masks,
        keep_samples: true,
        integrate_last: false,
        geometric_means: false,
    };
    // The scalar backend promises its bits in every build.
    let mut run = Run::<Scalar>::new(network, x, rows, &request).unwrap();
    run.step(SAMPLES);
    run.take_samples(0)
}

#[test]
fn what_nobody_reads_is_not_computed() {
    let network = chain([0.5, 0.5]);
    let random = network.graph.random_nodes();
    let out = network.graph.output;
    let chain = [Need::Nothing, Need::Nothing, Need::Gates, Need::Kept(1), Need::Gates, Need::Kept(2), Need::Gates];
    assert_eq!(needs(&network.graph, &random, &[out], Together::OneMask)[..out], chain);
    let of_a_target = needs(&network.graph, &random, &[out, 3], Together::OneMask);
    assert_eq!((of_a_target[3], of_a_target[5]), (Need::Whole, Need::Kept(2)));
    let of_rows = needs(&network.graph, &random, &[out], Together::Rows);
    assert!(!of_rows.iter().any(|need| matches!(need, Need::Kept(_))));
}

#[test]
fn subnetworks_have_the_bits_of_whole_passes() {
    for network in [
        chain([0.5, 0.5]),
        chain([0.5, 0.999]),
        chain([0.999, 0.4]),
        chain([0.1, 0.6]),
        skipping(Scaling::Inverted, Activation::Softmax),
    ] {
        let x = noise(ROWS * INPUTS, 4);
        let out = network.graph.output;
        for masks in [Masks::Shared, Masks::Independent] {
            let thin = samples(&network, &x, ROWS, 3, vec![out], masks);
            // With every node a target, every unit is computed.
            let nodes = core::iter::once(out).chain(1..out).collect();
            assert_eq!(thin, samples(&network, &x, ROWS, 3, nodes, masks));
            for row in 0..ROWS {
                // One row is too little to pack weights for.
                let x = &x[row * INPUTS..(row + 1) * INPUTS];
                let alone = samples(&network, x, 1, 3 + row as u32, vec![out], masks);
                let width = network.graph.nodes[out].width;
                let of_row = thin.chunks_exact(ROWS * width).flat_map(|sample| &sample[row * width..(row + 1) * width]);
                assert!(alone.iter().eq(of_row), "row {row}");
            }
        }
    }
}
