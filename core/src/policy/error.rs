//! Why a policy is refused.

use std::fmt;

/// A pattern of a policy that no host can hold its guests to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPolicy {
    /// A pattern that matches no algorithm of the interface's and none of the host's.
    #[non_exhaustive]
    UnknownAlgorithm {
        /// The pattern as it was given.
        pattern: String,
        /// Names that were most likely meant, the likeliest first.
        nearest: Vec<String>,
    },
    /// A least size for algorithms whose keys have no size in bits: hash functions, lattice parameter sets.
    #[non_exhaustive]
    NoKeySize {
        /// The pattern as it was given.
        pattern: String,
    },
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAlgorithm { pattern, nearest } => {
                write!(f, "no algorithm is called `{pattern}`")?;
                suggest(f, nearest)
            }
            Self::NoKeySize { pattern } => {
                write!(f, "no algorithm that is called `{pattern}` has keys of a size in bits")
            }
        }
    }
}

impl std::error::Error for InvalidPolicy {}

/// A pattern that matches no function of either revision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownFunction {
    /// The pattern as it was given.
    pub pattern: String,
    /// Names that were most likely meant, the likeliest first.
    pub nearest: Vec<String>,
}

impl fmt::Display for UnknownFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no function of the interface is called `{}`", self.pattern)?;
        suggest(f, &self.nearest)
    }
}

impl std::error::Error for UnknownFunction {}

fn suggest(f: &mut fmt::Formatter<'_>, nearest: &[String]) -> fmt::Result {
    let Some((last, others)) = nearest.split_last() else { return Ok(()) };
    f.write_str(": did you mean ")?;
    for (index, name) in others.iter().enumerate() {
        write!(f, "{}`{name}`", if index == 0 { "" } else { ", " })?;
    }
    write!(f, "{}`{last}`?", if others.is_empty() { "" } else { " or " })
}
