//! The stream of log-likelihoods and of covariances against plain sums, and the form of gated weights.

use super::covariance::Covariance;
use super::likelihood::{Likelihood, Scored};
use super::weights::gated_weights;
use crate::activation::Activation;
use crate::gates::Scaling;
use crate::network::Builder;
use crate::random::{Domain, Stream};
use crate::train::loss::Loss;
use thinned_lanes::Best;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn uniform(count: usize) -> Vec<f32> {
    let stream = Stream::new(4, Domain::Noise, 0, 0, 0);
    (0..count).map(|i| (f64::from(stream.block(i as u32)[0]) / 2_147_483_648.0 - 1.0) as f32).collect()
}

#[test]
fn streamed_log_likelihoods_are_those_of_all_samples_at_once() {
    let (samples, rows, width, tau) = (50, 3, 2, 7.0);
    let outputs = uniform(samples * rows * width);
    let targets = [0.5f32, -0.25, 3.0, 0.0, 60.0, -80.0];
    let mut scored = Scored::new(Likelihood::new(Loss::MeanSquaredError, tau).unwrap(), width, samples);
    scored.begin(targets.to_vec());
    scored.add(&outputs[..7 * rows * width], 0).unwrap();
    scored.add(&outputs[7 * rows * width..], 7).unwrap();
    for (row, value) in scored.predictive().into_iter().enumerate() {
        let exponents: Vec<f64> = (0..samples)
            .map(|t| {
                let at =
                    |unit: usize| f64::from(outputs[(t * rows + row) * width + unit] - targets[row * width + unit]);
                -0.5 * tau * (at(0) * at(0) + at(1) * at(1))
            })
            .collect();
        let most = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = exponents.iter().map(|exponent| (exponent - most).exp()).sum();
        let constant = -(2.0 * core::f64::consts::PI).ln() + tau.ln();
        let expected = most + (sum / samples as f64).ln() + constant;
        // The differences of the reference are of single precision.
        assert!((value - expected).abs() < 1e-5 * expected.abs(), "{row}: {value} {expected}");
    }
    assert!(scored.add(&outputs, 1).is_err());
}

#[test]
fn blocks_of_samples_merge_to_the_covariance_of_all() {
    let (samples, size) = (150, 67);
    let values: Vec<f32> = uniform(samples * size).iter().map(|value| value + 1000.0).collect();
    let mut covariance = Covariance::new(size).unwrap();
    for block in values.chunks(64 * size) {
        covariance.add::<Best>(block).unwrap();
    }
    let mean = covariance.mean();
    let found = covariance.finish();
    let at = |t: usize, unit: usize| f64::from(values[t * size + unit]);
    for a in 0..size {
        let plain = (0..samples).map(|t| at(t, a)).sum::<f64>() / samples as f64;
        assert!((mean[a] - plain).abs() < 1e-10);
        for b in 0..size {
            let sum: f64 = (0..samples).map(|t| (at(t, a) - mean[a]) * (at(t, b) - mean[b])).sum();
            assert!((found[a * size + b] - sum / samples as f64).abs() < 1e-12);
        }
    }
}

#[test]
fn weights_know_their_gates() {
    let mut builder = Builder::default();
    builder.input(2).unwrap();
    let gated = builder.dropout("d", 0, &[0.5], Scaling::Inverted).unwrap();
    let hidden = builder.dense("h", gated, 3, Activation::Relu, true, None, None).unwrap();
    builder.dense("o", hidden, 1, Activation::Linear, true, None, None).unwrap();
    let network = builder.build(3, 1).unwrap();
    let found = gated_weights(&network.graph).unwrap();
    let gates: Vec<_> = found.iter().map(|gated| (gated.parameter, gated.gates.clone(), gated.part)).collect();
    let [one, two] = [Some((0, 0)), Some((0, 1))];
    assert_eq!(gates[0], (0, vec![one, two], 3));
    assert_eq!(gates[1], (1, vec![None], 3));
    assert_eq!(gates[2], (2, vec![None; 3], 1));
    assert_eq!(gates[3], (3, vec![None], 1));
}
