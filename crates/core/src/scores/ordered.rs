//! Numbers in order, with what belongs to each.

/// A number and what belongs to it.
pub type Pair = (f64, f64);

/// The pairs in the order of their first numbers, of which none is NaN; equal ones by their second.
pub fn ordered(pairs: impl Iterator<Item = Pair>) -> Vec<Pair> {
    // The sum takes the sign from a zero.
    let mut pairs: Vec<Pair> = pairs.map(|(number, other)| (number + 0.0, other)).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    pairs
}

/// The quantile `part / parts` of numbers in order, linear between neighbours: definition 7 of Hyndman and Fan (1996), the
/// default of numpy and R. The position is exact, so that a quantile that falls on a number is that number.
pub fn quantile(ordered: &[Pair], part: usize, parts: usize) -> f64 {
    // In 64 bits: those of a WebAssembly size are too few for many parts of many numbers.
    let (steps, parts) = (part as u64 * (ordered.len() - 1) as u64, parts as u64);
    let (below, rest) = ((steps / parts) as usize, steps % parts);
    let number = ordered[below].0;
    if rest == 0 {
        return number;
    }
    number + (ordered[below + 1].0 - number) * (rest as f64 / parts as f64)
}
