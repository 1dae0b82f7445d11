//! Columns that a mask keeps of the rows of a matrix: taken out side by side, and put back where they belong.
//!
//! The simple version of taking is `taken[i] = row[kept[i]]`, number by number. Here four columns at a time are moved to the
//! front of a vector by one shuffle, chosen by which of the four are kept, and written behind those before; what a vector
//! writes too much, the next one overwrites. Putting back is the reverse, with zeros for what is not kept. Numbers move and
//! none changes.

use thinned_lanes::{Backend, F32x4, U32x4};

/// Some columns of matrices of one width, in ascending order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    width: usize,
    kept: Vec<u32>,
    groups: Vec<u32>, // by four columns: bit i says whether the i-th is kept
}

impl Columns {
    /// These columns, given in ascending order, of matrices of this width.
    pub fn new(width: usize, kept: impl Iterator<Item = u32>) -> Self {
        let mut columns = Self::default();
        columns.set(width, kept);
        columns
    }

    /// Becomes such columns.
    pub fn set(&mut self, width: usize, kept: impl Iterator<Item = u32>) {
        self.width = width;
        self.kept.clear();
        self.kept.extend(kept);
        self.groups.clear();
        self.groups.resize(width.div_ceil(4), 0);
        for column in &self.kept {
            self.groups[*column as usize / 4] |= 1 << (column % 4);
        }
    }

    /// How many columns the matrices have.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Their numbers.
    pub fn kept(&self) -> &[u32] {
        &self.kept
    }

    /// Writes what is kept of `row` to the front of `taken`, which has room for four numbers more than that; these hold
    /// anything afterwards.
    pub fn take<B: Backend>(&self, row: &[f32], taken: &mut [f32]) {
        let (quads, rest) = row.as_chunks::<4>();
        let end = take_groups::<B>(quads.iter().map(B::F32::load), &self.groups, taken);
        if !rest.is_empty() {
            let last = core::iter::once(B::F32::load(&padded(rest)));
            take_groups::<B>(last, &self.groups[quads.len()..], &mut taken[end..]);
        }
    }

    /// The same of a row whose numbers are multiplied by the factors of a mask.
    pub fn take_gated<B: Backend>(&self, row: &[f32], factors: &[f32], taken: &mut [f32]) {
        let ((quads, rest), (factor_quads, factor_rest)) = (row.as_chunks::<4>(), factors.as_chunks::<4>());
        let products = quads.iter().zip(factor_quads).map(|(quad, factors)| B::F32::load(quad) * B::F32::load(factors));
        let end = take_groups::<B>(products, &self.groups, taken);
        if !rest.is_empty() {
            let last = core::iter::once(B::F32::load(&padded(rest)) * B::F32::load(&padded(factor_rest)));
            take_groups::<B>(last, &self.groups[quads.len()..], &mut taken[end..]);
        }
    }

    /// What is kept of each row, row after row, as `[rows, kept]`.
    pub fn take_rows<'a, B: Backend>(&self, rows: impl ExactSizeIterator<Item = &'a [f32]>, taken: &mut Vec<f32>) {
        self.each_row(rows, taken, |row, taken| self.take::<B>(row, taken));
    }

    /// The same of a row-major matrix, which serves as it is where all columns are kept.
    pub fn of_matrix<'a, B: Backend>(&self, matrix: &'a [f32], taken: &'a mut Vec<f32>) -> &'a [f32] {
        if self.kept.len() == self.width {
            return matrix;
        }
        self.take_rows::<B>(matrix.chunks_exact(self.width), taken);
        taken
    }

    /// The same of rows whose numbers are multiplied by the factors of a mask.
    pub fn take_gated_rows<'a, B: Backend>(
        &self,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
        factors: &[f32],
        taken: &mut Vec<f32>,
    ) {
        self.each_row(rows, taken, |row, taken| self.take_gated::<B>(row, factors, taken));
    }

    #[inline(always)]
    fn each_row<'a>(
        &self,
        rows: impl ExactSizeIterator<Item = &'a [f32]>,
        taken: &mut Vec<f32>,
        take: impl Fn(&'a [f32], &mut [f32]),
    ) {
        let length = rows.len() * self.kept.len();
        taken.resize(length + 4, 0.0);
        for (index, row) in rows.enumerate() {
            take(row, &mut taken[index * self.kept.len()..]);
        }
        taken.truncate(length);
    }

    /// Writes `kept`, which may go on behind them, to where they belong in `row`, and zeros to the other columns.
    pub fn spread<B: Backend>(&self, kept: &[f32], row: &mut [f32]) {
        let (quads, rest) = row.as_chunks_mut::<4>();
        let mut start = 0;
        for (quad, &group) in quads.iter_mut().zip(&self.groups) {
            expanded::<B>(kept, start, group).store(quad);
            start += group.count_ones() as usize;
        }
        if !rest.is_empty() {
            let mut last = [0.0; 4];
            expanded::<B>(kept, start, self.groups[quads.len()]).store(&mut last);
            rest.copy_from_slice(&last[..rest.len()]);
        }
    }

    /// The same, and the other columns stay as they are.
    pub fn put(&self, kept: &[f32], row: &mut [f32]) {
        self.kept.iter().zip(kept).for_each(|(&column, value)| row[column as usize] = *value);
    }
}

