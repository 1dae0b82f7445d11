//! Rows of inputs, laid out for covariances of one row with all of them.

/// Points `[rows, inputs]`, held column by column so that a vector has the same input of neighbouring points.
#[derive(Clone, Debug)]
pub struct Points {
    /// How many.
    pub rows: usize,
    /// Inputs of each.
    pub inputs: usize,
    /// Numbers of a column: `rows` up to a full vector, zeros at the end.
    pub stride: usize,
    columns: Vec<f64>, // [inputs, stride]
    rowwise: Vec<f64>, // [rows, inputs]
    /// `xᵀx` of each point, `stride` numbers.
    pub squares: Vec<f64>,
}

impl Points {
    /// The points of `x [rows, inputs]`.
    pub fn new(x: &[f64], inputs: usize) -> Self {
        let rows = x.len().checked_div(inputs).unwrap_or(0);
        let stride = rows.next_multiple_of(2);
        let mut columns = vec![0.0; inputs * stride];
        let mut squares = vec![0.0; stride];
        for (row, point) in x.chunks_exact(inputs.max(1)).enumerate() {
            for (input, &value) in point.iter().enumerate() {
                columns[input * stride + row] = value;
                squares[row] += value * value;
            }
        }
        Self { rows, inputs, stride, columns, rowwise: x.to_vec(), squares }
    }

    /// One input of all points, `stride` numbers.
    pub fn column(&self, input: usize) -> &[f64] {
        &self.columns[input * self.stride..(input + 1) * self.stride]
    }

    /// All inputs of one point.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.rowwise[row * self.inputs..(row + 1) * self.inputs]
    }
}
