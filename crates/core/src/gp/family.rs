//! The families of covariance functions, one row of a matrix at a time.
//!
//! | family | `k(x, z)`, `v` being its variance | parameters |
//! |---|---|---|
//! | rbf | `v·exp(−½ Σ (xᵢ − zᵢ)²/lᵢ²)` | `v`, one `l` or one for each input |
//! | periodic | `v·exp(−2 Σ sin²(π(xᵢ − zᵢ)/p)/l²)` (MacKay 1998) | `v`, `l`, `p` |
//! | arcCosine | `v·E[relu(u) relu(u')] = v/(2π)·(√(AB − s²) + (π − θ)s)`, `cos θ = s/√(AB)` (Cho and Saul 2009, order 1, halved) | `v`, `w`, `b` |
//! | arcSine | `v·E[erf(u) erf(u')] = v·(2/π)·asin(2s/√((1 + 2A)(1 + 2B)))` (Williams 1998) | `v`, `w`, `b` |
//! | linear | `v·xᵀz + b` | `v`, `b` |
//! | white | `v` where `x` and `z` are the same row of the same points, else 0 | `v` |
//! | constant | `v` | `v` |
//!
//! with `u = xᵀω + β`, `ω ~ N(0, w·I)`, `β ~ N(0, b)`, and `s = w·xᵀz + b`, `A = w·xᵀx + b`, `B = w·zᵀz + b`.
//!
//! Some write `periodic` over the distance `‖x − z‖`. Of one input that is the same, of more it is not positive definite.
//!
//! The cosine of `θ` and the argument of the arcsine are at most 1 but for rounding, which is cut off; that moves
//! `√(AB − s²) + (π − θ)s` by a rounding too, since its derivative by `θ` is `−(π − θ) sin θ`, nothing at `θ = 0`.

use super::points::Points;
use crate::error::Error;
use crate::exponential64::exp;
use core::f64::consts::{FRAC_2_PI, PI};
use thinned_lanes::{Backend, F64x2};

/// Which covariance function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Squared exponential.
    Rbf,
    /// Repeats itself with a period.
    Periodic,
    /// Infinitely many ReLU units.
    ArcCosine,
    /// Infinitely many erf units.
    ArcSine,
    /// Linear regression.
    Linear,
    /// Independent noise of each row.
    White,
    /// The same for all.
    Constant,
}

impl Family {
    /// The family of this name.
    pub fn parse(word: &str) -> Result<Self, Error> {
        Ok(match word {
            "rbf" => Self::Rbf,
            "periodic" => Self::Periodic,
            "arcCosine" => Self::ArcCosine,
            "arcSine" => Self::ArcSine,
            "linear" => Self::Linear,
            "white" => Self::White,
            "constant" => Self::Constant,
            _ => return Err(Error::word(format!("Cannot find kernel \"{word}\", wanted the name of a family"))),
        })
    }

    /// Whether it can have so many parameters over so many inputs.
    pub fn takes(self, parameters: usize, inputs: usize) -> bool {
        match self {
            Self::Rbf => parameters == 2 || parameters == 1 + inputs,
            Self::Periodic | Self::ArcCosine | Self::ArcSine => parameters == 3,
            Self::Linear => parameters == 2,
            Self::White | Self::Constant => parameters == 1,
        }
    }
}

/// A covariance function of a family.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The family.
    pub family: Family,
    /// In the order of the table above.
    pub parameters: Vec<f64>,
}

/// The row of a matrix: its point, and its own column where row and columns are the same points.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// `[inputs]`.
    pub x: &'a [f64],
    /// The column of the same point.
    pub own: Option<usize>,
}

