//! Losses of a row, their gradients, and the accuracy that goes with each.
//!
//! Cross-entropies are computed from pre-activations, so that a saturated unit costs what it should and not infinity,
//! and their gradients skip the activation: `∂/∂S = O − t` for softmax, `λ(O − t)` for a logistic unit.

mod gradient;
mod score;

use crate::activation::Activation;
use crate::error::Error;
use crate::network::Graph;
pub use score::Score;

/// A loss function; row losses, times the weight of their row, are averaged over the batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// `(1/K) Σ (O − t)²`.
    MeanSquaredError,
    /// `(1/K) Σ |O − t|`.
    MeanAbsoluteError,
    /// `(1/K) Σ ½d²` where `|d| ≤ δ`, `δ(|d| − ½δ)` beyond, of `d = O − t` (Huber 1964).
    Huber {
        /// Positive.
        delta: f64,
    },
    /// `(1/K) Σ ½(s + (t − μ)² e^(−s))` of outputs `[μ_1 … μ_K, s_1 … s_K]`, `s` the logarithm of the variance
    /// (Nix and Weigend 1994; Kendall and Gal 2017, eq. 8), without the constant `½ log 2π`.
    GaussianNegativeLogLikelihood,
    /// `−(1/K) Σ t log O + (1 − t) log(1 − O)`, of logistic units.
    BinaryCrossentropy,
    /// `−Σ t log O`, of a softmax layer and a distribution `t`.
    CategoricalCrossentropy,
    /// `−log O_t`, of a softmax layer and a class number `t`.
    SparseCategoricalCrossentropy,
}

impl Loss {
    /// The loss of this name; `delta` concerns Huber's alone.
    pub fn parse(name: &str, delta: f64) -> Result<Self, Error> {
        match name {
            "meanSquaredError" => Ok(Self::MeanSquaredError),
            "meanAbsoluteError" => Ok(Self::MeanAbsoluteError),
            "huber" if delta as f32 > 0.0 && (delta as f32).is_finite() => Ok(Self::Huber { delta }),
            "huber" => Err(Error::range(format!(
                "Cannot use loss \"huber\" with delta {delta}, wanted a positive number that float32 can hold"
            ))),
            "gaussianNegativeLogLikelihood" => Ok(Self::GaussianNegativeLogLikelihood),
            "binaryCrossentropy" => Ok(Self::BinaryCrossentropy),
            "categoricalCrossentropy" => Ok(Self::CategoricalCrossentropy),
            "sparseCategoricalCrossentropy" => Ok(Self::SparseCategoricalCrossentropy),
            _ => Err(Error::word(format!(
                "Cannot find loss \"{name}\", wanted \"meanSquaredError\", \"meanAbsoluteError\", \"huber\", \
                 \"gaussianNegativeLogLikelihood\", \"binaryCrossentropy\", \"categoricalCrossentropy\" or \
                 \"sparseCategoricalCrossentropy\""
            ))),
        }
    }

    /// Refuses an output layer of another kind than the loss is defined for.
    pub fn check_output(self, graph: &Graph) -> Result<(), Error> {
        let node = &graph.nodes[graph.output];
        let name = &node.name;
        let activation = graph.layer_activation(graph.output);
        let (fits, wanted) = match self {
            Self::MeanSquaredError | Self::MeanAbsoluteError | Self::Huber { .. } => (true, ""),
            Self::GaussianNegativeLogLikelihood if node.width.is_multiple_of(2) => (true, ""),
            Self::GaussianNegativeLogLikelihood => {
                return Err(Error::range(format!(
                    "Cannot compute a Gaussian likelihood of output layer \"{name}\": it has {} units, wanted an even \
                     number, the means and then the logarithms of the variances",
                    node.width
                )));
            }
            Self::BinaryCrossentropy => (matches!(activation, Some(Activation::Sigmoid { .. })), "sigmoid"),
            _ => (activation == Some(Activation::Softmax), "softmax"),
        };
        if fits {
            Ok(())
        } else {
            Err(Error::range(format!(
                "Cannot compute a cross-entropy of output layer \"{name}\": wanted one that ends in activation \"{wanted}\""
            )))
        }
    }

    /// Whether labels are class numbers, one a row.
    pub fn is_sparse(self) -> bool {
        self == Self::SparseCategoricalCrossentropy
    }

    /// Numbers in the target of one row, for `width` outputs.
    pub fn target_width(self, width: usize) -> usize {
        match self {
            Self::SparseCategoricalCrossentropy => 1,
            Self::GaussianNegativeLogLikelihood => width / 2,
            _ => width,
        }
    }

    /// Refuses labels that are not one row each, or not class numbers.
    pub fn check_labels(self, y: &[f32], rows: usize, width: usize) -> Result<(), Error> {
        let per_row = self.target_width(width);
        if y.len() != rows * per_row {
            return Err(Error::shape(format!(
                "Cannot read the labels: got {} for {rows} rows, wanted {per_row} a row",
                y.len()
            )));
        }
        let wrong = |label: &f32| self.is_sparse() && !(*label >= 0.0 && *label < width as f32 && label.fract() == 0.0);
        match y.iter().position(wrong) {
            Some(row) => Err(Error::range(format!(
                "Cannot use label {} of row {row}: wanted an integer in [0, {width})",
                y[row]
            ))),
            None => Ok(()),
        }
    }

    /// Whether [`Loss::gradient`] is by pre-activations, the activation being part of the loss.
    pub fn includes_activation(self) -> bool {
        matches!(self, Self::BinaryCrossentropy | Self::CategoricalCrossentropy | Self::SparseCategoricalCrossentropy)
    }
}
