//! Sampled passes against plain double-precision passes under the same gates, and what must not change a bit.

mod networks;

use networks::{INPUTS, SIGMOID, noise, skipping};
use thinned_core::activation::Activation;
use thinned_core::exact::plan::{Purpose, plan};
use thinned_core::exact::run::Run as Exact;
use thinned_core::exact::subnetwork::Subnetwork;
use thinned_core::forward::Masks;
use thinned_core::gates::Scaling;
use thinned_core::monte_carlo::{Request, Run};
use thinned_core::network::{Builder, Network};
use thinned_core::random::{Domain, Stream};
use thinned_core::sampled::{Collect, Sampled};
use thinned_lanes::{Best, Scalar};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ROWS: usize = 6;
const SAMPLES: u32 = 70;

fn request(network: &Network, masks: Masks, first_row: u32) -> Request {
    Request {
        nodes: (1..network.graph.nodes.len()).collect(),
        samples: SAMPLES,
        first_sample: 0,
        seed: (1 << 40) + 3,
        first_row,
        masks,
        keep_samples: true,
        integrate_last: false,
        geometric_means: false,
    }
}

/// The activities of `node` for one row of one sample, by the formulas, under the gates of the documented layout.
fn naive(network: &Network, node: usize, x: &[f32], row: u32, sample: u32) -> Vec<f64> {
    let mut subnetwork = Subnetwork::new(&network.graph, node);
    for (site, factors) in network.graph.sites.iter().zip(&mut subnetwork.factors) {
        let stream = Stream::new((1 << 40) + 3, Domain::MonteCarlo, site.number, row, sample);
        let half = (0..site.len()).all(|gate| site.keep(gate) == 0.5);
        for (gate, factor) in factors.iter_mut().enumerate() {
            let kept = if half {
                stream.block((gate / 128) as u32)[gate / 32 % 4] >> (gate % 32) & 1 == 1
            } else {
                let word = stream.block((gate / 4) as u32)[gate % 4];
                u64::from(word) < (site.keep(gate) * 2f64.powi(32)).round() as u64
            };
            *factor = if kept { site.kept_factor(gate) } else { 0.0 };
        }
    }
    subnetwork.pass(network, x, &vec![true; network.graph.nodes.len()]);
    subnetwork.values.swap_remove(network.graph.before_gates(node))
}

