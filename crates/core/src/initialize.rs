//! Initial weights: a pure function of the seed and the parameter's place in the network.
//!
//! # Value stability
//!
//! Number `k` of a parameter is made of word `k mod 4` of block `k div 4` of its initialisation stream; the 24 high bits of
//! a word make `u`, uniform over the centres of 2^24 equal intervals, so no number is exactly at an end. Uniform
//! numbers are `a + (b − a)·u`, normal ones `Φ⁻¹(u)`, by inversion: one word each, whatever their neighbours.

use crate::error::Error;
use crate::normal::{distribution, quantile};
use crate::random::{Domain, Stream};

/// How the first values of a parameter are found; names and formulas are those of Keras.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initializer {
    /// The same number everywhere.
    Constant(f64),
    /// Uniform between two numbers.
    Uniform(f64, f64),
    /// Normal with a mean and a standard deviation.
    Normal(f64, f64),
    /// Of variance `scale / n`: see [`Fan`] and [`Shape`].
    Scaled {
        /// Numerator of the variance.
        scale: f64,
        /// Its denominator.
        fan: Fan,
        /// The distribution.
        shape: Shape,
    },
}

/// What the variance is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// Inputs of a unit.
    In,
    /// The mean of the inputs of a unit and the units that an input reaches.
    Average,
}

/// The distribution of numbers of a given variance `v`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// In `±√(3v)`.
    Uniform,
    /// Cut at two standard deviations, and made wider so that the variance after the cut is `v`.
    TruncatedNormal,
}

/// The standard deviation of a standard normal number cut at ±2.
const DEVIATION_OF_TRUNCATED: f64 = 0.879_625_661_034_239_8;

impl Initializer {
    /// Glorot and Bengio 2010, eq. 16; Keras' default for kernels.
    pub const GLOROT_UNIFORM: Self = Self::Scaled { scale: 1.0, fan: Fan::Average, shape: Shape::Uniform };
    /// The default for biases.
    pub const ZEROS: Self = Self::Constant(0.0);
    /// For scales and variances.
    pub const ONES: Self = Self::Constant(1.0);

    /// The initialiser of this name; `a` and `b` are the value of a constant, ends, or mean and standard deviation.
    ///
    /// # Errors
    /// `Type` for an unknown name, `Range` for numbers that float32 cannot hold.
    pub fn parse(name: &str, a: f64, b: f64) -> Result<Self, Error> {
        if !((a as f32).is_finite() && (b as f32).is_finite()) {
            return Err(Error::range(format!(
                "Cannot initialise by \"{name}\": got {a} and {b}, wanted finite numbers"
            )));
        }
        let scaled = |scale, fan, shape| Ok(Self::Scaled { scale, fan, shape });
        match name {
            "zeros" => Ok(Self::ZEROS),
            "ones" => Ok(Self::ONES),
            "constant" => Ok(Self::Constant(a)),
            "randomUniform" => Ok(Self::Uniform(a, b)),
            "randomNormal" => Ok(Self::Normal(a, b)),
            "glorotUniform" => Ok(Self::GLOROT_UNIFORM),
            "glorotNormal" => scaled(1.0, Fan::Average, Shape::TruncatedNormal),
            "heUniform" => scaled(2.0, Fan::In, Shape::Uniform), // He et al. 2015
            "heNormal" => scaled(2.0, Fan::In, Shape::TruncatedNormal),
            "lecunUniform" => scaled(1.0, Fan::In, Shape::Uniform), // LeCun et al. 1998, §4.6
            "lecunNormal" => scaled(1.0, Fan::In, Shape::TruncatedNormal),
            _ => Err(Error::word(format!("Cannot find initialiser \"{name}\", wanted one of Keras' names"))),
        }
    }

    /// The first values of a parameter of `shape`, or nothing when there is no memory for them.
    ///
    /// A kernel `[height, width, inputs, filters]` has `height · width · inputs` inputs a unit, and each input reaches
    /// `height · width · filters` units.
    pub fn values(self, shape: &[usize], seed: u64, parameter: u32) -> Option<Vec<f32>> {
        let length: usize = shape.iter().product();
        let mut values = Vec::new();
        // Room for the last block in full.
        values.try_reserve_exact(length.next_multiple_of(4)).ok()?;
        if let Self::Constant(value) = self {
            values.resize(length, value as f32);
            return Some(values);
        }
        let stream = Stream::new(seed, Domain::Initialization, parameter, 0, 0);
        let number = self.by_uniform(shape);
        for block in 0..length.div_ceil(4) {
            for word in stream.block(block as u32) {
                values.push(number((f64::from(word >> 8) + 0.5) / f64::from(1 << 24)) as f32);
            }
        }
        values.truncate(length);
        Some(values)
    }

