//! Sums that are taken a piece at a time.

use core::ops::Range;

/// What becomes of what `c` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The sum begins at zero and takes its place.
    Replaced,
    /// The sum goes on from it.
    Continued,
    /// The sum begins at zero and is added to it at its end.
    Added,
}

/// A piece of `k`.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Which.
    pub k: Range<usize>,
    /// What is done about the sums that `c` holds already.
    pub held: Held,
}

/// `k` in pieces of at most `most`, of a sum that begins with what is `held`.
pub fn pieces(k: Range<usize>, most: usize, held: Held) -> impl Iterator<Item = Piece> {
    k.clone().step_by(most).map(move |start| Piece {
        k: start..k.end.min(start + most),
        held: if start == k.start { held } else { Held::Continued },
    })
}
