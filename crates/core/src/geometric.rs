//! Geometric means of sampled activities, as means of logarithms.
//!
//! For a logistic unit `G = e^(E ln O)`, `G' = e^(E ln(1 − O))` and `NWGM = G / (G + G') = σ(E ln O − E ln(1 − O))`; for a
//! softmax group `G_k = e^(E ln p_k)` and `NWGM_k = G_k / Σ_j G_j` (Baldi & Sadowski 2013, §3). Logarithms come from the
//! pre-activations in float64: those of the float32 activities would be lost where a unit saturates.
//!
//! With `O = 1 / (1 + c·e^(−λS))` and `z = λS − ln c`: `ln O = −softplus(−z)`, `ln(1 − O) = −softplus(z)`.

use crate::activation::{Activation, log_sum_exp, logistic};
use crate::error::Error;
use crate::exponential64::softplus;
use crate::moments::Moments;
use thinned_lanes::{Backend, F64x2};

/// Means of logarithms of the activities of some rows.
#[derive(Clone, Debug)]
pub struct LogMeans {
    width: usize,
    kind: Kind,
    activity: Moments,   // [rows, width], of ln O or ln p
    complement: Moments, // [rows, width], of ln(1 − O); empty for softmax groups
    logarithms: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Logistic { lambda: f64, log_c: f64 },
    Softmax,
}

impl LogMeans {
    /// No samples yet of `rows` rows of a layer; `None` for a layer that has no geometric means.
    pub fn new(activation: Option<Activation>, rows: usize, width: usize) -> Option<Self> {
        let kind = match activation? {
            Activation::Sigmoid { c, lambda } => Kind::Logistic { lambda, log_c: libm::log(c) },
            Activation::Softmax => Kind::Softmax,
            _ => return None,
        };
        let complements = if matches!(kind, Kind::Logistic { .. }) { rows * width } else { 0 };
        Some(Self {
            width,
            kind,
            activity: Moments::new(rows * width),
            complement: Moments::new(complements),
            logarithms: Vec::new(),
        })
    }

    /// Adds one sample: its pre-activations, `[rows, width]`.
    pub fn push<B: Backend>(&mut self, pre_activations: &[f32]) {
        match self.kind {
            Kind::Logistic { lambda, log_c } => {
                let z = |s: f32| lambda * f64::from(s) - log_c;
                self.logarithms_of::<B>(pre_activations, |s| -z(s));
                self.activity.push::<B>(&self.logarithms);
                self.logarithms_of::<B>(pre_activations, z);
                self.complement.push::<B>(&self.logarithms);
            }
            Kind::Softmax => {
                self.logarithms.clear();
                self.logarithms.extend(pre_activations.iter().map(|&s| f64::from(s)));
                for row in self.logarithms.chunks_exact_mut(self.width) {
                    let total = log_sum_exp(row);
                    row.iter_mut().for_each(|s| *s -= total);
                }
                self.activity.push::<B>(&self.logarithms);
            }
        }
    }

    /// `logarithms = −softplus(z)`, two at a time.
    fn logarithms_of<B: Backend>(&mut self, pre_activations: &[f32], z: impl Fn(f32) -> f64) {
        self.logarithms.clear();
        self.logarithms.extend(pre_activations.iter().map(|&s| z(s)));
        let (pairs, rest) = self.logarithms.as_chunks_mut::<2>();
        for pair in pairs {
            (-softplus::<B>(B::F64::load(pair))).store(pair);
        }
        if let [last] = rest {
            let mut pair = [*last; 2];
            (-softplus::<B>(B::F64::load(&pair))).store(&mut pair);
            *last = pair[0];
        }
    }

    /// `G`, `[rows, width]`.
    pub fn geometric_mean<B: Backend>(&self) -> Vec<f64> {
        means::<B>(&self.activity).map(libm::exp).collect()
    }