#[test]
fn every_sample_is_the_subnetwork_of_the_documented_gates() {
    for scaling in [Scaling::Inverted, Scaling::Standard] {
        for masks in [Masks::Shared, Masks::Independent] {
            let network = skipping(scaling, Activation::Softmax);
            let x = noise(ROWS * INPUTS, 4);
            let mut run = Run::<Best>::new(&network, &x, ROWS, &request(&network, masks, 10)).unwrap();
            run.step(SAMPLES);
            for node in 1..network.graph.nodes.len() {
                let samples = run.take_samples(node - 1);
                let width = network.graph.nodes[node].width;
                for (index, activities) in samples.chunks_exact(width).enumerate() {
                    let (sample, row) = (index / ROWS, index % ROWS);
                    let mask_row = if masks == Masks::Shared { 0 } else { 10 + row as u32 };
                    let expected = naive(&network, node, &x[row * INPUTS..(row + 1) * INPUTS], mask_row, sample as u32);
                    for (activity, expected) in activities.iter().zip(expected) {
                        // Single precision over three layers of at most 19 products of order 1.
                        assert!(
                            (f64::from(*activity) - expected).abs() < 3e-6,
                            "node {node}, sample {sample}, row {row}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn steps_groups_and_chunks_of_rows_do_not_change_a_bit() {
    let network = skipping(Scaling::Inverted, Activation::Softmax);
    let x = noise(ROWS * INPUTS, 5);
    for masks in [Masks::Shared, Masks::Independent] {
        let mut whole = Run::<Best>::new(&network, &x, ROWS, &request(&network, masks, 0)).unwrap();
        whole.step(SAMPLES);
        let targets = network.graph.nodes.len() - 1;
        for row in 0..ROWS {
            let part = &x[row * INPUTS..(row + 1) * INPUTS];
            let mut run = Run::<Best>::new(&network, part, 1, &request(&network, masks, row as u32)).unwrap();
            while run.remaining() > 0 {
                run.step(1 + run.remaining() % 5);
            }
            for target in 0..targets {
                let width = network.graph.nodes[target + 1].width;
                let units = row * width..(row + 1) * width;
                assert_eq!(run.sampled().mean(target), whole.sampled().mean(target)[units.clone()]);
                assert_eq!(run.sampled().variance(target), whole.sampled().variance(target)[units]);
            }
            assert_eq!(
                run.sampled().mutual_information(targets - 1).unwrap()[0],
                whole.sampled().mutual_information(targets - 1).unwrap()[row]
            );
        }
    }
}

#[test]
fn rows_that_share_a_mask_have_the_bits_of_each_alone() {
    // As many as cut the subnetwork out of the kernels, which one row alone does not.
    const MANY: usize = 19;
    let networks = [
        ([9, 7], [0.4, 0.5, 0.35]),
        ([40, 7], [0.0, 0.5, 0.4]),
        ([7, 40], [0.6, 0.35, 0.5]),
        // Gates before the last layer alone: masks side by side where factors are powers of two.
        ([7, 40], [0.0, 0.0, 0.5]),
        ([7, 40], [0.0, 0.0, 0.4]),
    ];
    for (widths, rates) in networks {
        let mut builder = Builder::default();
        let mut node = builder.input(INPUTS).unwrap();
        for (index, (width, rate)) in widths.into_iter().zip(rates).enumerate() {
            node = builder.dropout(&format!("d{index}"), node, &[rate], Scaling::Inverted).unwrap();
            node = builder.dense(&format!("h{index}"), node, width, Activation::Relu, true, None, None).unwrap();
        }
        node = builder.dropout("last", node, &[rates[2]], Scaling::Inverted).unwrap();
        let out = builder.dense("out", node, 3, Activation::Linear, true, None, None).unwrap();
        let network = builder.build(out, 11).unwrap();
        let x = noise(MANY * INPUTS, 7);
        let request = Request { nodes: vec![out], ..request(&network, Masks::Shared, 0) };
        let mut whole = Run::<Best>::new(&network, &x, MANY, &request).unwrap();
        whole.step(SAMPLES);
        let samples = whole.take_samples(0); // [SAMPLES, MANY, 3]
        for (row, x) in x.chunks_exact(INPUTS).enumerate() {
            let mut run = Run::<Best>::new(&network, x, 1, &request).unwrap();
            run.step(SAMPLES);
            let of_row = samples.chunks_exact(3).skip(row).step_by(MANY).flatten();
            assert!(run.take_samples(0).iter().eq(of_row), "{widths:?}, row {row}");
        }
    }
}

#[test]
fn simd_and_scalar_runs_agree_bit_for_bit_unless_relaxed() {
    let network = skipping(Scaling::Inverted, SIGMOID);
    let x = noise(ROWS * INPUTS, 6);
    let request = request(&network, Masks::Independent, 0);
    let mut best = Run::<Best>::new(&network, &x, ROWS, &request).unwrap();
    let mut scalar = Run::<Scalar>::new(&network, &x, ROWS, &request).unwrap();
    best.step(SAMPLES);
    scalar.step(SAMPLES);
    for target in 0..request.nodes.len() {
        let (best, scalar) = (best.take_samples(target), scalar.take_samples(target));
        if cfg!(target_feature = "relaxed-simd") {
            assert!(best.iter().zip(&scalar).all(|(best, scalar)| (best - scalar).abs() <= 1e-5));
        } else {
            assert_eq!(best, scalar);
        }
    }
}

#[test]
fn runs_that_share_the_samples_have_the_bits_of_one_run() {
    let network = skipping(Scaling::Inverted, Activation::Softmax);
    let x = noise(ROWS * INPUTS, 8);
    for masks in [Masks::Shared, Masks::Independent] {
        let asked = Request { samples: 150, ..request(&network, masks, 5) };
        let mut whole = Run::<Best>::new(&network, &x, ROWS, &asked).unwrap();
        whole.step(150);
        let mut together = Sampled::<Best>::new(&network, &asked.nodes, ROWS, Collect::Moments).unwrap();
        let mut kept = Vec::new();
        for first_sample in [0, 64, 128] {
            let part = Request { samples: 64.min(150 - first_sample), first_sample, ..asked.clone() };
            let mut run = Run::<Best>::new(&network, &x, ROWS, &part).unwrap();
            run.step(u32::MAX);
            kept.extend(run.take_samples(3));
            together.append(&run.finish().state()).unwrap();
            assert_eq!(run.remaining(), 0);
        }
        assert_eq!(together.state(), whole.sampled().state());
        assert_eq!(together.variation_ratio(8), whole.sampled().variation_ratio(8));
        assert_eq!(together.expected_entropy(8), whole.sampled().expected_entropy(8));
        assert_eq!(kept, whole.take_samples(3));
        assert!(together.append(&[0.0]).is_err(), "a state of other targets");
    }
    let beyond = Request { first_sample: u32::MAX, ..request(&network, Masks::Shared, 0) };
    assert!(Run::<Best>::new(&network, &x, ROWS, &beyond).is_err());
}

/// Gates over the inputs and a hidden layer; two outputs.
fn two_gated_layers(output: Activation) -> Network {
    let mut builder = Builder::default();
    let input = builder.input(INPUTS).unwrap();
    let first = builder.dropout("d1", input, &[0.3], Scaling::Inverted).unwrap();
    let hidden = builder.dense("h", first, 6, Activation::Tanh, true, None, None).unwrap();
    let second = builder.dropout("d2", hidden, &[0.5], Scaling::Standard).unwrap();
    let output = builder.dense("o", second, 2, output, true, None, None).unwrap();
    builder.build(output, 4).unwrap()
}

#[test]
fn integrated_runs_approach_the_exact_moments_and_share_their_samples() {
    for output in [Activation::Linear, SIGMOID, Activation::Tanh, Activation::Softplus] {
        let network = two_gated_layers(output);
        let (x, node) = (noise(ROWS * INPUTS, 8), network.graph.output);
        let asked =
            Request { nodes: vec![node], samples: 1024, integrate_last: true, ..request(&network, Masks::Shared, 0) };
        let mut whole = Run::<Best>::new(&network, &x, ROWS, &asked).unwrap();
        complete(&mut whole);
        let mut together = Sampled::<Best>::new(&network, &asked.nodes, ROWS, Collect::ConditionalMoments).unwrap();
        for first_sample in [0, 512] {
            let mut run =
                Run::<Best>::new(&network, &x, ROWS, &Request { samples: 512, first_sample, ..asked.clone() }).unwrap();
            complete(&mut run);
            together.append(&run.finish().state()).unwrap();
        }
        assert_eq!(together.variance(0), whole.sampled().variance(0));
        let plan = plan(&network.graph, node, None, Some("reference"), Purpose::Report).unwrap();
        let mut exact = Exact::<Best>::new(&network, node, None, &plan, &x, ROWS).unwrap();
        exact.step(u64::MAX).unwrap();
        let (means, errors) = (whole.sampled().mean(0), whole.sampled().standard_error(0));
        let (variances, exact_variances) = (whole.sampled().variance(0), exact.statistic("variance").unwrap());
        for (index, mean) in exact.statistic("mean").unwrap().iter().enumerate() {
            assert!((means[index] - mean).abs() < 5.0 * errors[index], "{output:?}: {} and {mean}", means[index]);
            assert!((variances[index] / exact_variances[index] - 1.0).abs() < 0.15);
            assert!(errors[index].powi(2) * 1024.0 < 0.9 * variances[index], "less than plain sampling");
        }
    }
}

/// Steps to the end; returns how many.
fn complete(run: &mut Run<Best>) -> u32 {
    let mut steps = 0;
    while run.remaining() > 0 {
        run.step(u32::MAX);
        assert_eq!(run.failure(), None);
        steps += 1;
    }
    steps
}

#[test]
fn integrals_that_reach_far_take_many_steps_and_no_step_changes_a_bit() {
    const UNITS: usize = 3;
    let mut builder = Builder::default();
    let input = builder.input(INPUTS).unwrap();
    let gated = builder.dropout("d0", input, &[0.5], Scaling::Inverted).unwrap();
    let below = builder.dense("below", gated, UNITS, Activation::Tanh, true, None, None).unwrap();
    let gated = builder.dropout("d1", below, &[0.5], Scaling::Inverted).unwrap();
    let linear = builder.dense("linear", gated, 2, Activation::Linear, true, None, None).unwrap();
    let output = builder.dense("out", gated, 1, SIGMOID, true, None, None).unwrap();
    let joined = builder.concat("joined", &[linear, output]).unwrap();
    let network = builder.build(joined, 2).unwrap();
    // Of the first layer X is in the ten thousands.
    let (x, rows, samples) = (noise(2 * INPUTS, 8).iter().map(|x| 3e4 * x).collect::<Vec<f32>>(), 2, 2);
    let nodes = vec![below, linear, output];
    let asked = Request { nodes, samples, integrate_last: true, ..request(&network, Masks::Shared, 0) };
    let begin = |x: &[f32], rows: usize| Run::<Best>::new(&network, x, rows, &asked).unwrap();
    let mut whole = begin(&x, rows);
    whole.step(u32::MAX);
    assert_eq!((whole.remaining(), whole.failure()), (samples, None), "a step ends within a sample");
    assert!(complete(&mut whole) as usize + 1 >= rows * UNITS, "every unit is long enough for a step");
    let mut slow = begin(&x, rows);
    while slow.remaining() > 0 {
        slow.step(1);
    }
    let mut alone: Vec<_> = x.chunks_exact(INPUTS).map(|x| begin(x, 1)).collect();
    alone.iter_mut().for_each(|run| assert!(complete(run) > 0));
    for index in 0..asked.nodes.len() {
        assert_eq!(slow.take_samples(index), whole.take_samples(index));
        assert_eq!(slow.sampled().variance(index), whole.sampled().variance(index));
        let (means, variances) = (whole.sampled().mean(index), whole.sampled().variance(index));
        let width = means.len() / rows;
        for (row, alone) in alone.iter().enumerate() {
            assert_eq!(alone.sampled().mean(index), means[row * width..(row + 1) * width]);
            assert_eq!(alone.sampled().variance(index), variances[row * width..(row + 1) * width]);
        }
    }
}

#[test]
fn what_cannot_be_integrated_is_refused() {
    for output in [Activation::Relu, Activation::Softmax] {
        let network = two_gated_layers(output);
        let asked =
            Request { nodes: vec![network.graph.output], integrate_last: true, ..request(&network, Masks::Shared, 0) };
        let error = Run::<Best>::new(&network, &noise(INPUTS, 1), 1, &asked).err().unwrap();
        assert!(error.message.contains("wanted linear, logistic, tanh or softplus units"), "{error:?}");
    }
}

#[test]
fn a_longer_run_begins_with_the_samples_of_a_shorter_one() {
    let network = skipping(Scaling::Standard, Activation::Linear);
    let x = noise(INPUTS, 7);
    let mut short = Run::<Best>::new(&network, &x, 1, &request(&network, Masks::Shared, 0)).unwrap();
    let longer = Request { samples: 1000, ..request(&network, Masks::Shared, 0) };
    let mut long = Run::<Best>::new(&network, &x, 1, &longer).unwrap();
    short.step(SAMPLES);
    long.step(1000);
    let (short, long) = (short.take_samples(8), long.take_samples(8));
    assert_eq!(short[..], long[..short.len()]);
    assert_eq!(long.len(), 1000 * 3);
}
