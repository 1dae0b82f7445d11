//! The divergence of the approximate posterior from the prior.
//!
//! A gate with all weights that it acts on, `m` where it is open, `W = z·m`, is given width: `q = p·N(m, σ²I) + (1 − p)·N(0, σ²I)` in `n`
//! dimensions. Then, exactly,
//!
//! `KL(q ‖ N(0, l⁻²I)) = (l²/2) p‖m‖² + (n/2)(σ²l² − 1 − log σ²l²) − H(p) + E_W[H(z | W)]`:
//!
//! the mean divergence of the two components less the information that a draw has about its gate. The last term, the overlap, depends on
//! `d = ‖m‖/σ` alone, falls as `e^(−d²/8)`, and is an integral over the line through both centres. Gal and Ghahramani (2016, appendix) leave
//! out the overlap, which vanishes with `σ`, and the constant and the entropy, which do not depend on `m`.

use super::prior::Prior;
use super::weights::{Gate, gated_weights};
use crate::error::Error;
use crate::network::Network;
use core::f64::consts::PI;
use std::collections::BTreeMap;

/// The terms of `KL(q ‖ prior)`, in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Divergence {
    /// `(l²/2)·E_q‖W‖²` in the limit of no width.
    pub quadratic: f64,
    /// `Σ H(p)` over the gates that act on weights.
    pub entropy: f64,
    /// `(1/2)(σ²l² − 1 − log σ²l²)` of every weight.
    pub constant: f64,
    /// `Σ E[H(z | W)]`.
    pub overlap: f64,
}

/// The divergence of a network; without `sigma` in the limit, in which constant and overlap are left out, being 0 here.
///
/// # Errors
/// `Range` where weights are not `M·diag(z)`, or the divergence is beyond the range of numbers.
pub fn divergence(network: &Network, prior: Prior, sigma: Option<f64>) -> Result<Divergence, Error> {
    let graph = &network.graph;
    let length = prior.length_scale;
    // l² alone may be beyond the range where its product with weights is not.
    let half = |square: f64| 0.5 * (length * square) * length;
    let mut squares: BTreeMap<Gate, f64> = BTreeMap::new(); // of the open weights of each gate
    let mut result = Divergence::default();
    let mut weights = 0.0;
    for gated in gated_weights(graph)? {
        let values = &network.parameters[gated.parameter];
        weights += values.len() as f64;
        for (part, gate) in values.chunks(gated.part).zip(gated.gates.iter().cycle()) {
            let square: f64 = part.iter().map(|&value| f64::from(value) * f64::from(value)).sum();
            match gate {
                None => result.quadratic += half(square),
                Some((site, number)) => {
                    let factor = graph.sites[*site].kept_factor(*number);
                    *squares.entry((*site, *number)).or_default() += factor * factor * square;
                }
            }
        }
    }
    for ((site, number), square) in squares {
        let (keep, rate) = (graph.sites[site].keep(number), graph.sites[site].rate(number));
        result.quadratic += half(keep * square);
        result.entropy -= keep * libm::log(keep) + rate * libm::log(rate);
        if let Some(sigma) = sigma {
            result.overlap += overlap(keep, rate, square.sqrt() / sigma);
        }
    }
    if let Some(sigma) = sigma {
        let ratio = sigma * length;
        let log = if ratio.is_normal() { libm::log(ratio) } else { libm::log(sigma) + libm::log(length) };
        result.constant = weights * (0.5 * ratio * ratio - 0.5 - log);
    }
    let kl = result.quadratic + result.constant;
    if kl.is_finite() {
        return Ok(result);
    }
    Err(Error::range(format!(
        "Cannot find the divergence from the prior: with lengthScale {length:e} it is {kl:e}, a finite number is wanted; a smaller \
         lengthScale or sigma"
    )))
}

/// `E[H(z | x)]` in nats of `x ~ N(z·d, 1)`: by the trapezoid rule, which is exact to rounding for what is analytic in a strip and decays; the
/// logistic function of `d·x` has its poles at a distance of `π/d`.
fn overlap(keep: f64, rate: f64, distance: f64) -> f64 {
    const REACH: f64 = 10.0;
    // e^(−d²/8) is below the least number that counts.
    const SEPARATE: f64 = 25.0;
    if distance > SEPARATE {
        return 0.0;
    }
    let step = 0.25f64.min(0.5 / distance);
    let nodes = ((2.0 * REACH + distance) / step).ceil() as usize;
    let density = |x: f64| libm::exp(-x * x / 2.0) / (2.0 * PI).sqrt();
    let log_odds = libm::log(keep) - libm::log(rate);
    let sum: f64 = (0..=nodes)
        .map(|node| {
            let x = node as f64 * step - REACH;
            let t = log_odds + distance * (x - distance / 2.0);
            // H(σ(t)) = log(1 + e^(−|t|)) + |t|·σ(−|t|).
            let small = libm::exp(-t.abs());
            let entropy = libm::log1p(small) + t.abs() * small / (1.0 + small);
            (keep * density(x - distance) + rate * density(x)) * entropy
        })
        .sum();
    sum * step
}