    /// A number of the distribution from a uniform one.
    fn by_uniform(self, shape: &[usize]) -> Box<dyn Fn(f64) -> f64> {
        match self {
            Self::Constant(value) => Box::new(move |_| value),
            Self::Uniform(least, most) => Box::new(move |u| least + (most - least) * u),
            Self::Normal(mean, deviation) => Box::new(move |u| mean + deviation * quantile(u)),
            Self::Scaled { scale, fan, shape: distributed } => {
                let (inputs, outputs) = fans(shape);
                let fan = match fan {
                    Fan::In => inputs,
                    Fan::Average => (inputs + outputs) / 2.0,
                };
                match distributed {
                    Shape::Uniform => {
                        let limit = (3.0 * scale / fan).sqrt();
                        Box::new(move |u| (2.0 * u - 1.0) * limit)
                    }
                    Shape::TruncatedNormal => {
                        let deviation = (scale / fan).sqrt() / DEVIATION_OF_TRUNCATED;
                        let (below, inside) = (distribution(-2.0), 1.0 - 2.0 * distribution(-2.0));
                        Box::new(move |u| deviation * quantile(below + inside * u))
                    }
                }
            }
        }
    }
}

/// Inputs of a unit, and units that an input reaches.
fn fans(shape: &[usize]) -> (f64, f64) {
    match *shape {
        [ref cells @ .., inputs, outputs] => {
            let cells: usize = cells.iter().product();
            ((cells * inputs) as f64, (cells * outputs) as f64)
        }
        [units] => (units as f64, units as f64),
        [] => (1.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn glorot_uniform(seed: u64, parameter: u32) -> Vec<f32> {
        Initializer::GLOROT_UNIFORM.values(&[30, 20], seed, parameter).unwrap()
    }

    #[test]
    fn weights_fill_the_range_and_depend_on_seed_and_place() {
        let kernel = glorot_uniform(1, 0);
        let limit = (6.0f32 / 50.0).sqrt();
        assert!(kernel.iter().all(|weight| weight.abs() < limit));
        assert!(kernel.iter().any(|weight| *weight > 0.95 * limit));
        assert!(kernel.iter().any(|weight| *weight < -0.95 * limit));
        let mean = kernel.iter().sum::<f32>() / 600.0;
        assert!(mean.abs() < 4.0 * limit / (3.0f32 * 600.0).sqrt());
        assert_ne!(kernel, glorot_uniform(2, 0));
        assert_ne!(kernel, glorot_uniform(1, 1));
    }

    /// From Philox and Python's `NormalDist`; pinned, since every seeded model depends on them.
    #[test]
    fn values_stay_what_they_are() {
        let first = |name: &str| Initializer::parse(name, -0.05, 0.05).unwrap().values(&[3, 3, 2, 4], 7, 1).unwrap()[0];
        let pinned = [
            ("glorotUniform", PIN[0]),
            ("glorotNormal", PIN[1]),
            ("heNormal", PIN[2]),
            ("lecunUniform", PIN[3]),
            ("randomUniform", PIN[4]),
            ("randomNormal", PIN[5]),
        ];
        for (name, value) in pinned {
            assert_eq!(first(name), value, "{name}");
        }
    }

    const PIN: [f32; 6] = [0.329_369_13, 0.416_667_4, 0.721_689_1, 0.403_393_15, 0.049_405_37, 0.075_765_74];

    #[test]
    fn variances_are_those_of_keras() {
        let shape = [5, 5, 20, 50];
        let (inputs, outputs) = (500.0, 1250.0);
        let wanted = [
            ("glorotUniform", 2.0 / (inputs + outputs)),
            ("glorotNormal", 2.0 / (inputs + outputs)),
            ("heUniform", 2.0 / inputs),
            ("heNormal", 2.0 / inputs),
            ("lecunUniform", 1.0 / inputs),
            ("lecunNormal", 1.0 / inputs),
        ];
        for (name, variance) in wanted {
            let values = Initializer::parse(name, 0.0, 0.0).unwrap().values(&shape, 3, 0).unwrap();
            let squares = values.iter().map(|&value| f64::from(value) * f64::from(value));
            let found = squares.sum::<f64>() / values.len() as f64;
            // The variance of a square is below 2 v²: four standard errors over 25,000 numbers.
            assert!(
                (found / variance - 1.0).abs() < 4.0 * (2.0f64 / 25_000.0).sqrt(),
                "{name}: {found}, not {variance}"
            );
            if name.ends_with("Normal") {
                let most = 2.0 * variance.sqrt() / DEVIATION_OF_TRUNCATED;
                assert!(values.iter().all(|value| f64::from(value.abs()) < most));
            }
        }
        let constant = Initializer::parse("constant", 0.25, 0.0).unwrap();
        assert_eq!(constant.values(&[3], 0, 0).unwrap(), [0.25; 3]);
    }
}
