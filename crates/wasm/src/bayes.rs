//! Dropout as variational inference.

use crate::error::to_js;
use thinned_core::bayes::prior::{Prior, loss_factor, no_likelihood, second_moment};
use thinned_core::gates::Scaling;
use thinned_core::standardize::mean_and_deviation;
use thinned_core::train::loss::Loss;
use wasm_bindgen::prelude::*;

/// The L2 penalty of a prior times the precision of a squared error, divided by one of both, which is the other,
/// 0 or infinite beyond the range of numbers; `"halfSquaredError"` is a loss of the papers.
#[wasm_bindgen(js_name = weightDecay)]
pub fn weight_decay(
    loss: &str,
    outputs: usize,
    length_scale: f64,
    keep: f64,
    scaling: &str,
    rows: f64,
    by: f64,
) -> Result<f64, JsValue> {
    let factor = if loss == "halfSquaredError" {
        Some(1.0)
    } else {
        Loss::parse(loss, 1.0).map(|loss| loss_factor(loss, outputs)).map_err(to_js)?
    };
    let factor = factor.ok_or_else(|| to_js(no_likelihood()))?;
    let moment = second_moment(keep, Scaling::parse(scaling).map_err(to_js)?);
    Ok(Prior { length_scale, tau: 1.0, rows }.weight_decay(factor, moment, by))
}

/// Means and standard deviations, `[2, columns]`, of `values [rows, columns]`.
#[wasm_bindgen(js_name = columnStatistics)]
pub fn column_statistics(values: &[f64], columns: usize) -> Vec<f64> {
    let column = |index: usize| mean_and_deviation(values.iter().skip(index).step_by(columns.max(1)).copied());
    let (mut means, deviations): (Vec<f64>, Vec<f64>) = (0..columns).map(column).unzip();
    means.extend(deviations);
    means
}

#[cfg(feature = "whole")]
mod whole {
    use crate::Best;
    use crate::error::to_js;
    use crate::network::Network;
    use thinned_core::bayes::covariance::Covariance;
    use thinned_core::bayes::divergence::divergence;
    use thinned_core::bayes::heteroscedastic;
    use thinned_core::bayes::likelihood::{Likelihood, Scored};
    use thinned_core::bayes::prior::Prior;
    use thinned_core::train::loss::Loss;
    use wasm_bindgen::prelude::*;

    /// Log-likelihoods of sampled outputs.
    #[wasm_bindgen]
    pub struct ScoredSamples {
        scored: Scored,
    }

    #[wasm_bindgen]
    impl ScoredSamples {
        /// Of the outputs of a network, `width` numbers a row.
        #[wasm_bindgen(constructor)]
        pub fn new(network: &Network, loss: &str, tau: f64, width: usize, samples: usize) -> Result<Self, JsValue> {
            let loss = Loss::parse(loss, 1.0).map_err(to_js)?;
            loss.check_output(&network.core.graph).map_err(to_js)?;
            let likelihood = Likelihood::new(loss, tau).map_err(to_js)?;
            Ok(Self { scored: Scored::new(likelihood, width, samples) })
        }

        /// Begins a chunk of rows by their targets.
        pub fn begin(&mut self, targets: Vec<f32>) {
            self.scored.begin(targets);
        }

        /// Adds samples `[samples, rows, width]` from number `first` on.
        pub fn add(&mut self, outputs: &[f32], first: usize) -> Result<(), JsValue> {
            self.scored.add(outputs, first).map_err(to_js)
        }

        /// `log p(y)` of the rows of the chunk.
        pub fn predictive(&self) -> Vec<f64> {
            self.scored.predictive()
        }

        /// Of each sample, over all rows.
        pub fn totals(&self) -> Vec<f64> {
            self.scored.totals.clone()
        }
    }

    /// Quadratic term, entropy, constant and overlap of the divergence from the prior.
    #[wasm_bindgen(js_name = divergenceTerms)]
    pub fn divergence_terms(network: &Network, length_scale: f64, sigma: Option<f64>) -> Result<Vec<f64>, JsValue> {
        let prior = Prior { length_scale, tau: 1.0, rows: 1.0 };
        let terms = divergence(&network.core, prior, sigma).map_err(to_js)?;
        Ok(vec![terms.quadratic, terms.entropy, terms.constant, terms.overlap])
    }

    /// Covariances between outputs.
    #[wasm_bindgen]
    pub struct SampleCovariance {
        covariance: Covariance,
    }

    #[wasm_bindgen]
    impl SampleCovariance {
        /// Of so many numbers a sample.
        #[wasm_bindgen(constructor)]
        pub fn new(size: usize) -> Result<Self, JsValue> {
            Ok(Self { covariance: Covariance::new(size).map_err(to_js)? })
        }

        /// Adds a block `[samples, size]`.
        pub fn add(&mut self, block: &[f32]) -> Result<(), JsValue> {
            self.covariance.add::<Best>(block).map_err(to_js)
        }

        /// `[size]`.
        pub fn mean(&self) -> Vec<f64> {
            self.covariance.mean()
        }

        /// `[size, size]`; given once.
        pub fn finish(&mut self) -> Vec<f64> {
            self.covariance.finish()
        }
    }

    /// Mean, aleatoric and epistemic variance, each `[rows, width / 2]`, of samples `[samples, rows, width]`.
    #[wasm_bindgen(js_name = heteroscedasticParts)]
    pub fn heteroscedastic_parts(samples: &[f32], count: usize, width: usize) -> Result<Vec<f64>, JsValue> {
        heteroscedastic::parts(samples, count, width).map(|parts| parts.concat()).map_err(to_js)
    }
}
