//! One sweep over the sorted rows, which takes in the sorted columns on its side of the kink.

use crate::exact::sum::Sum;

/// Which way the rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Ascending; columns with `S > 0` are taken in from the last.
    Up,
    /// Descending; columns with `S ≤ 0` are taken in from the first.
    Down,
}

/// The state of a sweep.
#[derive(Clone, Debug)]
pub struct Sweep {
    direction: Direction,
    slope: f64,
    offset: f64,     // of γ
    mean: f64,       // μ
    row: usize,      // rows read
    column: usize,   // columns taken in
    taken: [Sum; 5], // s^m T_m
}

impl Sweep {
    /// A sweep that adds `(γ + sB)^k`, `γ = sA + offset`, wherever `μ + A + B` is on its side.
    pub fn new(direction: Direction, slope: f64, offset: f64, mean: f64) -> Self {
        Self { direction, slope, offset, mean, row: 0, column: 0, taken: [Sum::default(); 5] }
    }

    /// Entries to read, of this many rows and columns; columns that no row takes in are passed over in the end.
    pub fn remaining(&self, rows: u64, columns: u64) -> u64 {
        let rows = rows - self.row as u64;
        if rows == 0 { 0 } else { rows + columns - self.column as u64 }
    }

    /// Reads up to `entries` more and adds what rows give to `powers`; returns how many it read.
    pub fn step(&mut self, entries: u64, rows: &[[f64; 2]], columns: &[[f64; 2]], powers: &mut [Sum; 4]) -> u64 {
        let up = self.direction == Direction::Up;
        let mut read = 0;
        while read < entries && self.row < rows.len() {
            read += 1;
            let [a, p] = rows[if up { self.row } else { rows.len() - 1 - self.row }];
            if self.column < columns.len() {
                let [b, q] = columns[if up { columns.len() - 1 - self.column } else { self.column }];
                if (self.mean + a + b > 0.0) == up {
                    self.take(b, q);
                    continue;
                }
            }
            let row = self.row(a);
            powers.iter_mut().zip(row).for_each(|(power, term)| power.add(p * term));
            self.row += 1;
        }
        read
    }

    fn take(&mut self, b: f64, q: f64) {
        let mut term = q;
        for sum in &mut self.taken {
            sum.add(term);
            term *= self.slope * b;
        }
        self.column += 1;
    }

    /// `Σ_j Q_j (γ + sB_j)^k` of the columns taken in, `k` = 1 to 4.
    fn row(&self, a: f64) -> [f64; 4] {
        let gamma = self.slope * a + self.offset;
        let [t0, t1, t2, t3, t4] = self.taken.map(|sum| sum.total());
        [
            gamma * t0 + t1,
            gamma * (gamma * t0 + 2.0 * t1) + t2,
            gamma * (gamma * (gamma * t0 + 3.0 * t1) + 3.0 * t2) + t3,
            gamma * (gamma * (gamma * (gamma * t0 + 4.0 * t1) + 6.0 * t2) + 4.0 * t3) + t4,
        ]
    }
}