impl Leaf {
    /// Covariances of a row with the first `values.len()` points, an even number of them.
    pub fn row<B: Backend>(&self, row: Row<'_>, points: &Points, values: &mut [f64]) {
        let p = &self.parameters;
        match self.family {
            Family::Rbf => {
                self.squared_distances::<B>(row.x, points, values);
                exponentials::<B>(values, p[0], -0.5);
            }
            Family::Periodic => {
                values.fill(0.0);
                for (input, &own) in row.x.iter().enumerate() {
                    for (sum, z) in values.iter_mut().zip(points.column(input)) {
                        let sine = libm::sin(PI * (own - z) / p[2]) / p[1];
                        *sum += sine * sine;
                    }
                }
                exponentials::<B>(values, p[0], -2.0);
            }
            Family::Linear => {
                inner_products::<B>(row.x, points, values);
                values.iter_mut().for_each(|value| *value = p[0] * *value + p[1]);
            }
            Family::ArcCosine | Family::ArcSine => {
                inner_products::<B>(row.x, points, values);
                let a = self.norm(square(row.x));
                for (value, &square) in values.iter_mut().zip(&points.squares) {
                    *value = self.of_units(p[1] * *value + p[2], a, self.norm(square));
                }
            }
            Family::White => {
                values.fill(0.0);
                if let Some(value) = row.own.and_then(|own| values.get_mut(own)) {
                    *value = p[0];
                }
            }
            Family::Constant => values.fill(p[0]),
        }
    }

    /// `k(x, x)`, a point with itself.
    pub fn diagonal(&self, x: &[f64]) -> f64 {
        let p = &self.parameters;
        match self.family {
            Family::Rbf | Family::Periodic | Family::White | Family::Constant => p[0],
            Family::Linear => p[0] * square(x) + p[1],
            Family::ArcCosine | Family::ArcSine => {
                let a = self.norm(square(x));
                self.of_units(a, a, a)
            }
        }
    }

    /// Adds to `gradient` what a change of the logarithm of each parameter changes: `Σⱼ weightsⱼ·∂k(x, zⱼ)/∂log parameter`,
    /// given the `values` of the row.
    pub fn add_gradient<B: Backend>(
        &self,
        row: Row<'_>,
        points: &Points,
        values: &[f64],
        weights: &[f64],
        gradient: &mut [f64],
    ) {
        let p = &self.parameters;
        let ends = values.iter().zip(weights);
        let total = || ends.clone().map(|(value, weight)| value * weight).sum::<f64>();
        match self.family {
            Family::Rbf => {
                gradient[0] += total();
                for input in 0..points.inputs {
                    // A single length-scale is that of every input.
                    let own = if p.len() == 2 { 1 } else { 1 + input };
                    let scaled = |z: f64| (row.x[input] - z) / p[own];
                    let column = points.column(input);
                    gradient[own] +=
                        ends.clone().zip(column).map(|((v, w), &z)| v * w * scaled(z) * scaled(z)).sum::<f64>();
                }
            }
            Family::Periodic => {
                gradient[0] += total();
                for (input, &own) in row.x.iter().enumerate() {
                    for ((value, weight), z) in ends.clone().zip(points.column(input)) {
                        let angle = PI * (own - z) / p[2];
                        let (sine, cosine) = libm::sincos(angle);
                        let scale = 4.0 * value * weight * sine / p[1] / p[1];
                        gradient[1] += scale * sine;
                        gradient[2] += scale * cosine * angle;
                    }
                }
            }
            Family::Linear => {
                let bias = p[1] * weights.iter().sum::<f64>();
                gradient[0] += total() - bias;
                gradient[1] += bias;
            }
            Family::ArcCosine | Family::ArcSine => {
                gradient[0] += total();
                let mut products = vec![0.0; values.len()];
                inner_products::<B>(row.x, points, &mut products);
                let a = self.norm(square(row.x));
                for ((product, weight), &square) in products.iter().zip(weights).zip(&points.squares) {
                    let (s, b) = (p[1] * product + p[2], self.norm(square));
                    let [by_s, by_a, by_b] = self.slopes_of_units(s, a, b);
                    gradient[1] += weight * (by_s * (s - p[2]) + by_a * (a - p[2]) + by_b * (b - p[2]));
                    gradient[2] += weight * p[2] * (by_s + by_a + by_b);
                }
            }
            Family::White | Family::Constant => gradient[0] += total(),
        }
    }

    /// `w·xᵀx + b`, given `xᵀx`.
    fn norm(&self, square: f64) -> f64 {
        self.parameters[1] * square + self.parameters[2]
    }

