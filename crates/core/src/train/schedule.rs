//! Learning rates and momenta that change while training: a pure function of the epoch and the step.

use crate::error::Error;

/// A number for each step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// The same always.
    Constant(f64),
    /// `start · factor^⌊epoch / every⌋` (PyTorch's `StepLR`).
    Step {
        /// Value of the first epochs.
        start: f64,
        /// What each stair multiplies by.
        factor: f64,
        /// Epochs of a stair.
        every: f64,
    },
    /// `start · factor^epoch` (PyTorch's `ExponentialLR`; Hinton et al. 2012, appendix A.1: `ε_t = ε_0 f^t`).
    Exponential {
        /// Value of the first epoch.
        start: f64,
        /// What each epoch multiplies by.
        factor: f64,
    },
    /// `start · t / warmup` for the first steps, then half a cosine from `start` to `end`, and `end` from step `steps` on
    /// (Loshchilov and Hutter 2017, eq. 5, without restarts; the warm-up as in Keras' `CosineDecay`).
    Cosine {
        /// Value where the cosine begins.
        start: f64,
        /// Value where it ends.
        end: f64,
        /// Steps in all, the warm-up included.
        steps: f64,
        /// Steps of the warm-up.
        warmup: f64,
    },
    /// `(t/T)·end + (1 − t/T)·start` of epoch `t` before `T`, then `end` (the momentum of Hinton et al. 2012, appendix A.1).
    Linear {
        /// Value of the first epoch.
        start: f64,
        /// Value from epoch `T` on.
        end: f64,
        /// `T`.
        epochs: f64,
    },
}

impl Schedule {
    /// The schedule of this name with its settings in the order of the fields.
    pub fn parse(name: &str, settings: &[f64]) -> Result<Self, Error> {
        let schedule = match (name, settings) {
            ("constant", &[value]) => Self::Constant(value),
            ("step", &[start, factor, every]) => Self::Step { start, factor, every },
            ("exponential", &[start, factor]) => Self::Exponential { start, factor },
            ("cosine", &[start, end, steps, warmup]) => Self::Cosine { start, end, steps, warmup },
            ("linear", &[start, end, epochs]) => Self::Linear { start, end, epochs },
            _ => {
                return Err(Error::word(format!(
                    "Cannot find schedule \"{name}\" with {} settings, wanted \"constant\" with 1, \"step\" with 3, \
                     \"exponential\" with 2, \"cosine\" with 4 or \"linear\" with 3",
                    settings.len()
                )));
            }
        };
        match settings.iter().find(|value| !value.is_finite()) {
            Some(value) => {
                Err(Error::range(format!("Cannot use schedule \"{name}\" with {value}, wanted finite numbers")))
            }
            None => Ok(schedule),
        }
    }

    /// The value at a step, counted over the whole run, of an epoch; both from 0.
    pub fn at(self, epoch: u32, step: u32) -> f64 {
        let (epoch, step) = (f64::from(epoch), f64::from(step));
        match self {
            Self::Constant(value) => value,
            Self::Step { start, factor, every } => start * libm::pow(factor, libm::floor(epoch / every)),
            Self::Exponential { start, factor } => start * libm::pow(factor, epoch),
            Self::Cosine { start, warmup, .. } if step < warmup => start * (step / warmup),
            Self::Cosine { end, steps, .. } if step >= steps => end,
            Self::Cosine { start, end, steps, warmup } => {
                let done = (step - warmup) / (steps - warmup);
                end + 0.5 * (start - end) * (1.0 + libm::cos(core::f64::consts::PI * done))
            }
            Self::Linear { end, epochs, .. } if epoch >= epochs => end,
            Self::Linear { start, end, epochs } => epoch / epochs * end + (1.0 - epoch / epochs) * start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn near(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() <= 1e-15
    }

    #[test]
    fn each_schedule_has_its_values() {
        let at = |name, settings: &[f64], epoch, step| Schedule::parse(name, settings).unwrap().at(epoch, step);
        assert!(near(at("constant", &[0.25], 7, 9), 0.25));
        assert!(near(at("step", &[0.8, 0.5, 10.0], 29, 0), 0.2));
        assert!(near(at("exponential", &[2.0, 0.9], 2, 5), 1.62));
        assert!(near(at("cosine", &[1.0, 0.0, 110.0, 10.0], 0, 0), 0.0));
        assert!(near(at("cosine", &[1.0, 0.0, 110.0, 10.0], 0, 5), 0.5));
        assert!(near(at("cosine", &[1.0, 0.2, 110.0, 10.0], 0, 60), 0.6));
        assert!(near(at("cosine", &[1.0, 0.2, 110.0, 10.0], 0, 110), 0.2));
        assert!(near(at("linear", &[0.5, 0.99, 500.0], 250, 0), 0.745));
        assert!(near(at("linear", &[0.5, 0.99, 500.0], 500, 0), 0.99));
    }

    #[test]
    fn other_words_and_numbers_are_refused() {
        assert_eq!(Schedule::parse("step", &[1.0]).unwrap_err().kind, crate::Kind::Type);
        assert_eq!(Schedule::parse("constant", &[f64::NAN]).unwrap_err().kind, crate::Kind::Range);
    }
}