    /// `G'`, `[rows, width]`; logistic units only.
    pub fn complement<B: Backend>(&self) -> Option<Vec<f64>> {
        matches!(self.kind, Kind::Logistic { .. }).then(|| means::<B>(&self.complement).map(libm::exp).collect())
    }

    /// `NWGM`, `[rows, width]`.
    pub fn nwgm<B: Backend>(&self) -> Vec<f64> {
        let logs = means::<B>(&self.activity);
        match self.kind {
            Kind::Logistic { .. } => {
                logs.zip(means::<B>(&self.complement)).map(|(on, off)| logistic(on - off)).collect()
            }
            Kind::Softmax => {
                let mut rows: Vec<f64> = logs.collect();
                for row in rows.chunks_exact_mut(self.width) {
                    let total = log_sum_exp(row);
                    row.iter_mut().for_each(|log| *log = libm::exp(*log - total));
                }
                rows
            }
        }
    }

    /// Appends the moments to a state; see [`Moments::write_state`].
    pub fn write_state(&self, state: &mut Vec<f64>) {
        self.activity.write_state(state);
        self.complement.write_state(state);
    }

    /// Adds the samples of a state; returns what comes behind it.
    ///
    /// # Errors
    /// Those of [`Moments::append`].
    pub fn append<'a, B: Backend>(&mut self, state: &'a [f64]) -> Result<&'a [f64], Error> {
        let rest = self.activity.append::<B>(state)?;
        self.complement.append::<B>(rest)
    }
}

fn means<B: Backend>(moments: &Moments) -> impl Iterator<Item = f64> {
    moments.finish::<B>().1.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use thinned_lanes::Best;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_nwgm_of_logistic_units_is_that_of_the_mean_input() {
        let samples: [[f32; 3]; 4] = [[-1.0, 0.5, 300.0], [2.0, 0.25, 200.0], [0.5, -3.0, -100.0], [0.0, 8.0, 60.0]];
        let (c, lambda) = (2.0, 0.5);
        let mut means = LogMeans::new(Some(Activation::Sigmoid { c, lambda }), 1, 3).unwrap();
        samples.iter().for_each(|sample| means.push::<Best>(sample));
        let (g, nwgm) = (means.geometric_mean::<Best>(), means.nwgm::<Best>());
        let complement = means.complement::<Best>().unwrap();
        for unit in 0..3 {
            let input = samples.iter().map(|sample| f64::from(sample[unit])).sum::<f64>() / 4.0;
            let expected = 1.0 / (1.0 + c * (-lambda * input).exp());
            assert!((nwgm[unit] - expected).abs() < 1e-15, "{unit}: {} {expected}", nwgm[unit]);
            assert!((g[unit] / (g[unit] + complement[unit]) - expected).abs() < 1e-14);
        }
        assert!(complement[2] > 0.0, "a saturated unit keeps its complement");
    }

    #[test]
    fn the_nwgm_of_a_softmax_is_the_softmax_of_the_mean_inputs() {
        let samples: [[f32; 4]; 2] = [[1.0, -1.0, 3.0, 4.0], [2.0, 0.5, -1.0, 5.0]]; // two rows of two classes
        let mut means = LogMeans::new(Some(Activation::Softmax), 2, 2).unwrap();
        samples.iter().for_each(|sample| means.push::<Best>(sample));
        let nwgm = means.nwgm::<Best>();
        for row in 0..2 {
            let input =
                |class: usize| samples.iter().map(|sample| f64::from(sample[2 * row + class])).sum::<f64>() / 2.0;
            let expected = 1.0 / (1.0 + (input(1) - input(0)).exp());
            assert!((nwgm[2 * row] - expected).abs() < 1e-15);
            assert!((nwgm[2 * row] + nwgm[2 * row + 1] - 1.0).abs() < 1e-15);
        }
        assert!(means.complement::<Best>().is_none());
        assert!(LogMeans::new(Some(Activation::Relu), 1, 1).is_none());
    }
}
