//! One error type: what kind of mistake, and one sentence with asked, actual and wanted.

use core::fmt;

/// Which class of mistake, named like the class that a JavaScript caller catches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value outside its range.
    Range,
    /// A size that does not match.
    Shape,
    /// A word that is none of the accepted ones.
    Type,
}

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The class of the mistake.
    pub kind: Kind,
    /// Action, state, wanted; values printed.
    pub message: String,
}

impl Error {
    /// A value outside its range.
    pub fn range(message: impl Into<String>) -> Self {
        Self { kind: Kind::Range, message: message.into() }
    }

    /// A size that does not match.
    pub fn shape(message: impl Into<String>) -> Self {
        Self { kind: Kind::Shape, message: message.into() }
    }

    /// A word that is none of the accepted ones.
    pub fn word(message: impl Into<String>) -> Self {
        Self { kind: Kind::Type, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