/// Writes the kept numbers of each vector behind those of the vectors before; returns how many there are.
#[inline(always)]
fn take_groups<B: Backend>(vectors: impl Iterator<Item = B::F32>, groups: &[u32], taken: &mut [f32]) -> usize {
    let mut end = 0;
    for (vector, &group) in vectors.zip(groups) {
        let Some(place) = taken.get_mut(end..end + 4).and_then(|place| place.first_chunk_mut()) else { break };
        B::F32::from_bits(vector.to_bits().compress(group)).store(place);
        end += group.count_ones() as usize;
    }
    end
}

#[inline(always)]
fn expanded<B: Backend>(kept: &[f32], start: usize, group: u32) -> B::F32 {
    let values = match kept.get(start..start + 4).and_then(|values| values.first_chunk()) {
        Some(values) => B::F32::load(values),
        None => B::F32::load(&padded(&kept[start..])),
    };
    B::F32::from_bits(values.to_bits().expand(group))
}

/// Up to four numbers, with zeros behind them.
fn padded(values: &[f32]) -> [f32; 4] {
    core::array::from_fn(|lane| values.get(lane).copied().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use thinned_lanes::{Best, Scalar};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn moves<B: Backend>(width: usize, kept: &[u32]) {
        let mut columns = Columns::new(3, 0..3);
        columns.set(width, kept.iter().copied());
        let rows: Vec<f32> = (0..5 * width).map(|i| 1.0 + i as f32).collect();
        let mut taken = vec![f32::NAN; 7];
        columns.take_rows::<B>(rows.chunks_exact(width), &mut taken);
        let simple = rows.chunks_exact(width).flat_map(|row| kept.iter().map(|&column| row[column as usize]));
        assert!(taken.iter().copied().eq(simple), "{width} {kept:?}");

        let factors: Vec<f32> = (0..width).map(|column| 0.5 + column as f32).collect();
        let mut gated = Vec::new();
        columns.take_gated_rows::<B>(rows.chunks_exact(width), &factors, &mut gated);
        let simple =
            rows.chunks_exact(width).flat_map(|row| kept.iter().map(|&c| row[c as usize] * factors[c as usize]));
        assert!(gated.iter().copied().eq(simple), "{width} {kept:?}");

        let mut back = vec![f32::NAN; width];
        columns.spread::<B>(&taken, &mut back);
        let first = (0..width).map(|column| if kept.contains(&(column as u32)) { rows[column] } else { 0.0 });
        assert!(back.iter().copied().eq(first), "{width} {kept:?}");
    }

    #[test]
    fn columns_are_taken_out_and_put_back() {
        for width in [1, 3, 4, 5, 8, 11] {
            for kept in 0..1_u32 << width {
                let kept: Vec<u32> = (0..width as u32).filter(|column| kept >> column & 1 == 1).collect();
                moves::<Best>(width, &kept);
                moves::<Scalar>(width, &kept);
            }
        }
    }
}
