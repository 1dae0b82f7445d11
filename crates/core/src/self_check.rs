//! Known answers for every kernel of a build: for an engine whose compiler is new.
//!
//! What the scalar backend computes is the definition; the backend under test has to come within the rounding of fused
//! sums, and to agree bit for bit where nothing is fused. Sizes leave remainders at every width of vector and tile.

use crate::activation::Activation;
use crate::bayes::covariance::Covariance;
use crate::error::Error;
use crate::exponential::{exp, sigmoid, tanh};
use crate::forward::Masks;
use crate::gates::{Scaling, Site};
use crate::gemm::{Matrix, Scratch, multiply};
use crate::monte_carlo::{Request, Run};
use crate::network::{Builder, Network};
use crate::random::{Domain, Stream, philox};
use crate::train::clip::Clip;
use crate::train::evaluation::predict;
use crate::train::loss::Loss;
use crate::train::optimizer::Optimizer;
use crate::train::schedule::Schedule;
use crate::train::trainer::{Batch, Settings, Trainer};
use thinned_lanes::{Backend, F32x4, Scalar};

const SEED: u64 = 11;
const INPUTS: usize = 61;
const ROWS: usize = 37;

/// How far results may be off, relative to 1: some hundred sums of numbers of that size, rounded once or twice.
const TOLERANCE: f32 = 1e-4;

/// Whether something agrees.
type Check = fn() -> Result<bool, Error>;

