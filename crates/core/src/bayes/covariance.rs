//! Covariances between the outputs of all rows, over samples that come in blocks.

use crate::error::Error;
use crate::gp::tile::{Rows, TILE, subtract_products};
use thinned_lanes::Backend;

/// Samples of a block.
pub const BLOCK: usize = 64;

/// Means and centred products of `size` numbers, merged block by block (Chan, Golub and LeVeque 1979).
#[derive(Debug)]
pub struct Covariance {
    size: usize,
    count: f64,
    mean: Vec<f64>,
    products: Vec<f64>, // [size, size], the tiles on and below the diagonal
}

impl Covariance {
    /// Of nothing yet.
    ///
    /// # Errors
    /// `Range` where there is no memory for `size²` numbers.
    pub fn new(size: usize) -> Result<Self, Error> {
        let mut products = Vec::new();
        let length = size.checked_mul(size).filter(|&length| products.try_reserve_exact(length).is_ok());
        let Some(length) = length else {
            return Err(Error::range(format!(
                "Cannot hold the covariances of {size} outputs: there is no memory for it, fewer rows are wanted"
            )));
        };
        products.resize(length, 0.0);
        Ok(Self { size, count: 0.0, mean: vec![0.0; size], products })
    }

    /// Adds a block of samples `[samples, size]`.
    ///
    /// # Errors
    /// `Shape` where it is not whole samples.
    pub fn add<B: Backend>(&mut self, block: &[f32]) -> Result<(), Error> {
        let size = self.size;
        let samples = block.len() / size.max(1);
        if samples == 0 || samples * size != block.len() {
            return Err(Error::shape(format!("Cannot add {} numbers, wanted samples of {size}", block.len())));
        }
        let count = samples as f64;
        // [size, samples + 1]: deviations from the mean of the block, and what merges its mean with that of all before.
        let mut centred = vec![0.0; size * (samples + 1)];
        let merge = (self.count * count / (self.count + count)).sqrt();
        for unit in 0..size {
            let values = || block.iter().skip(unit).step_by(size).map(|&value| f64::from(value));
            let mean = values().sum::<f64>() / count;
            let row = &mut centred[unit * (samples + 1)..][..samples + 1];
            row.iter_mut().zip(values()).for_each(|(centred, value)| *centred = value - mean);
            row[samples] = (mean - self.mean[unit]) * merge;
            self.mean[unit] += (mean - self.mean[unit]) * count / (self.count + count);
        }
        self.count += count;
        let negative: Vec<f64> = centred.iter().map(|value| -value).collect();
        let rows =
            |data, first: usize| Rows { data: &<[f64]>::as_ref(data)[first * (samples + 1)..], stride: samples + 1 };
        for top in (0..size).step_by(TILE) {
            for left in (0..=top).step_by(TILE) {
                let shape = [TILE.min(size - top), TILE.min(size - left), samples + 1];
                let tile = &mut self.products[top * size + left..];
                subtract_products::<B>(tile, size, shape, rows(&negative[..], top), rows(&centred[..], left));
            }
        }
        Ok(())
    }

    /// `[size]`.
    pub fn mean(&self) -> Vec<f64> {
        self.mean.clone()
    }

    /// `[size, size]`, divisor the number of samples; given once.
    pub fn finish(&mut self) -> Vec<f64> {
        let mut products = core::mem::take(&mut self.products);
        for row in 0..self.size {
            for column in 0..=row {
                let value = products[row * self.size + column] / self.count;
                products[row * self.size + column] = value;
                products[column * self.size + row] = value;
            }
        }
        products
    }
}
