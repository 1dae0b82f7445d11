//! Rows of class probabilities, or of logits, with the class that each row turned out to have.

use crate::entropy::Classes;
use crate::error::Error;

/// Values `[rows, width]` with labels `[rows]`. A width of 1 stands for two classes: the value is that of class 1.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    values: &'a [f64],
    width: usize,
    labels: &'a [u32],
}

impl<'a> Labelled<'a> {
    /// The rows, checked.
    ///
    /// # Errors
    /// `Shape` when there are no rows or not `width` values for each, `Range` for a label that is no class.
    pub fn new(values: &'a [f64], width: usize, labels: &'a [u32]) -> Result<Self, Error> {
        if width == 0 || labels.is_empty() || labels.len().checked_mul(width) != Some(values.len()) {
            return Err(Error::shape(format!(
                "Cannot score {} values in rows of {width}: {} labels, one for each row is wanted",
                values.len(),
                labels.len()
            )));
        }
        let classes = width.max(2);
        match labels.iter().find(|label| **label as usize >= classes) {
            None => Ok(Self { values, width, labels }),
            Some(label) => Err(Error::range(format!("Cannot score label {label}: there are {classes} classes"))),
        }
    }

    /// Each row with its label.
    pub fn rows(self) -> impl Iterator<Item = (&'a [f64], usize)> {
        self.values.chunks_exact(self.width).zip(self.labels.iter().map(|label| *label as usize))
    }

    /// The mean over rows.
    pub fn mean(self, score: impl Fn(&[f64], usize) -> f64) -> f64 {
        self.rows().map(|(row, label)| score(row, label)).sum::<f64>() / self.labels.len() as f64
    }

    /// How a row names a distribution.
    pub fn classes(self) -> Classes {
        if self.width == 1 { Classes::Binary } else { Classes::Categorical }
    }
}

/// The probability of a class by a row of probabilities.
pub fn probability(row: &[f64], class: usize) -> f64 {
    if row.len() > 1 {
        row[class]
    } else if class == 1 {
        row[0]
    } else {
        1.0 - row[0]
    }
}