/// Compares `B` with the scalar backend; `None` when all agrees, else what does not.
///
/// # Errors
/// None in a build that works: the networks of the check are valid.
pub fn self_check<B: Backend>() -> Result<Option<&'static str>, Error> {
    let checks: [(&str, Check); 6] = [
        ("functions", || Ok(functions::<B>() == functions::<Scalar>())),
        ("gates", || Ok(gates::<B>()? == gates::<Scalar>()?)),
        ("products", || Ok(agree(&products::<B>(), &products::<Scalar>()))),
        ("covariances", || Ok(covariances::<B>()? == covariances::<Scalar>()?)),
        ("sampled passes", || Ok(agree(&sampled::<B>()?, &sampled::<Scalar>()?))),
        ("training", || Ok(agree(&trained::<B>()?, &trained::<Scalar>()?))),
    ];
    for (name, check) in checks {
        if !check()? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether two results of the same size are close; a NaN is close to nothing.
fn agree(actual: &[f32], expected: &[f32]) -> bool {
    let close = |(a, e): (&f32, &f32)| (a - e).abs() <= TOLERANCE * e.abs().max(1.0);
    actual.len() == expected.len() && actual.iter().zip(expected).all(close)
}

/// Numbers in `[-1, 1)`.
fn noise(length: usize, stream: u32) -> Vec<f32> {
    (0..length).map(|i| philox([i as u32, stream, 0, 0], [1, 2])[0] as i32 as f32 / 2f32.powi(31)).collect()
}

/// Bits, since no sum of these is fused.
fn functions<B: Backend>() -> Vec<u32> {
    let mut values: Vec<f32> = noise(203, 1).iter().map(|value| value * 110.0).collect();
    let mut bits = Vec::new();
    for quad in values.as_chunks::<4>().0 {
        let x = B::F32::load(quad);
        for result in [exp::<B>(x), sigmoid::<B>(x), tanh::<B>(x)] {
            let mut lanes = [0.0; 4];
            result.store(&mut lanes);
            bits.extend(lanes.map(f32::to_bits));
        }
    }
    for activation in
        [Activation::Relu, Activation::Tanh, Activation::Softmax, Activation::Sigmoid { c: 1.0, lambda: 1.0 }]
    {
        activation.apply::<B>(&mut values, 29);
        bits.extend(values.iter().map(|value| value.to_bits()));
    }
    bits
}

fn gates<B: Backend>() -> Result<Vec<f32>, Error> {
    let mut all = Vec::new();
    for (number, rate) in [0.5, 0.3].into_iter().enumerate() {
        let site = Site::new(number as u32, 1037, &[rate], Scaling::Inverted, "check")?;
        let mut factors = vec![0.0; site.len()];
        site.draw::<B>(&Stream::new(SEED, Domain::MonteCarlo, site.number, 0, 3), &mut factors);
        all.extend(factors);
    }
    Ok(all)
}

fn products<B: Backend>() -> Vec<f32> {
    let mut all = Vec::new();
    for (rows, inputs, units) in [(1, 300, 50), (37, 61, 70), (130, 300, 35), (64, 128, 3), (90, 40, 97)] {
        let (a, b) = (noise(rows * inputs, 2), noise(inputs * units, 3));
        let sparse: Vec<f32> = a.iter().map(|&value| if value < 0.2 { 0.0 } else { value }).collect();
        for a in [&a, &sparse] {
            let mut c = vec![f32::NAN; rows * units];
            let (a, b) = (Matrix::row_major(a, rows, inputs), Matrix::row_major(&b, inputs, units));
            multiply::<B>(a, b, &mut c, &mut Scratch::default());
            all.extend(c);
        }
    }
    all
}

/// Sums of double precision, none of which is fused.
fn covariances<B: Backend>() -> Result<Vec<f64>, Error> {
    let mut covariance = Covariance::new(83)?;
    for (samples, stream) in [(70, 6), (13, 7)] {
        covariance.add::<B>(&noise(samples * 83, stream))?;
    }
    Ok(covariance.finish())
}

/// Three gated layers, with widths that no tile divides.
fn network() -> Result<Network, Error> {
    let mut builder = Builder::default();
    let mut node = builder.input(INPUTS)?;
    let layers = [
        (0.2, 83, Activation::Relu),
        (0.5, 150, Activation::Sigmoid { c: 1.0, lambda: 1.0 }),
        (0.5, 61, Activation::Tanh),
    ];
    for (rate, units, activation) in layers {
        node = builder.dropout("gates", node, &[rate], Scaling::Inverted)?;
        node = builder.dense("layer", node, units, activation, true, None, None)?;
    }
    node = builder.dropout("gates", node, &[0.4], Scaling::Standard)?;
    node = builder.dense("output", node, 5, Activation::Softmax, true, None, None)?;
    builder.build(node, SEED)
}

/// Deterministic rows, then samples under masks of each kind.
fn sampled<B: Backend>() -> Result<Vec<f32>, Error> {
    let (network, x) = (network()?, noise(ROWS * INPUTS, 4));
    let mut all = predict::<B>(&network, x.clone(), ROWS)?;
    for (rows, masks) in [(ROWS, Masks::Shared), (2, Masks::Shared), (3, Masks::Independent)] {
        let nodes = vec![network.graph.output];
        let request = Request {
            nodes,
            samples: 9,
            first_sample: 0,
            seed: SEED,
            first_row: 0,
            masks,
            keep_samples: true,
            integrate_last: false,
            geometric_means: false,
        };
        let mut run = Run::<B>::new(&network, &x[..rows * INPUTS], rows, &request)?;
        run.step(9);
        all.extend(run.take_samples(0));
        all.extend(run.sampled().mean(0).into_iter().chain(run.sampled().variance(0)).map(|value| value as f32));
    }
    Ok(all)
}

/// Weights after a few steps, small enough that rounding stays small.
fn trained<B: Backend>() -> Result<Vec<f32>, Error> {
    let mut network = network()?;
    let settings = Settings {
        loss: Loss::SparseCategoricalCrossentropy,
        optimizer: Optimizer::Sgd { nesterov: false },
        learning_rate: Schedule::Constant(0.1),
        momentum: Schedule::Constant(0.9),
        clip: Clip::None,
        masks: Masks::Independent,
        expected: false,
        seed: SEED,
        slice_rows: ROWS,
    };
    let mut trainer = Trainer::<B>::new(&network, settings)?;
    for step in 0..3 {
        let y = (0..ROWS).map(|row| (row % 5) as f32).collect();
        let batch = Batch { x: noise(ROWS * INPUTS, 5 + step), y, weights: Vec::new(), rows: ROWS };
        trainer.begin(&network, batch, 0)?;
        while trainer.advance(&mut network).is_none() {}
    }
    Ok(network.parameters.iter().flatten().copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use thinned_lanes::Best;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn this_build_gives_the_known_answers() {
        assert_eq!(self_check::<Best>(), Ok(None));
    }

    #[test]
    fn results_that_differ_do_not_agree() {
        assert!(agree(&[1.0, 2.0], &[1.0, 2.000_01]));
        assert!(!agree(&[1.0, 2.0], &[1.0, 2.01]));
        assert!(!agree(&[f32::NAN], &[1.0]) && !agree(&[1.0], &[]));
    }
}