    /// The expected product of two units whose sums have covariance `s` and variances `a` and `b`. NaN where a variance is beyond the
    /// range.
    fn of_units(&self, s: f64, a: f64, b: f64) -> f64 {
        let variance = self.parameters[0];
        if self.family == Family::ArcSine {
            let argument = 2.0 * s / root_of_sines(a, b);
            return variance * FRAC_2_PI * libm::asin(argument.clamp(-1.0, 1.0));
        }
        let norms = root_of_product(a, b);
        if norms == 0.0 {
            return 0.0;
        }
        let cosine = (s / norms).clamp(-1.0, 1.0);
        let sine = ((1.0 - cosine) * (1.0 + cosine)).sqrt();
        variance / (2.0 * PI) * norms * (sine + (PI - libm::acos(cosine)) * cosine)
    }

    /// The derivatives of [`Self::of_units`] by `s`, `a` and `b`.
    fn slopes_of_units(&self, s: f64, a: f64, b: f64) -> [f64; 3] {
        let variance = self.parameters[0];
        if self.family == Family::ArcSine {
            let root = root_of_sines(a, b);
            let argument = (2.0 * s / root).clamp(-1.0, 1.0);
            let slope = variance * FRAC_2_PI / ((1.0 - argument) * (1.0 + argument)).sqrt();
            return [slope * 2.0 / root, -slope * argument / (1.0 + 2.0 * a), -slope * argument / (1.0 + 2.0 * b)];
        }
        let norms = root_of_product(a, b);
        if norms == 0.0 {
            return [0.0; 3];
        }
        let cosine = (s / norms).clamp(-1.0, 1.0);
        let sine = norms * ((1.0 - cosine) * (1.0 + cosine)).sqrt();
        let scale = variance / (2.0 * PI);
        [scale * (PI - libm::acos(cosine)), scale * sine / (2.0 * a), scale * sine / (2.0 * b)]
    }

    /// `Σ (xᵢ − zᵢ)²/lᵢ²`.
    fn squared_distances<B: Backend>(&self, x: &[f64], points: &Points, values: &mut [f64]) {
        values.fill(0.0);
        for (input, &own) in x.iter().enumerate() {
            let length = self.parameters[if self.parameters.len() == 2 { 1 } else { 1 + input }];
            let (own, scale) = (B::F64::splat(own), B::F64::splat(1.0 / length));
            let (pairs, _) = points.column(input).as_chunks::<2>();
            for (sum, z) in values.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
                let scaled = (own - B::F64::load(z)) * scale;
                scaled.mul_add(scaled, B::F64::load(sum)).store(sum);
            }
        }
    }
}

/// `√(ab)`, exactly `a` where `b` is the same. Where the product leaves the range, or loses digits, it is that of other powers of two.
fn root_of_product(a: f64, b: f64) -> f64 {
    const LARGE: f64 = 4.149_515_568_880_993e180;
    let product = a * b;
    if product.is_normal() {
        return product.sqrt();
    }
    let scale = if product > 1.0 { 1.0 / LARGE } else { LARGE };
    ((a * scale) * (b * scale)).sqrt() / scale
}

/// `√((1 + 2A)(1 + 2B))`; NaN where that is beyond the range, since a quotient by infinity would pass for a number.
fn root_of_sines(a: f64, b: f64) -> f64 {
    let root = root_of_product(1.0 + 2.0 * a, 1.0 + 2.0 * b);
    if root.is_finite() { root } else { f64::NAN }
}

/// `xᵀz` for every point.
fn inner_products<B: Backend>(x: &[f64], points: &Points, values: &mut [f64]) {
    values.fill(0.0);
    for (input, &own) in x.iter().enumerate() {
        let own = B::F64::splat(own);
        let (pairs, _) = points.column(input).as_chunks::<2>();
        for (sum, z) in values.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
            own.mul_add(B::F64::load(z), B::F64::load(sum)).store(sum);
        }
    }
}

/// Replaces each value `u` by `variance·e^(factor·u)`.
fn exponentials<B: Backend>(values: &mut [f64], variance: f64, factor: f64) {
    let (variance, factor) = (B::F64::splat(variance), B::F64::splat(factor));
    for pair in values.as_chunks_mut::<2>().0 {
        (variance * exp::<B>(factor * B::F64::load(pair))).store(pair);
    }
}

fn square(x: &[f64]) -> f64 {
    x.iter().map(|value| value * value).sum()
}
