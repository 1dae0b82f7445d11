//! Updates of the parameters from their gradients.

use crate::error::Error;

/// A rule and its settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// `v ← μ·v + g`, `w ← w − η·v` (momentum as in PyTorch; `μ = 0` is plain gradient descent).
    Sgd {
        /// `η`.
        learning_rate: f64,
        /// `μ`, in [0, 1).
        momentum: f64,
    },
    /// Kingma and Ba 2015, algorithm 1: `w ← w − η·m̂/(√v̂ + ε)` with bias-corrected moments.
    Adam {
        /// `η`.
        learning_rate: f64,
        /// Decay of the first moment, in [0, 1).
        beta_1: f64,
        /// Decay of the second moment, in [0, 1).
        beta_2: f64,
        /// `ε`, positive.
        epsilon: f64,
    },
}

impl Optimizer {
    /// The rule of this name with its settings in the order of the fields.
    pub fn parse(name: &str, settings: &[f64]) -> Result<Self, Error> {
        let optimizer = match (name, settings) {
            ("sgd", &[learning_rate, momentum]) => Self::Sgd { learning_rate, momentum },
            ("adam", &[learning_rate, beta_1, beta_2, epsilon]) => {
                Self::Adam { learning_rate, beta_1, beta_2, epsilon }
            }
            _ => {
                return Err(Error::word(format!(
                    "Cannot find optimizer \"{name}\" with {} settings, wanted \"sgd\" with 2 or \"adam\" with 4",
                    settings.len()
                )));
            }
        };
        let (positive, fractions) = match optimizer {
            Self::Sgd { learning_rate, momentum } => ([learning_rate; 2], [momentum; 2]),
            Self::Adam { learning_rate, beta_1, beta_2, epsilon } => ([learning_rate, epsilon], [beta_1, beta_2]),
        };
        if let Some(value) = positive.iter().find(|value| !(**value as f32 > 0.0 && (**value as f32).is_finite())) {
            return Err(Error::range(format!(
                "Cannot use optimizer \"{name}\" with {value}, wanted a positive number that float32 can hold"
            )));
        }
        if let Some(value) = fractions.iter().find(|value| !(**value >= 0.0 && (**value as f32) < 1.0)) {
            return Err(Error::range(format!(
                "Cannot use optimizer \"{name}\" with {value}, wanted a number in [0, 1), in float32 too"
            )));
        }
        Ok(optimizer)
    }
}

/// What an optimiser remembers of each parameter.
#[derive(Clone, Debug, Default)]
pub struct State {
    steps: i32,
    first: Vec<Vec<f32>>,  // velocity, or first moment
    second: Vec<Vec<f32>>, // second moment
}

impl State {
    /// Updates every parameter from its gradient.
    pub fn update(&mut self, optimizer: Optimizer, parameters: &mut [Vec<f32>], gradients: &[Vec<f32>]) {
        self.steps += 1;
        let blank = || gradients.iter().map(|gradient| vec![0.0; gradient.len()]).collect::<Vec<_>>();
        if self.first.is_empty() {
            self.first = blank();
        }
        match optimizer {
            Optimizer::Sgd { learning_rate, momentum } => {
                let (rate, momentum) = (learning_rate as f32, momentum as f32);
                for ((weights, gradient), velocity) in parameters.iter_mut().zip(gradients).zip(&mut self.first) {
                    for ((weight, gradient), velocity) in weights.iter_mut().zip(gradient).zip(velocity) {
                        *velocity = momentum * *velocity + gradient;
                        *weight -= rate * *velocity;
                    }
                }
            }
            Optimizer::Adam { learning_rate, beta_1, beta_2, epsilon } => {
                if self.second.is_empty() {
                    self.second = blank();
                }
                // m̂ = m / (1 − β₁^t) and √v̂ = √v / √(1 − β₂^t), the divisors taken once in double precision.
                let rate = (learning_rate / (1.0 - beta_1.powi(self.steps))) as f32;
                let root = (1.0 / (1.0 - beta_2.powi(self.steps)).sqrt()) as f32;
                let (keep_1, keep_2, epsilon) = (beta_1 as f32, beta_2 as f32, epsilon as f32);
                let (take_1, take_2) = ((1.0 - beta_1) as f32, (1.0 - beta_2) as f32);
                let moments = self.first.iter_mut().zip(&mut self.second);
                for ((weights, gradient), (first, second)) in parameters.iter_mut().zip(gradients).zip(moments) {
                    let state = first.iter_mut().zip(second);
                    for ((weight, &gradient), (first, second)) in weights.iter_mut().zip(gradient).zip(state) {
                        *first = keep_1 * *first + take_1 * gradient;
                        *second = keep_2 * *second + take_2 * (gradient * gradient);
                        *weight -= rate * *first / (second.sqrt() * root + epsilon);
                    }
                }
            }
        }
    }
}
