//! The rounding that leaves a normalisation `y = γ·x̂ + β`, `x̂ = (x − μ)/√(v + ε)`.
//!
//! *Its own* (`crate::ops::Normalization::forward`): `γ·x̂` is rounded `r` times before `β` is added, so the error is relative
//! to that term, not to a sum in which both may cancel:
//!
//! `e = 2u·(r·|γ·x̂| + |y|) + (1 + |γ|)·λ`
//!
//! * Layer, `r = 2`: `x̂` comes from double precision and is rounded once, then multiplied.
//! * Batch, `r = 3`: `x − μ`, the rounded factor `γ/√(v + ε)`, their product. `μ` is a parameter, as it is.
//! * `λ` for each product below the normal numbers. Twice `u`, as everywhere: gates may enlarge what is normalised.
//!
//! *Of what it reads.* Batch: `|γ|/√(v + ε)·f`. Layer: `∂y_i = γ_i/√(v + ε)·(∂x_i − mean ∂x − x̂_i·mean(x̂ ∂x))`, and as the
//! mean square of `x̂` is at most 1, neither mean is above the root mean square `F` of the `∂x`, depend on each other as
//! they may (all the inputs of a normalisation often come from the same units):
//!
//! `f_i = |γ_i|/√(v + ε)·(f_i + (1 + |x̂_i|)·F + u₆₄·Σ|s_k|/n)`
//!
//! with `s_k` the partial sums of the mean, taken in double precision: what large inputs of small spread lose. That of
//! the variance is relative to it, and far below `u`. As `x̂² < n`, no `f_i` is above `2|γ_i|·√n`.

use super::{LEAST, SINGLE};
use crate::network::Network;
use crate::ops::{Normalization, NormalizationKind, moments};

/// Unit roundoff of double precision.
const DOUBLE: f64 = f64::EPSILON / 2.0;

/// Squares of the rounding of each unit of a normalisation of `x` to `y`, given those of `x`.
pub(super) fn normalization_squares(
    network: &Network,
    normalization: &Normalization,
    x: &[f64],
    y: &[f64],
    squares: &[f64],
) -> Vec<f64> {
    let channels = normalization.channels;
    let is_layer = normalization.kind == NormalizationKind::Layer;
    let roundings = if is_layer { 2.0 } else { 3.0 };
    let mut output = Vec::with_capacity(y.len());
    let places = x.chunks_exact(channels).zip(y.chunks_exact(channels)).zip(squares.chunks_exact(channels));
    for ((x, y), squares) in places {
        let place = is_layer.then(|| Place::new(normalization, x, squares));
        for (channel, (y, square)) in y.iter().zip(squares).enumerate() {
            let (gamma, beta) = normalization.affine(&network.parameters, channel);
            let own = 2.0 * SINGLE * (roundings * (y - beta).abs() + y.abs()) + (1.0 + gamma.abs()) * LEAST;
            let read = match &place {
                Some(place) => gamma.abs() * place.carried(x[channel], square.sqrt()),
                None => normalization.scale(network, channel).abs() * square.sqrt(),
            };
            output.push(own * own + read * read);
        }
    }
    output
}

/// What the units of one layer normalisation have in common.
struct Place {
    mean: f64,
    inverse: f64, // 1/√(v + ε)
    units: f64,
    of_all: f64,  // F
    of_mean: f64, // u₆₄·Σ|s_k|/n
}

impl Place {
    fn new(normalization: &Normalization, x: &[f64], squares: &[f64]) -> Self {
        let units = x.len() as f64;
        let (mean, variance) = moments(x.iter().copied(), x.len());
        let (mut sum, mut partial) = (0.0f64, 0.0);
        for x in x {
            sum += x;
            partial += sum.abs();
        }
        Self {
            mean,
            inverse: 1.0 / (variance + normalization.epsilon).sqrt(),
            units,
            of_all: (squares.iter().sum::<f64>() / units).sqrt(),
            of_mean: DOUBLE * partial / units,
        }
    }

    /// How far `x̂` is off where `x` is off by `rounding`.
    fn carried(&self, x: f64, rounding: f64) -> f64 {
        let normal = (x - self.mean) * self.inverse;
        let shift = rounding + (1.0 + normal.abs()) * self.of_all + self.of_mean;
        (self.inverse * shift).min(2.0 * self.units.sqrt())
    }
}
