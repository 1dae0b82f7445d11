//! The area under the receiver operating characteristic.

use super::ordered::ordered;

/// The share of pairs of a positive and a negative score in which the positive one is larger, ties counting half (Mann and
/// Whitney 1947), from the ranks of the positive scores; equal scores share the mean of their ranks. NaN without one of each.
///
/// The sums are of integers and halves, exact up to 2^26 scores.
pub fn area(scores: impl Iterator<Item = (f64, bool)>) -> f64 {
    let scores = ordered(scores.map(|(score, positive)| (score, f64::from(u8::from(positive)))));
    let positives: f64 = scores.iter().map(|(_, positive)| positive).sum();
    let negatives = scores.len() as f64 - positives;
    let (mut below, mut ranks) = (0.0, 0.0);
    for tied in scores.chunk_by(|a, b| a.0 == b.0) {
        let count = tied.len() as f64;
        ranks += tied.iter().map(|(_, positive)| positive).sum::<f64>() * (below + 0.5 * (count + 1.0));
        below += count;
    }
    (ranks - 0.5 * positives * (positives + 1.0)) / (positives * negatives)
}
